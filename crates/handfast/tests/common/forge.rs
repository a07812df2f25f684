//! A peer that can say anything on a live connection: its keys are taken out of the events that our own
//! side tells, so whatever is sealed under them comes through.
#![allow(dead_code, reason = "each test file uses its part")]

use crate::common::{End, client, pump, server};
use handfast::record::{RecordKeys, Sealer};
use handfast::schedule::{Side, TrafficKeys, Watch, traffic_keys};
use handfast::{
    ContentType, Error, Event, Handshake, Observer, ProtocolVersion, ReceiveError, RxEvent, Versions, codec,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// What was derived, by its name in the key schedule.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<HashMap<&'static str, Vec<u8>>>>);

impl Observer for Heard {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Derived(step) = event {
            self.0.lock().unwrap().insert(step.name, step.output.to_vec());
        }
    }
}

/// Our end of a connection, and its peer's voice.
pub(crate) struct Forged {
    pub(crate) end: End,
    sealer: Sealer,
}

impl Forged {
    /// A connection on which `us` reads what a test makes up.
    pub(crate) fn new(us: Side, versions: Versions) -> Self {
        let heard = Heard::default();
        let observer = Some(Box::new(heard.clone()) as Box<dyn Observer + Send>);
        let (mut ours, mut theirs) = match us {
            Side::Client => (
                Handshake::client_observed(&client(versions), "localhost", observer).unwrap(),
                Handshake::server(&server(versions)),
            ),
            Side::Server => (
                Handshake::server_observed(&server(versions), observer),
                Handshake::client(&client(versions), "localhost").unwrap(),
            ),
        };
        let (mut to_us, mut to_them) = (Vec::new(), Vec::new());
        for _ in 0..4 {
            pump(&mut ours, &mut to_us, &mut to_them).unwrap();
            pump(&mut theirs, &mut to_them, &mut to_us).unwrap();
        }
        let (rx, tx, summary) = ours.finish().unwrap();
        let (info, provider) = (summary.suite.info().unwrap(), handfast_ring::provider());
        let aead = provider.aead(info.aead).unwrap();
        let secrets = heard.0.lock().unwrap();
        let mut sealer = Sealer::new();
        if info.version == ProtocolVersion::TLS1_3 {
            let name = match us.peer() {
                Side::Client => "client_application_traffic_secret_0",
                Side::Server => "server_application_traffic_secret_0",
            };
            let secret = handfast::crypto::Secret::new(&secrets[name]);
            let hash = provider.hash(info.hash).unwrap();
            let keys = traffic_keys(hash, us.peer(), &secret, info.aead.key_len(), &mut Watch::off());
            sealer.install(RecordKeys::new(aead, info.version, keys.key(), keys.iv()).unwrap());
        } else {
            // RFC 5246 §6.3: both keys, then both ivs, the client's first.
            let (key, iv) = (info.aead.key_len(), TrafficKeys::MAX_IV - info.aead.explicit_nonce_len_1_2());
            let (block, theirs) = (&secrets["key_block"], usize::from(us.peer() == Side::Server));
            let iv_at = 2 * key + theirs * iv;
            let (key, iv) = (&block[theirs * key..][..key], &block[iv_at..][..iv]);
            sealer.install(RecordKeys::new(aead, info.version, key, iv).unwrap());
            // Its Finished was record 0 under this key.
            sealer.seal(ContentType::HANDSHAKE, &[&[0; 16]], &mut [0; 64]).unwrap();
        }
        Self { end: End { rx, tx, summary }, sealer }
    }

    /// Seals this as the peer would.
    pub(crate) fn seal(&mut self, content_type: ContentType, text: &[u8]) -> Vec<u8> {
        let mut wire = vec![0; self.sealer.wire_len(content_type, text.len())];
        let sealed = self.sealer.seal(content_type, &[text], &mut wire).unwrap();
        assert_eq!(sealed.text, text.len());
        wire
    }

    /// We read what the peer says.
    pub(crate) fn say(&mut self, content_type: ContentType, text: &[u8]) -> Result<RxEvent, ReceiveError> {
        let mut wire = self.seal(content_type, text);
        self.end.rx.receive(&mut wire).map(|received| received.expect("a whole record").event)
    }
}

/// The error's rule of the record layer, what it allows and what came.
pub(crate) fn record_figures(error: &Error) -> (handfast::record::Rule, u32, u32) {
    match error.kind() {
        handfast::Kind::Record(error) => (error.rule, error.expected, error.found),
        other => panic!("{other:?}"),
    }
}

/// A NewSessionTicket.
pub(crate) fn ticket() -> Vec<u8> {
    let (ticket_lifetime, ticket_age_add) = (60, 7);
    let ticket = codec::encode::NewSessionTicket { ticket_lifetime, ticket_age_add, ticket_nonce: &[0], ticket: &[1] };
    let mut out = Vec::new();
    codec::encode::new_session_ticket(&mut out, &ticket, |_| ()).unwrap();
    out
}
