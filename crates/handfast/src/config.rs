//! What a client and a server are told once, before any connection.

use crate::Clock;
use crate::credential::Credential;
use crate::keylog::KeyLog;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use handfast_crypto::{CipherSuite, NamedGroup, Provider, SignatureScheme};
use handfast_handshake::server::ClientAuth;
use handfast_handshake::{Versions, client, server};
use handfast_x509::Roots;

/// Schemes accepted from a peer, preferred first; a backend that cannot verify one leaves it out.
const SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PSS_PSS_SHA256,
    SignatureScheme::RSA_PSS_PSS_SHA384,
    SignatureScheme::RSA_PSS_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// Groups that are offered unless told otherwise, preferred first; a backend that lacks one leaves it
/// out. What else a backend has is there for [`ClientConfig::with_groups`].
const GROUPS: &[NamedGroup] = &[NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1];

/// How much a peer may cost us in one handshake. Each has an edge that is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Handshake bytes read in all, headers included. 256 KiB unless changed.
    pub handshake_bytes: usize,
    /// The longest Certificate message, in bytes without its header. 96 KiB unless changed.
    pub certificate_bytes: usize,
    /// The longest message of any other kind. 64 KiB unless changed.
    pub message_bytes: usize,
    /// Handshake messages read in all. 64 unless changed.
    pub messages: u32,
    /// Bytes of early data that a server passes over before it gives up on a client whose ticket it
    /// does not know (RFC 9846 §4.3.10). 64 KiB unless changed.
    pub early_data: u32,
    /// How long a handshake may take by the clock. 30 seconds unless changed. It is looked at
    /// whenever [`Handshake::next`](crate::Handshake::next) is called; a blocking transport needs a
    /// read timeout besides.
    pub deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake_bytes: 256 * 1024,
            certificate_bytes: 96 * 1024,
            message_bytes: 64 * 1024,
            messages: 64,
            early_data: 64 * 1024,
            deadline: Duration::from_secs(30),
        }
    }
}

/// What both roles have.
#[derive(Clone)]
pub(crate) struct Common {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) key_log: Option<Arc<dyn KeyLog>>,
    pub(crate) limits: Limits,
}

/// Whose certificates a client or a server believes.
#[derive(Clone)]
pub(crate) enum Trust {
    Roots(Arc<Roots>),
    Anyone,
}

/// A client's configuration. Cheap to clone; nothing in it is global.
///
/// The defaults: TLS 1.3 and 1.2, every suite of the backend, x25519, secp256r1 and secp384r1, the
/// chain and the name of the server verified, no client certificate, no ALPN.
#[derive(Clone)]
pub struct ClientConfig {
    pub(crate) settings: Arc<client::Settings>,
    pub(crate) common: Common,
    pub(crate) trust: Trust,
    pub(crate) credential: Option<Arc<handfast_handshake::ask::Credential>>,
    /// Whether a host name is sent in server_name.
    pub(crate) sends_name: bool,
}

/// A server's configuration. Cheap to clone; nothing in it is global.
///
/// The defaults: TLS 1.3 and 1.2, every suite of the backend, x25519, secp256r1 and secp384r1,
/// clients not asked for a certificate, no ALPN.
#[derive(Clone)]
pub struct ServerConfig {
    pub(crate) settings: Arc<server::Settings>,
    pub(crate) common: Common,
    pub(crate) trust: Trust,
    pub(crate) credentials: Arc<[Credential]>,
}

fn suites(provider: &Provider) -> Vec<CipherSuite> {
    CipherSuite::SPOKEN.iter().copied().filter(|s| provider.has_suite(*s)).collect()
}

pub(crate) fn groups(provider: &Provider) -> Vec<NamedGroup> {
    GROUPS.iter().copied().filter(|g| provider.group(*g).is_some()).collect()
}

pub(crate) fn schemes(provider: &Provider) -> Vec<SignatureScheme> {
    SCHEMES.iter().copied().filter(|s| provider.verifies(*s)).collect()
}

