//! The key schedule of TLS 1.3 (RFC 9846 §7.1). The text calls *main* what the labels call master.

use crate::exporter::{EarlyExporter, Exporter};
use crate::label::Leaf;
use crate::{Operation, Side, Watch, traffic};
use handfast_crypto::hash::{Hash, hmac};
use handfast_crypto::{CryptoError, Digest, Secret};
use zeroize::Zeroizing;

/// What kind of pre-shared key a binder is for (RFC 9846 §4.3.11.2): the label differs, so that one
/// kind cannot be passed off as the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PskKind {
    /// Agreed outside of TLS.
    External,
    /// From a ticket of an earlier connection.
    Resumption,
}

/// The first stage: all that a pre-shared key alone gives.
///
/// ```text
///            0
///            |
///            v
///  PSK --> HKDF-Extract = early_secret
///            |
///            +--> "ext binder" | "res binder", "" = binder_key
///            +--> "c e traffic", ClientHello      = client_early_traffic_secret
///            +--> "e exp master", ClientHello     = early_exporter_secret
///            v
/// ```
pub struct Early(Node);

impl Early {
    /// Starts the schedule. Without a PSK the input is as many zeros as the hash is long.
    pub fn new(hash: &'static dyn Hash, psk: Option<&[u8]>, watch: &mut Watch<'_>) -> Self {
        let len = hash.algorithm().len();
        let mut node = Node { hash, secret: Secret::zeroed(len) };
        // The salt of the first extraction is the "0" of the picture, which the box still holds.
        node.extract("0", "early_secret", psk, watch);
        Self(node)
    }

    /// The hash of this schedule.
    pub fn hash(&self) -> &'static dyn Hash {
        self.0.hash
    }

    /// The binder for this PSK: a Finished computed over `truncated`, the hash of the transcript up
    /// to and including the ClientHello without its binders (RFC 9846 §4.3.11.2).
    pub fn binder(&self, kind: PskKind, truncated: &Digest, watch: &mut Watch<'_>) -> Digest {
        let hash = self.0.hash;
        let label = match kind {
            PskKind::External => "ext binder",
            PskKind::Resumption => "res binder",
        };
        let mut key = Zeroizing::new([0; Digest::MAX]);
        let key = &mut key[..hash.algorithm().len()];
        let leaf = Leaf { name: "binder_key", from: "early_secret", label };
        let context = hash.hash(&[]);
        hash.with_key(self.0.secret.bytes(), &mut |k| leaf.derive(k, context.bytes(), key, watch));
        traffic::finished_from("binder_key", "binder_finished_key", hash, key, truncated, watch)
    }

    /// Checks a binder in constant time.
    ///
    /// # Errors
    /// [`CryptoError::BadTag`] if `received` is not the binder; the alert is decrypt_error
    /// (RFC 9846 §4.3.11).
    pub fn verify_binder(
        &self,
        kind: PskKind,
        truncated: &Digest,
        received: &[u8],
        watch: &mut Watch<'_>,
    ) -> Result<(), CryptoError> {
        traffic::compare(&self.binder(kind, truncated, watch), received)
    }

    /// The secret of early data; `client_hello` is the hash of the whole ClientHello.
    pub fn client_early_traffic(&self, client_hello: &Digest, watch: &mut Watch<'_>) -> Secret {
        self.0.branch("client_early_traffic_secret", "early_secret", "c e traffic", client_hello, watch)
    }

    /// The exporter that works before the handshake is done (RFC 9846 §7.5): what it gives is not
    /// protected against replay.
    pub fn early_exporter(&self, client_hello: &Digest, watch: &mut Watch<'_>) -> EarlyExporter {
        let secret = self.0.branch("early_exporter_secret", "early_secret", "e exp master", client_hello, watch);
        EarlyExporter::new(self.0.hash, secret)
    }

    /// The next stage. `shared` is the secret of the key exchange, `None` with psk_ke;
    /// `through_server_hello` is the hash of ClientHello to ServerHello.
    pub fn handshake(self, shared: Option<&Secret>, through_server_hello: &Digest, watch: &mut Watch<'_>) -> Handshake {
        const FROM: &str = "handshake_secret";
        let node = self.0.descend("early_secret", FROM, shared.map(Secret::bytes), watch);
        let client = node.branch(CLIENT_HANDSHAKE, FROM, "c hs traffic", through_server_hello, watch);
        let server = node.branch(SERVER_HANDSHAKE, FROM, "s hs traffic", through_server_hello, watch);
        let hash = node.hash;
        Handshake {
            node,
            client: HandshakeTraffic { side: Side::Client, hash, secret: client },
            server: HandshakeTraffic { side: Side::Server, hash, secret: server },
        }
    }
}

