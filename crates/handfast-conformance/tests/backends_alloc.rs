//! What a backend must do without the heap: everything that happens per record or per derived key.
//!
//! One test alone in this file, because the counter is that of the whole process.

use handfast_conformance::backends;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::hint::black_box;

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How often `work` allocated.
fn allocations<T>(work: impl FnOnce() -> T) -> usize {
    let region = Region::new(HEAP);
    drop(work());
    let change = region.change();
    change.allocations + change.reallocations
}

#[test]
fn hashing_deriving_sealing_and_opening_allocate_nothing() {
    assert_eq!(allocations(|| drop(black_box(Box::new(7)))), 1, "the counter counts");
    for provider in backends() {
        for hash in provider.hashes {
            let name = hash.algorithm();
            let mut context = hash.start();
            let mut out = [0; 32];
            assert_eq!(allocations(|| context.update(b"text")), 0, "{provider:?} {name} update");
            assert_eq!(allocations(|| black_box(context.fork())), 0, "{provider:?} {name} fork");
            assert_eq!(allocations(|| black_box(hash.hash(&[b"text"]))), 0, "{provider:?} {name} hash");
            let work = || hash.with_key(&[7; 200], &mut |key| key.mac(&[b"a", b"b"], &mut out));
            assert_eq!(allocations(work), 0, "{provider:?} {name} hmac");
            assert!(allocations(|| drop(hash.start())) <= 1, "{provider:?} {name} start");
            assert!(allocations(|| drop(context.duplicate())) <= 1, "{provider:?} {name} duplicate");
        }
        for aead in provider.aeads {
            let name = aead.algorithm();
            let key = aead.key(&vec![7; name.key_len()]).unwrap();
            let mut record = vec![1; 1000];
            let mut tag = [0; 16];
            let seal = || tag = key.seal(&[0; 12], b"aad", &mut record[..984]).unwrap();
            assert_eq!(allocations(seal), 0, "{provider:?} {name:?} seal");
            record[984..].copy_from_slice(&tag);
            let open = || assert_eq!(key.open(&[0; 12], b"aad", &mut record), Ok(984));
            assert_eq!(allocations(open), 0, "{provider:?} {name:?} open");
        }
    }
}
