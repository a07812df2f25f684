//! Data from client to server, sealed and opened: one write of each size, in memory.
#![allow(missing_docs, reason = "the macros of criterion write functions")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use handfast::{RxEvent, Versions};
use handfast_bench::{Pki, SIZES, backends, ours, theirs};
use std::io::{Read, Write};
use std::time::Duration;

fn bulk(c: &mut Criterion) {
    let pki = Pki::new();
    for (label, versions, version) in
        [("1.3", Versions::TLS1_3, &rustls::version::TLS13), ("1.2", Versions::TLS1_2, &rustls::version::TLS12)]
    {
        let mut group = c.benchmark_group(format!("bulk/{label}"));
        for size in SIZES {
            group.throughput(Throughput::Bytes(size as u64));
            let text = vec![1; size];
            for provider in backends() {
                let (mut tx, mut rx) = ours::Configs::new(&provider, &pki, versions).connect();
                let mut wire = vec![0; tx.needed(size) + 64];
                group.bench_function(BenchmarkId::new(format!("handfast-{}", provider.name), size), |b| {
                    b.iter(|| {
                        let sealed = tx.send(&[&text], &mut wire).expect("room").wire;
                        let mut at = 0;
                        let mut got = 0;
                        while at < sealed {
                            let received = rx.receive(&mut wire[at..sealed]).expect("genuine").expect("whole");
                            if let RxEvent::Data(range) = received.event {
                                got += range.len();
                            }
                            at += received.consumed;
                        }
                        assert_eq!(got, size);
                    });
                });
            }
            let (mut client, mut server) = theirs::Configs::new(&pki, version).handshake();
            let (mut wire, mut out) = (Vec::with_capacity(size + 64), vec![0; size]);
            group.bench_function(BenchmarkId::new("rustls-ring", size), |b| {
                b.iter(|| {
                    wire.clear();
                    client.writer().write_all(&text).expect("memory");
                    while client.wants_write() {
                        client.write_tls(&mut wire).expect("memory");
                    }
                    let mut rest = &wire[..];
                    let mut got = 0;
                    while !rest.is_empty() {
                        server.read_tls(&mut rest).expect("memory");
                        server.process_new_packets().expect("genuine");
                    }
                    while got < size {
                        got += server.reader().read(&mut out[got..]).expect("there");
                    }
                });
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    targets = bulk
}
criterion_main!(benches);