/// What can be set in the same way for both roles.
macro_rules! shared_setters {
    ($Config:ident) => {
        impl $Config {
            /// The same with another range of versions.
            #[must_use]
            pub fn with_versions(mut self, versions: Versions) -> Self {
                Arc::make_mut(&mut self.settings).versions = versions;
                self
            }

            /// The same with these suites, preferred first. Those that the backend lacks are left out.
            #[must_use]
            pub fn with_suites(mut self, suites: &[CipherSuite]) -> Self {
                let settings = Arc::make_mut(&mut self.settings);
                settings.suites = suites.iter().copied().filter(|s| settings.provider.has_suite(*s)).collect();
                self
            }

            /// The same with these application protocols (RFC 7301), preferred first, as `b"h2"`.
            #[must_use]
            pub fn with_alpn(mut self, protocols: &[&[u8]]) -> Self {
                Arc::make_mut(&mut self.settings).alpn = protocols.iter().map(|p| p.to_vec()).collect();
                self
            }

            /// The same with these signature schemes accepted from the peer, preferred first.
            #[must_use]
            pub fn with_schemes(mut self, schemes: &[SignatureScheme]) -> Self {
                let settings = Arc::make_mut(&mut self.settings);
                settings.schemes = schemes.iter().copied().filter(|s| settings.provider.verifies(*s)).collect();
                self
            }

            /// The same, refusing TLS 1.2 peers without the extended main secret (RFC 7627).
            #[must_use]
            pub fn with_extended_main_secret_required(mut self) -> Self {
                Arc::make_mut(&mut self.settings).require_extended_main_secret = true;
                self
            }

            /// The same with another clock.
            #[must_use]
            pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
                self.common.clock = clock;
                self
            }

            /// The same with other limits on hostile peers.
            #[must_use]
            pub fn with_limits(mut self, limits: Limits) -> Self {
                self.common.limits = limits;
                self
            }

            /// The same, writing every connection's secrets to a key log (RFC 9850). Whoever reads
            /// the log reads the traffic: for debugging only.
            #[must_use]
            pub fn with_key_log(mut self, log: Arc<dyn KeyLog>) -> Self {
                self.common.key_log = Some(log);
                self
            }

            /// The backend.
            pub fn provider(&self) -> &Provider {
                &self.settings.provider
            }

            /// The suites, preferred first.
            pub fn suites(&self) -> &[CipherSuite] {
                &self.settings.suites
            }

            /// The groups, preferred first.
            pub fn groups(&self) -> &[NamedGroup] {
                &self.settings.groups
            }
        }

        impl fmt::Debug for $Config {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Config)).field("settings", &self.settings).finish_non_exhaustive()
            }
        }
    };
}
shared_setters!(ClientConfig);
shared_setters!(ServerConfig);

impl ClientConfig {
    /// A client that believes servers whose chains end in `roots`.
    #[cfg(feature = "std")]
    pub fn new(provider: Provider, roots: Roots) -> Self {
        Self::with_time(provider, roots, Arc::new(crate::SystemClock::new()))
    }

    /// The same where there is no standard library: the clock is yours.
    pub fn with_time(provider: Provider, roots: Roots, clock: Arc<dyn Clock>) -> Self {
        let groups = groups(&provider);
        let settings = client::Settings {
            versions: Versions::ALL,
            suites: suites(&provider),
            // One share, for the favourite: nearly every server takes it, and a second one is a
            // key pair and a hundred bytes more in every hello.
            shares: groups.iter().copied().take(1).collect(),
            groups,
            schemes: schemes(&provider),
            alpn: Vec::new(),
            require_extended_main_secret: false,
            allow_legacy_servers: false,
            middlebox_compatibility: true,
            status_request: false,
            authenticates: false,
            provider,
        };
        let common = Common { clock, key_log: None, limits: Limits::default() };
        let trust = Trust::Roots(Arc::new(roots));
        Self { settings: Arc::new(settings), common, trust, credential: None, sends_name: true }
    }

    /// The same with these groups offered, preferred first; the first of them gets a key share. Those
    /// that the backend lacks are left out, and in TLS 1.2 those that only TLS 1.3 has (ML-KEM).
    #[must_use]
    pub fn with_groups(mut self, groups: &[NamedGroup]) -> Self {
        let settings = Arc::make_mut(&mut self.settings);
        settings.groups = groups.iter().copied().filter(|g| settings.provider.group(*g).is_some()).collect();
        settings.shares = settings.groups.iter().copied().take(1).collect();
        self
    }

    /// The same with key shares for these groups in the first ClientHello. None asks for a
    /// HelloRetryRequest (RFC 9846 §4.3.8).
    #[must_use]
    pub fn with_shares(mut self, groups: &[NamedGroup]) -> Self {
        Arc::make_mut(&mut self.settings).shares = groups.to_vec();
        self
    }

