//! A peer that lies: it says whatever messages a script names, in whatever order, and keeps its
//! transcript, keys and Finished consistent with what was really said and heard.
//!
//! Implementations have failed exactly here: a peer that leaves out, repeats or swaps messages and is
//! otherwise in good health (SMACK, CCS injection). The puppet is such a peer. It knows no flow; it
//! builds each message from what it knows at that moment, and fills in zeros for what it does not.
//!
//! ```text
//!   script ──► say(kind) ──► bytes for the machine under test
//!   the machine's bytes ──► hear(bytes)
//! ```
//!
//! It works on whole messages. Whoever puts it behind records takes the keys from
//! [`Puppet::traffic_secret`] and [`Puppet::key_block`].

mod messages;

use crate::hello::Hello;
use handfast_codec::{
    CipherSuite, ExtensionType, HandshakeType, Message, NamedGroup, ProtocolVersion, SignatureScheme, encode,
};
use handfast_crypto::group::KeyExchange;
use handfast_crypto::hash::Hash;
use handfast_crypto::sign::{KeyKind, SigningKey};
use handfast_crypto::{Digest, Provider, Secret};
use handfast_schedule::tls12::{KeyBlock12, Main12, Randoms, Seed};
use handfast_schedule::tls13::{Early, Handshake, HandshakeTraffic, Main};
use handfast_schedule::{Side, Watch};
use std::sync::Arc;

macro_rules! kinds {
    ($( $Kind:ident )*) => {
        /// A kind of message that a puppet can say; named as in the RFC.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each is the message of that name")]
        pub enum Kind { $( $Kind, )* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[ $( Kind::$Kind, )* ];
            /// Its name.
            pub const fn name(self) -> &'static str { match self { $( Kind::$Kind => stringify!($Kind), )* } }
            /// The kind with this name.
            pub fn named(name: &str) -> Option<Self> { Self::ALL.iter().copied().find(|k| k.name() == name) }
        }
    };
}

kinds! {
    HelloRequest ClientHello ServerHello HelloRetryRequest EncryptedExtensions
    CertificateRequest Certificate EmptyCertificate CompressedCertificate CertificateVerify Finished
    NewSessionTicket EndOfEarlyData KeyUpdate
    CertificateStatus ServerKeyExchange ServerHelloDone ClientKeyExchange
    ChangeCipherSpec
}

/// A chain and the key of its leaf.
#[derive(Clone)]
pub struct Identity {
    /// DER certificates, leaf first.
    pub chain: Vec<Vec<u8>>,
    /// The leaf's key.
    pub key: Arc<dyn SigningKey>,
}

/// What two ends of a TLS 1.3 connection know after a stage of the key schedule.
enum Stage {
    /// Nothing yet.
    Hellos,
    /// The handshake secret.
    Handshake(Handshake),
    /// The main secret; of the stage before, what the client still needs.
    Main(Main, HandshakeTraffic),
}

/// A peer of either role and version; see the module. The public fields may be changed at any time
/// and count for what is said from then on.
pub struct Puppet {
    /// Which role it plays.
    pub side: Side,
    /// The version that it speaks.
    pub version: ProtocolVersion,
    /// Its primitives.
    pub provider: Provider,
    /// Whom it claims to be; without one its Certificate is empty and its signatures are too.
    pub identity: Option<Identity>,
    /// The suite that it picks or offers.
    pub suite: CipherSuite,
    /// The groups that it knows; the first is what it asks for in a HelloRetryRequest.
    pub groups: Vec<NamedGroup>,
    /// The groups for which its first ClientHello carries a share.
    pub shares: Vec<NamedGroup>,
    /// The signature schemes that it accepts.
    pub schemes: Vec<SignatureScheme>,
    /// The scheme that its next signature claims, instead of one that fits.
    pub claims: Option<SignatureScheme>,
    /// The OCSP response that it staples; empty for none.
    pub staple: Vec<u8>,
    /// The cookie of its HelloRetryRequest; empty for none.
    pub cookie: Vec<u8>,
    /// The message of which it spoils the last byte, before that counts for the transcript.
    pub spoils: Option<Kind>,
    transcript: Vec<u8>,
    /// The cookie of the client's last hello.
    heard_cookie: Vec<u8>,
    /// What the peer's hello carried.
    offered: Vec<ExtensionType>,
    client_random: [u8; 32],
    server_random: [u8; 32],
    session_id: Vec<u8>,
    first_hello: Option<Hello>,
    retry: Option<(Option<NamedGroup>, Vec<u8>)>,
    /// Our key pairs that wait for a share.
    own: Vec<Box<dyn KeyExchange>>,
    /// The shares of the peer.
    theirs: Vec<(NamedGroup, Vec<u8>)>,
    /// The share that answers the peer's, once it is made.
    answer: Option<(NamedGroup, Vec<u8>)>,
    shared: Option<Secret>,
    extended: bool,
    stage: Stage,
    main12: Option<Main12>,
    heard_finished: Option<bool>,
}

