//! A full handshake, both sides on one thread: X25519, ECDSA on P-256, the server's chain verified.
#![allow(missing_docs, reason = "the macros of criterion write functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use handfast_bench::contenders::Version;
use handfast_bench::stack::{Stack, connected};
use handfast_bench::{Pki, backends, ours, theirs};
use std::time::Duration;

fn handshakes(c: &mut Criterion) {
    let pki = Pki::new();
    for version in Version::BOTH {
        let mut group = c.benchmark_group(format!("handshake/{}", version.label()));
        for provider in backends() {
            let stack = ours::Configs::new(&provider, &pki, version);
            group.bench_function(stack.name(), |b| b.iter(|| connected(&stack)));
        }
        let stack = theirs::Configs::ring(&pki, version);
        group.bench_function(stack.name(), |b| b.iter(|| connected(&stack)));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    targets = handshakes
}
criterion_main!(benches);