    /// The same, showing this certificate to servers that ask for one.
    #[must_use]
    pub fn with_credential(mut self, credential: Credential) -> Self {
        Arc::make_mut(&mut self.settings).authenticates = true;
        self.credential = Some(credential.shared());
        self
    }

    /// The same, keeping the name to itself: no server_name (RFC 6066 §3) is sent, so a server of many
    /// names cannot know which of its certificates is wanted. The name is still verified.
    #[must_use]
    pub fn without_server_name(mut self) -> Self {
        self.sends_name = false;
        self
    }

    /// The same, asking servers for a stapled OCSP response (RFC 6066 §8). Handfast passes it on in
    /// the [`Judge`](crate::ask::Judge) question and does not judge it.
    #[must_use]
    pub fn with_status_request(mut self) -> Self {
        Arc::make_mut(&mut self.settings).status_request = true;
        self
    }

    /// The same, speaking to TLS 1.2 servers that may be open to renegotiation attacks on whoever
    /// speaks to them (RFC 5746 §4.1).
    #[must_use]
    pub fn dangerous_allow_legacy_servers(mut self) -> Self {
        Arc::make_mut(&mut self.settings).allow_legacy_servers = true;
        self
    }

    /// The same, believing any certificate: an attacker on the way can then read and change
    /// everything. The server still has to prove that it holds the key of what it shows.
    #[must_use]
    pub fn dangerous_accept_any_certificate(mut self) -> Self {
        self.trust = Trust::Anyone;
        self
    }
}

impl ServerConfig {
    /// A server that shows `credential`.
    #[cfg(feature = "std")]
    pub fn new(provider: Provider, credential: Credential) -> Self {
        Self::with_time(provider, credential, Arc::new(crate::SystemClock::new()))
    }

    /// The same where there is no standard library: the clock is yours.
    pub fn with_time(provider: Provider, credential: Credential, clock: Arc<dyn Clock>) -> Self {
        let settings = server::Settings {
            versions: Versions::ALL,
            suites: suites(&provider),
            groups: groups(&provider),
            schemes: schemes(&provider),
            alpn: Vec::new(),
            client_auth: ClientAuth::None,
            authorities: Vec::new(),
            require_extended_main_secret: false,
            retry_cookie: false,
            provider,
        };
        Self {
            settings: Arc::new(settings),
            common: Common { clock, key_log: None, limits: Limits::default() },
            trust: Trust::Roots(Arc::new(Roots::new())),
            credentials: Arc::from([credential]),
        }
    }

    /// The same with these credentials. A client that names a host is shown those whose certificate
    /// is for that host, and of them the first whose key the client can verify; if there is none,
    /// or no name, they are tried in the order given.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Vec<Credential>) -> Self {
        self.credentials = Arc::from(credentials);
        self
    }

    /// The same with these groups, preferred first. Those that the backend lacks are left out, and in
    /// TLS 1.2 those that only TLS 1.3 has (ML-KEM).
    #[must_use]
    pub fn with_groups(mut self, groups: &[NamedGroup]) -> Self {
        let settings = Arc::make_mut(&mut self.settings);
        settings.groups = groups.iter().copied().filter(|g| settings.provider.group(*g).is_some()).collect();
        self
    }

    /// The same, asking clients for a certificate whose chain ends in `roots`; the names of the
    /// roots are sent along. With [`ClientAuth::Require`] a client that declines is turned away.
    #[must_use]
    pub fn with_client_auth(mut self, auth: ClientAuth, roots: Roots) -> Self {
        let settings = Arc::make_mut(&mut self.settings);
        settings.client_auth = auth;
        settings.authorities = roots.subjects().collect();
        self.trust = Trust::Roots(Arc::new(roots));
        self
    }

    /// The same, believing any client certificate. The client still has to prove that it holds the
    /// key of what it shows.
    #[must_use]
    pub fn dangerous_accept_any_certificate(mut self) -> Self {
        self.trust = Trust::Anyone;
        self
    }

    /// The same, with a cookie in every HelloRetryRequest (RFC 9846 §4.3.2).
    #[must_use]
    pub fn with_retry_cookie(mut self) -> Self {
        Arc::make_mut(&mut self.settings).retry_cookie = true;
        self
    }
}
