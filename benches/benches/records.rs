//! Records sealed and opened where they stand, under every protection, on every backend.
#![allow(missing_docs, reason = "the macros of criterion write functions")]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use handfast_bench::{SIZES, backends};
use handfast_crypto::{ContentType, ProtocolVersion};
use handfast_record::{Opened, Opener, RecordKeys, Sealer};
use std::hint::black_box;
use std::time::Duration;

fn records(c: &mut Criterion) {
    let mut group = c.benchmark_group("record");
    for provider in backends() {
        for aead in provider.aeads {
            for (version, label) in [(ProtocolVersion::TLS1_3, "1.3"), (ProtocolVersion::TLS1_2, "1.2")] {
                let algorithm = aead.algorithm();
                let explicit = if label == "1.2" { algorithm.explicit_nonce_len_1_2() } else { 0 };
                let (key, iv) = (&[7; 32][..algorithm.key_len()], &[9; 12][explicit..]);
                let keys = || RecordKeys::new(*aead, version, key, iv).expect("the lengths fit");
                for size in SIZES {
                    let name = format!("{}/{algorithm:?}/{label}", provider.name);
                    group.throughput(Throughput::Bytes(size as u64));
                    let text = vec![1; size];
                    let (mut sealer, mut opener) = (Sealer::new(), Opener::new());
                    sealer.install(keys());
                    let mut wire = vec![0; sealer.wire_len(ContentType::APPLICATION_DATA, size)];
                    group.bench_function(BenchmarkId::new(format!("seal/{name}"), size), |b| {
                        b.iter(|| {
                            if sealer.needs_key_update() {
                                sealer.install(keys());
                            }
                            sealer.seal(ContentType::APPLICATION_DATA, &[black_box(&text)], &mut wire).expect("room")
                        });
                    });
                    // The records of a batch are sealed first, and opened in the same order.
                    sealer.install(keys());
                    opener.install(keys());
                    group.bench_function(BenchmarkId::new(format!("open/{name}"), size), |b| {
                        let seal = || {
                            let mut wire = wire.clone();
                            sealer.seal(ContentType::APPLICATION_DATA, &[&text], &mut wire).expect("room");
                            wire
                        };
                        let open = |wire: &mut Vec<u8>| {
                            let opened = opener.open(black_box(wire)).expect("it is genuine");
                            assert!(matches!(opened, Opened::Record { .. }));
                        };
                        b.iter_batched_ref(seal, open, BatchSize::SmallInput);
                    });
                }
            }
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(300));
    targets = records
}
criterion_main!(benches);
