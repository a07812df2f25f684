//! A full handshake, both sides on one thread: X25519, ECDSA on P-256, the server's chain verified.
#![allow(missing_docs, reason = "the macros of criterion write functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use handfast::Versions;
use handfast_bench::{Pki, backends, ours, theirs};
use std::time::Duration;

fn handshakes(c: &mut Criterion) {
    let pki = Pki::new();
    for (label, versions, version) in
        [("1.3", Versions::TLS1_3, &rustls::version::TLS13), ("1.2", Versions::TLS1_2, &rustls::version::TLS12)]
    {
        let mut group = c.benchmark_group(format!("handshake/{label}"));
        for provider in backends() {
            let configs = ours::Configs::new(&provider, &pki, versions);
            group.bench_function(format!("handfast-{}", provider.name), |b| b.iter(|| configs.handshake()));
        }
        let configs = theirs::Configs::new(&pki, version);
        group.bench_function("rustls-ring", |b| b.iter(|| configs.handshake()));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    targets = handshakes
}
criterion_main!(benches);
