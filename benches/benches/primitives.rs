//! AEAD by size, key exchange by group, signatures by kind of key; on every backend.
#![allow(missing_docs, reason = "the macros of criterion write functions")]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use handfast_bench::backends;
use handfast_crypto::{ProtocolVersion, SignatureScheme};
use std::hint::black_box;
use std::time::Duration;

fn aead(c: &mut Criterion) {
    let mut group = c.benchmark_group("aead");
    for provider in backends() {
        for aead in provider.aeads {
            let algorithm = aead.algorithm();
            let key = aead.key(&[7; 32][..algorithm.key_len()]).expect("the length fits");
            for size in [128, 1024, 16 * 1024] {
                let name = format!("{}/{algorithm:?}", provider.name);
                group.throughput(Throughput::Bytes(size as u64));
                let mut text = vec![1; size];
                group.bench_function(BenchmarkId::new(format!("seal/{name}"), size), |b| {
                    b.iter(|| key.seal(&[3; 12], &[4; 5], black_box(&mut text)));
                });
                let mut sealed = vec![1; size];
                let tag = key.seal(&[3; 12], &[4; 5], &mut sealed).expect("a short text");
                sealed.extend(tag);
                // Opening destroys its input, so the copy that brings it back is part of the time.
                let mut buf = sealed.clone();
                group.bench_function(BenchmarkId::new(format!("open/{name}"), size), |b| {
                    b.iter(|| {
                        buf.copy_from_slice(&sealed);
                        key.open(&[3; 12], &[4; 5], black_box(&mut buf)).expect("it is genuine")
                    });
                });
            }
        }
    }
}

fn exchange(c: &mut Criterion) {
    let mut group = c.benchmark_group("exchange");
    for provider in backends() {
        for kx in provider.groups {
            let name = format!("{}/{}", provider.name, kx.group());
            let random = &*provider.random;
            group.bench_function(format!("start/{name}"), |b| b.iter(|| kx.start(random)));
            let peer = kx.start(random).expect("a key pair");
            group.bench_function(format!("respond/{name}"), |b| b.iter(|| kx.respond(random, peer.share())));
            // An answer to another key pair: for a KEM that is a secret nobody shares, and the same work.
            let (answer, _) = kx.respond(random, peer.share()).expect("a good share");
            group.bench_function(format!("finish/{name}"), |b| {
                let start = || kx.start(random).expect("a key pair");
                b.iter_batched(start, |own| own.finish(&answer).expect("a good share"), BatchSize::SmallInput);
            });
        }
    }
}

fn sign(c: &mut Criterion) {
    let mut group = c.benchmark_group("sign");
    for provider in backends() {
        for (file, scheme, version) in [
            ("p256", SignatureScheme::ECDSA_SECP256R1_SHA256, ProtocolVersion::TLS1_3),
            ("p384", SignatureScheme::ECDSA_SECP384R1_SHA384, ProtocolVersion::TLS1_3),
            ("ed25519", SignatureScheme::ED25519, ProtocolVersion::TLS1_3),
            ("rsa2048", SignatureScheme::RSA_PSS_RSAE_SHA256, ProtocolVersion::TLS1_3),
            ("rsa2048", SignatureScheme::RSA_PKCS1_SHA256, ProtocolVersion::TLS1_2),
        ] {
            let path = format!("{}/../testdata/keys/{file}.der", env!("CARGO_MANIFEST_DIR"));
            let pkcs8 = std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
            // The pure backend does not sign with RSA; what it verifies is signed by ring.
            let own = provider.keys.load(&pkcs8).ok();
            let key = own.unwrap_or_else(|| handfast_ring::provider().keys.load(&pkcs8).expect("a key"));
            let name = format!("{}/{scheme}", provider.name);
            let (random, message) = (&*provider.random, [5; 130]);
            if provider.keys.load(&pkcs8).is_ok() {
                group.bench_function(format!("sign/{name}"), |b| b.iter(|| key.sign(scheme, random, &message)));
            }
            let signature = key.sign(scheme, random, &message).expect("a signature");
            let algorithm = scheme.algorithm_for(key.kind(), version).expect("it fits the key");
            group.bench_function(format!("verify/{name}"), |b| {
                let verify = || provider.verify.verify(key.kind(), algorithm, key.public_key(), &message, &signature);
                b.iter(|| verify().expect("it is genuine"));
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(400));
    targets = aead, exchange, sign
}
criterion_main!(benches);