impl Puppet {
    /// A puppet that is honest until told otherwise.
    pub fn new(side: Side, version: ProtocolVersion, provider: Provider, identity: Option<Identity>) -> Self {
        let rsa = identity.as_ref().is_some_and(|i| i.key.kind() == KeyKind::Rsa);
        let suite = match (version, rsa) {
            (ProtocolVersion::TLS1_3, _) => CipherSuite::TLS_AES_128_GCM_SHA256,
            (_, true) => CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            (_, false) => CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        };
        Self {
            side,
            version,
            identity,
            suite,
            groups: vec![NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1],
            shares: vec![NamedGroup::X25519],
            schemes: SignatureScheme::KNOWN.iter().copied().filter(|s| provider.verifies(*s)).collect(),
            claims: None,
            staple: Vec::new(),
            cookie: Vec::new(),
            spoils: None,
            transcript: Vec::new(),
            heard_cookie: Vec::new(),
            offered: Vec::new(),
            client_random: [0; 32],
            server_random: [0; 32],
            session_id: Vec::new(),
            first_hello: None,
            retry: None,
            own: Vec::new(),
            theirs: Vec::new(),
            answer: None,
            shared: None,
            extended: false,
            stage: Stage::Hellos,
            main12: None,
            heard_finished: None,
            provider,
        }
    }

    /// Says one message and remembers that it did. A ChangeCipherSpec is no handshake message and
    /// comes back empty.
    pub fn say(&mut self, kind: Kind) -> Vec<u8> {
        let mut message = self.draft(kind);
        if self.spoils == Some(kind)
            && let Some(last) = message.last_mut()
        {
            *last ^= 1;
        }
        self.note(self.side, &message);
        message
    }

    /// Says a hello after `edit` has changed it.
    pub fn say_hello(&mut self, kind: Kind, edit: impl FnOnce(&mut Hello)) -> Vec<u8> {
        let Some(mut hello) = Hello::read(&self.draft(kind)) else { return self.say(kind) };
        edit(&mut hello);
        self.say_bytes(hello.write())
    }

    /// Says these bytes, which are a message with its header.
    pub fn say_bytes(&mut self, message: Vec<u8>) -> Vec<u8> {
        self.note(self.side, &message);
        message
    }

    /// Hears one message of the other side.
    pub fn hear(&mut self, message: &[u8]) {
        self.note(self.side.peer(), message);
    }

    /// Whether the other side's Finished fits what was said and heard; `None` before it came.
    pub fn heard_good_finished(&self) -> Option<bool> {
        self.heard_finished
    }

    /// The traffic secret of TLS 1.3 under which `side` sends, before or after its Finished.
    pub fn traffic_secret(&self, side: Side, application: bool) -> Option<&Secret> {
        match (&self.stage, application) {
            (Stage::Handshake(secrets), false) => Some(secrets.traffic(side).secret()),
            (Stage::Main(_, client), false) if side == Side::Client => Some(client.secret()),
            (Stage::Main(main, _), true) => Some(match side {
                Side::Client => &main.client_application_traffic_secret_0,
                Side::Server => &main.server_application_traffic_secret_0,
            }),
            _ => None,
        }
    }

    /// The session id of the client's hello.
    pub fn session_id(&self) -> &[u8] {
        &self.session_id
    }

    /// The cookie that the client's last hello carried; empty for none.
    pub fn heard_cookie(&self) -> &[u8] {
        &self.heard_cookie
    }

    /// The random of the server's hello.
    pub fn server_random(&self) -> &[u8; 32] {
        &self.server_random
    }

    /// The group of the share that the other side showed last.
    pub fn peer_group(&self) -> Option<NamedGroup> {
        self.theirs.first().map(|(group, _)| *group)
    }

    /// The record keys of TLS 1.2.
    pub fn key_block(&self) -> Option<KeyBlock12> {
        let (main, info) = (self.main12.as_ref()?, self.suite.info()?);
        Some(main.key_block(&info, self.randoms(), &mut Watch::off()))
    }

    fn randoms(&self) -> Randoms<'_> {
        Randoms { client: &self.client_random, server: &self.server_random }
    }

    /// The hash of the suite, or SHA-256 for want of one.
    fn hash(&self) -> &'static dyn Hash {
        let named = self.suite.info().and_then(|info| self.provider.hash(info.hash));
        named.unwrap_or(self.provider.hashes[0])
    }

    fn digest(&self) -> Digest {
        self.hash().hash(&[&self.transcript])
    }

    fn tls13(&self) -> bool {
        self.version == ProtocolVersion::TLS1_3
    }
}

