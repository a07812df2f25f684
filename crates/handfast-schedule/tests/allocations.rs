//! A TLS 1.3 handshake costs five allocations here, and what hangs below a secret none.

mod data;

use handfast_crypto::{HashAlgorithm, Secret};
use handfast_schedule::tls13::Early;
use handfast_schedule::{Side, Watch, next_traffic_secret, traffic_keys};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

// The only test of this file: another thread's allocations would be counted too.
#[test]
fn a_whole_handshake_allocates_five_boxes() {
    for provider in data::providers() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            let hash = data::hash(&provider, algorithm);
            let transcript = hash.hash(&[b"hello"]);
            let shared = Secret::new(&[7; 32]);
            let w = &mut Watch::off();

            let before = Region::new(ALLOCATOR);
            let handshake = Early::new(hash, None, w).handshake(Some(&shared), &transcript, w);
            let finished = handshake.traffic(Side::Server).finished(&transcript, w);
            let (mut main, client) = handshake.main(&transcript, w);
            let accepted = client.verify_finished(&transcript, finished.bytes(), w);
            let resumption = main.main_secret.resumption(&transcript, w);
            assert_eq!(before.change().allocations, 5, "{} {algorithm}", provider.name);

            let before = Region::new(ALLOCATOR);
            let keys = traffic_keys(hash, Side::Client, &main.client_application_traffic_secret_0, 16, w);
            next_traffic_secret(hash, &mut main.client_application_traffic_secret_0, w);
            let mut out = [0; 40];
            let exported = main.exporter.export(b"EXPORTER-test", b"", &mut out);
            assert_eq!(before.change().allocations, 0, "{} {algorithm}", provider.name);

            assert!(accepted.is_err(), "the client's Finished is not the server's");
            assert!(keys.key().len() == 16 && exported.is_ok());
            drop(resumption);
        }
    }
}
