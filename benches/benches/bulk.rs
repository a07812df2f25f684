//! Data from client to server, sealed and opened: one write of each size, in memory.
#![allow(missing_docs, reason = "the macros of criterion write functions")]

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use handfast_bench::contenders::Version;
use handfast_bench::stack::{Link, Stack, Wire, connected};
use handfast_bench::{Pki, SIZES, backends, ours, theirs};
use std::time::Duration;

fn bulk(c: &mut Criterion) {
    let pki = Pki::new();
    for version in Version::BOTH {
        let mut group = c.benchmark_group(format!("bulk/{}", version.label()));
        for size in SIZES {
            group.throughput(Throughput::Bytes(size as u64));
            for provider in backends() {
                one(&mut group, size, &ours::Configs::new(&provider, &pki, version));
            }
            one(&mut group, size, &theirs::Configs::ring(&pki, version));
        }
    }
}

fn one(group: &mut BenchmarkGroup<'_, WallTime>, size: usize, stack: &impl Stack) {
    let (mut client, mut server) = connected(stack);
    let (text, mut out, mut wire) = (vec![1; size], vec![0; size], Wire::new(size + 64));
    group.bench_function(BenchmarkId::new(stack.name(), size), |b| {
        b.iter(|| {
            client.send(&text, &mut wire);
            assert_eq!(server.receive(&mut wire, &mut out), size);
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    targets = bulk
}
criterion_main!(benches);