/// What becomes known when a message passes.
impl Puppet {
    fn note(&mut self, from: Side, message: &[u8]) {
        let kind = HandshakeType(message.first().copied().unwrap_or(u8::MAX));
        if kind == HandshakeType::FINISHED && from != self.side {
            self.heard_finished = Some(message.get(4..) == Some(&self.verify_data(from)[..]));
        }
        // RFC 5246 §7.4.1.1: a HelloRequest is never part of the transcript.
        if message.is_empty() || kind == HandshakeType::HELLO_REQUEST {
            return;
        }
        let decoded = Message::decode(message, Some(self.version)).ok();
        if let Some(Message::HelloRetryRequest(retry)) = decoded {
            let hash = self.hash();
            let digest = hash.hash(&[&self.transcript]);
            self.transcript.clear();
            let _ = encode::message_hash(&mut self.transcript, digest.bytes());
            self.suite = retry.cipher_suite;
            self.retry = Some((retry.extensions.key_share, retry.extensions.cookie.unwrap_or_default().to_vec()));
        }
        self.transcript.extend_from_slice(message);
        match decoded {
            Some(Message::ClientHello(hello)) => {
                self.client_random = *hello.random;
                self.session_id = hello.legacy_session_id.to_vec();
                self.heard_cookie = hello.extensions.cookie.unwrap_or_default().to_vec();
                self.offered = hello.extensions.raw.iter().map(|e| e.extension_type).collect();
                // RFC 5746 §3.4: as good as the extension, which OpenSSL leaves out.
                if hello.cipher_suites.iter().any(|s| s == CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV) {
                    self.offered.push(ExtensionType::RENEGOTIATION_INFO);
                }
                let shares = hello.extensions.key_share.unwrap_or(handfast_codec::List::EMPTY);
                if from != self.side {
                    self.theirs = shares.iter().map(|s| (s.group, s.key_exchange.to_vec())).collect();
                }
            }
            Some(Message::ServerHello(hello)) => {
                self.server_random = *hello.random;
                self.extended = hello.extensions.extended_main_secret;
                self.suite = hello.cipher_suite;
                if let Some(share) = hello.extensions.key_share
                    && from != self.side
                {
                    self.finish(share.group, share.key_exchange);
                }
                self.enter_handshake();
            }
            Some(Message::ServerKeyExchange(exchange)) if from != self.side => {
                self.theirs = vec![(exchange.namedcurve, exchange.public.to_vec())];
                self.respond();
            }
            Some(Message::ClientKeyExchange(exchange)) => {
                if from != self.side
                    && let Some(group) = self.own.first().map(|o| o.group())
                {
                    self.finish(group, exchange.ecdh_yc);
                }
                self.enter_main12();
            }
            Some(Message::Finished(_)) if from == Side::Server => self.enter_main(),
            _ => {}
        }
    }

    /// Completes a key exchange that we began.
    fn finish(&mut self, group: NamedGroup, share: &[u8]) {
        if let Some(at) = self.own.iter().position(|o| o.group() == group) {
            self.shared = self.own.remove(at).finish(share).ok();
        }
    }

    /// Answers a key exchange that the peer began.
    fn respond(&mut self) {
        let Some((group, share)) = self.theirs.first().cloned() else { return };
        let Some(ours) = self.provider.group(group) else { return };
        if let Ok((answer, secret)) = ours.respond(&*self.provider.random, &share) {
            self.answer = Some((group, answer));
            self.shared = Some(secret);
        }
    }

    fn shared(&mut self) -> Secret {
        self.shared.take().unwrap_or_else(|| Secret::zeroed(32))
    }

    fn enter_handshake(&mut self) {
        if self.tls13() && matches!(self.stage, Stage::Hellos) {
            let (shared, digest, mut off) = (self.shared(), self.digest(), Watch::off());
            let early = Early::new(self.hash(), None, &mut off);
            self.stage = Stage::Handshake(early.handshake(Some(&shared), &digest, &mut off));
        }
    }

    fn enter_main(&mut self) {
        let digest = self.digest();
        self.stage = match std::mem::replace(&mut self.stage, Stage::Hellos) {
            Stage::Handshake(secrets) => {
                let (main, client) = secrets.main(&digest, &mut Watch::off());
                Stage::Main(main, client)
            }
            other => other,
        };
    }

    fn enter_main12(&mut self) {
        let (shared, digest) = (self.shared(), self.digest());
        let seed = if self.extended { Seed::Extended(&digest) } else { Seed::Randoms(self.randoms()) };
        self.main12 = Some(Main12::new(self.hash(), &shared, seed, &mut Watch::off()));
    }

    /// The Finished of `side` over everything so far.
    fn verify_data(&self, side: Side) -> Vec<u8> {
        let (digest, mut off) = (self.digest(), Watch::off());
        if !self.tls13() {
            let main = self.main12.as_ref();
            return main.map_or([0; 12], |main| main.finished(side, &digest, &mut off)).to_vec();
        }
        match &self.stage {
            Stage::Handshake(secrets) => secrets.traffic(side).finished(&digest, &mut off).bytes().to_vec(),
            Stage::Main(_, client) if side == Side::Client => client.finished(&digest, &mut off).bytes().to_vec(),
            _ => vec![0; digest.bytes().len()],
        }
    }
}