const CLIENT_HANDSHAKE: &str = "client_handshake_traffic_secret";
const SERVER_HANDSHAKE: &str = "server_handshake_traffic_secret";

/// The second stage: the key exchange has come in, the rest of the handshake is encrypted.
///
/// ```text
///            |
///         "derived", ""
///            v
///  shared --> HKDF-Extract = handshake_secret
///            |
///            +--> "c hs traffic", ClientHello…ServerHello = client_handshake_traffic_secret
///            +--> "s hs traffic", ClientHello…ServerHello = server_handshake_traffic_secret
///            v
/// ```
pub struct Handshake {
    node: Node,
    client: HandshakeTraffic,
    server: HandshakeTraffic,
}

impl Handshake {
    /// The handshake traffic secret of one side and the Finished that hangs below it.
    pub fn traffic(&self, side: Side) -> &HandshakeTraffic {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// The last stage, entered once the server's Finished is in the transcript. What of this stage
    /// is still needed comes back beside it: the client's secret, for reading or writing the rest
    /// of the client's flight and for its Finished. The server's is spent and is overwritten.
    pub fn main(self, through_server_finished: &Digest, watch: &mut Watch<'_>) -> (Main, HandshakeTraffic) {
        const FROM: &str = "main_secret";
        let transcript = through_server_finished;
        let node = self.node.descend("handshake_secret", FROM, None, watch);
        let client = node.branch("client_application_traffic_secret_0", FROM, "c ap traffic", transcript, watch);
        let mut server = self.server.secret;
        node.branch_into("server_application_traffic_secret_0", FROM, "s ap traffic", transcript, &mut server, watch);
        let exporter = node.branch("exporter_secret", FROM, "exp master", transcript, watch);
        let main = Main {
            client_application_traffic_secret_0: client,
            server_application_traffic_secret_0: server,
            exporter: Exporter::new(node.hash, exporter),
            main_secret: MainSecret(node),
        };
        (main, self.client)
    }
}

/// One side's handshake traffic secret.
pub struct HandshakeTraffic {
    side: Side,
    hash: &'static dyn Hash,
    secret: Secret,
}

impl HandshakeTraffic {
    /// The secret itself: the source of this side's handshake record keys, and a line of the key log.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The verify_data of this side's Finished; `transcript` is the hash of all that stands before
    /// it (RFC 9846 §4.5.3).
    pub fn finished(&self, transcript: &Digest, watch: &mut Watch<'_>) -> Digest {
        let from = self.side.pick(CLIENT_HANDSHAKE, SERVER_HANDSHAKE);
        let name = self.side.pick("client_finished_key", "server_finished_key");
        traffic::finished_from(from, name, self.hash, self.secret.bytes(), transcript, watch)
    }

