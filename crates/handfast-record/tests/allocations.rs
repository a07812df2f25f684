//! Records cost no allocation.

mod common;

use common::*;
use handfast_record::Opened;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

// The only test of this file: another thread's allocations would be counted too.
#[test]
fn sealing_and_opening_allocate_nothing() {
    let text = [5; 16_384];
    let mut wire = vec![0; handfast_record::MAX_WIRE];
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        let before = Region::new(ALLOCATOR);
        for size in [0, 1, 100, 16_384] {
            let sealed = sealer.seal(DATA, &[&text[..size / 2], &text[size / 2..size]], &mut wire).expect("room");
            let opened = opener.open(&mut wire[..sealed.wire]).expect("opened");
            assert!(matches!(opened, Opened::Record { text, .. } if text.len() == size));
            let at = sealer.seal_in_place(DATA, &mut wire, 13..13 + size).expect("room");
            assert!(matches!(opener.open(&mut wire[at]), Ok(Opened::Record { .. })));
        }
        let change = before.change();
        let counted = (change.allocations, change.reallocations, change.deallocations);
        assert_eq!(counted, (0, 0, 0), "{:?} {:?}", way.version, way.aead.algorithm());
    }
    // The counter itself works.
    let before = Region::new(ALLOCATOR);
    drop(std::hint::black_box(vec![1_u8; 10]));
    assert_eq!(before.change().allocations, 1);
}
