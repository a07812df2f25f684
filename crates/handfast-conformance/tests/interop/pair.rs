//! A client and a server of ours in memory, on a clock that stands still.

use handfast::{
    ClientAuth, ClientConfig, Clock, Credential, NamedGroup, Provider, Roots, ServerConfig, UnixTime, Versions,
};
use handfast_cli::pki::{Authority, AuthorityOptions, Issued, KeyType, LeafOptions, Validity};
use std::sync::Arc;
use std::time::Duration;

/// The name of the server.
pub(crate) const NAME: &str = "localhost";
/// The time on the clock, in seconds since 1970.
const NOW: i64 = 1_800_000_000;

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(NOW as u64))
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// The certificates of both sides, with P-256 keys, and what they end in.
pub(crate) struct Pki {
    root: Vec<u8>,
    server: Issued,
    client: Issued,
}

impl Pki {
    /// Made once for each test.
    pub(crate) fn new() -> Self {
        let validity = Validity::days(NOW, 30);
        let authority = AuthorityOptions { validity, key_type: KeyType::P256, ..AuthorityOptions::default() };
        let authority = Authority::new(&authority).expect("a root");
        let leaf = |options| authority.leaf(&LeafOptions { validity, ..options }).expect("a leaf");
        let server = leaf(LeafOptions::server([NAME]));
        let client = leaf(LeafOptions::client("client.example"));
        Self { root: authority.der().to_vec(), server, client }
    }

    fn roots(&self) -> Roots {
        let mut roots = Roots::new();
        roots.add_der(&self.root).expect("a trust anchor");
        roots
    }

    /// How long both chains are, in bytes.
    #[allow(dead_code, reason = "of the two tests that share this file only one measures")]
    pub(crate) fn chains(&self) -> usize {
        [&self.server, &self.client].iter().flat_map(|issued| &issued.chain_der).map(|der| der.len()).sum()
    }

    /// A client with one version.
    pub(crate) fn client(&self, provider: &Provider, versions: Versions) -> ClientConfig {
        ClientConfig::with_time(provider.clone(), self.roots(), Arc::new(Still)).with_versions(versions)
    }

    /// A server with both versions.
    pub(crate) fn server(&self, provider: &Provider) -> ServerConfig {
        ServerConfig::with_time(provider.clone(), credential(&self.server, provider), Arc::new(Still))
    }

    /// The same two with everything that adds a message: a retry with a cookie and a client certificate.
    pub(crate) fn with_everything(
        &self,
        client: &Provider,
        server: &Provider,
        versions: Versions,
    ) -> (ClientConfig, ServerConfig) {
        let groups = [NamedGroup::X25519, NamedGroup::SECP256R1];
        let alpn: &[&[u8]] = &[b"h2", b"http/1.1"];
        let ours = self.client(client, versions).with_groups(&groups).with_alpn(alpn);
        let theirs = self.server(server).with_groups(&groups[1..]).with_alpn(alpn).with_retry_cookie();
        (
            ours.with_credential(credential(&self.client, client)),
            theirs.with_client_auth(ClientAuth::Require, self.roots()),
        )
    }
}

fn credential(issued: &Issued, provider: &Provider) -> Credential {
    let chain = issued.chain_der.iter().map(|c| c.to_vec()).collect();
    Credential::new(chain, issued.key_der.secret_pkcs8_der(), provider).expect("a credential")
}