    /// Checks the verify_data of this side's Finished in constant time.
    ///
    /// # Errors
    /// [`CryptoError::BadTag`] if it differs; the alert is decrypt_error (RFC 9846 §4.5.3).
    pub fn verify_finished(
        &self,
        transcript: &Digest,
        received: &[u8],
        watch: &mut Watch<'_>,
    ) -> Result<(), CryptoError> {
        traffic::compare(&self.finished(transcript, watch), received)
    }
}

/// The last stage: application data. The fields part ways (each half of the connection takes its
/// traffic secret), hence they are public and moved out.
///
/// ```text
///            |
///         "derived", ""
///            v
///    0 --> HKDF-Extract = main_secret
///            |
///            +--> "c ap traffic", ClientHello…server Finished = client_application_traffic_secret_0
///            +--> "s ap traffic", ClientHello…server Finished = server_application_traffic_secret_0
///            +--> "exp master",   ClientHello…server Finished = exporter_secret
///            +--> "res master",   ClientHello…client Finished = resumption_secret
/// ```
pub struct Main {
    /// The source of the client's first application keys.
    pub client_application_traffic_secret_0: Secret,
    /// The source of the server's first application keys.
    pub server_application_traffic_secret_0: Secret,
    /// Keying material for the application (RFC 9846 §7.5).
    pub exporter: Exporter,
    /// The main secret, kept until the client's Finished is known.
    pub main_secret: MainSecret,
}

/// The main secret, with the last of its arrows still to take.
pub struct MainSecret(Node);

impl MainSecret {
    /// Takes the last arrow: the main secret is overwritten by the resumption secret.
    pub fn resumption(mut self, through_client_finished: &Digest, watch: &mut Watch<'_>) -> Resumption {
        let leaf = Leaf { name: "resumption_secret", from: "main_secret", label: "res master" };
        self.0.replace(&leaf, through_client_finished.bytes(), watch);
        Resumption(self.0)
    }
}

/// The secret that tickets are made from (RFC 9846 §4.7.1).
pub struct Resumption(Node);

impl Resumption {
    /// The PSK of the ticket with this `nonce`.
    ///
    /// # Errors
    /// [`CryptoError::Length`] if `nonce` is longer than its field on the wire, 255 bytes.
    pub fn psk(&self, nonce: &[u8], watch: &mut Watch<'_>) -> Result<Secret, CryptoError> {
        if nonce.len() > 255 {
            return Err(CryptoError::Length);
        }
        let leaf = Leaf { name: "resumption_psk", from: "resumption_secret", label: "resumption" };
        let mut psk = Secret::zeroed(self.0.hash.algorithm().len());
        self.0.hash.with_key(self.0.secret.bytes(), &mut |k| leaf.derive(k, nonce, psk.bytes_mut(), watch));
        Ok(psk)
    }
}

/// A secret on the left side of the picture, in the one box that all of them share in turn.
struct Node {
    hash: &'static dyn Hash,
    secret: Secret,
}

impl Node {
    /// One arrow to the right: Derive-Secret.
    fn branch(
        &self,
        name: &'static str,
        from: &'static str,
        label: &'static str,
        transcript: &Digest,
        watch: &mut Watch<'_>,
    ) -> Secret {
        let mut out = Secret::zeroed(self.hash.algorithm().len());
        self.branch_into(name, from, label, transcript, &mut out, watch);
        out
    }

    /// The same into a box that is there already.
    fn branch_into(
        &self,
        name: &'static str,
        from: &'static str,
        label: &'static str,
        transcript: &Digest,
        out: &mut Secret,
        watch: &mut Watch<'_>,
    ) {
        let leaf = Leaf { name, from, label };
        self.hash.with_key(self.secret.bytes(), &mut |k| leaf.derive(k, transcript.bytes(), out.bytes_mut(), watch));
    }

    /// The arrow down: Derive-Secret with "derived" gives the salt of the next extraction.
    fn descend(mut self, from: &'static str, to: &'static str, input: Option<&[u8]>, watch: &mut Watch<'_>) -> Self {
        let leaf = Leaf { name: "derived", from, label: "derived" };
        let empty = self.hash.hash(&[]);
        self.replace(&leaf, empty.bytes(), watch);
        self.extract("derived", to, input, watch);
        self
    }

    /// HKDF-Extract with this secret as the salt, which the output replaces.
    fn extract(&mut self, salt: &'static str, name: &'static str, input: Option<&[u8]>, watch: &mut Watch<'_>) {
        let zeros = [0; Digest::MAX];
        let len = self.hash.algorithm().len();
        let input = input.unwrap_or(&zeros[..len]);
        let mut out = Zeroizing::new([0; Digest::MAX]);
        hmac(self.hash, self.secret.bytes(), &[input], &mut out[..len]);
        self.secret.bytes_mut().copy_from_slice(&out[..len]);
        watch.step(name, Operation::Extract { salt, input }, self.secret.bytes());
    }

    /// A derivation whose output replaces this secret.
    fn replace(&mut self, leaf: &Leaf, context: &[u8], watch: &mut Watch<'_>) {
        traffic::replace(self.hash, &mut self.secret, leaf, context, watch);
    }
}
