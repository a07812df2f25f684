//! START, WAIT_SH: the ClientHello and the two answers to it.

use super::tls12::WaitCertificate;
use super::tls13::WaitEe;
use super::{Settings, Target};
use crate::error::ensure;
use crate::input::take;
use crate::transcript::Transcript;
use crate::{Choosing, Cx, Error, Event, Fact, On, Raw, Rule, Went, msg};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use handfast_codec::{
    CipherSuite, CompressionMethod, DOWNGRADE_TO_TLS11, DOWNGRADE_TO_TLS12, EcPointFormat, EncodeError, ExtensionType,
    KeyShareEntry, NamedGroup, ProtocolVersion, ServerHello, encode,
};
use handfast_crypto::group::KeyExchange;
use handfast_crypto::hash::Hash;
use handfast_crypto::{CryptoError, SuiteInfo};

/// What a client offered and still needs to know.
pub(super) struct Offer {
    pub(super) settings: Arc<Settings>,
    pub(super) target: Target,
    pub(super) random: [u8; 32],
    session_id: Option<[u8; 32]>,
}

impl Offer {
    /// Whether the ClientHello carried this extension (RFC 9846 §4.3: answers are to these only).
    pub(super) fn has(&self, extension: ExtensionType) -> bool {
        let (tls12, tls13) = (self.offers(ProtocolVersion::TLS1_2), self.offers(ProtocolVersion::TLS1_3));
        match extension {
            ExtensionType::SERVER_NAME => self.target.indicate,
            ExtensionType::SUPPORTED_GROUPS
            | ExtensionType::SIGNATURE_ALGORITHMS
            | ExtensionType::SUPPORTED_VERSIONS => true,
            ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => !self.settings.alpn.is_empty(),
            ExtensionType::STATUS_REQUEST => self.settings.status_request,
            ExtensionType::KEY_SHARE => tls13,
            ExtensionType::EC_POINT_FORMATS
            | ExtensionType::EXTENDED_MAIN_SECRET
            | ExtensionType::RENEGOTIATION_INFO => tls12,
            _ => false,
        }
    }

    fn offers(&self, version: ProtocolVersion) -> bool {
        self.settings.versions().allows(version)
    }

    fn session_id(&self) -> &[u8] {
        self.session_id.as_ref().map_or(&[], |id| &id[..])
    }

    /// The suites in the ClientHello.
    fn suites(&self) -> impl Iterator<Item = CipherSuite> + Clone + '_ {
        let settings = &self.settings;
        settings.suites.iter().copied().filter(|s| {
            s.info().is_some_and(|i| settings.versions().allows(i.version)) && settings.provider.has_suite(*s)
        })
    }

    /// The groups in the ClientHello; without TLS 1.3 only those that TLS 1.2 can use (RFC 8422 §5.1.1).
    fn groups(&self) -> impl Iterator<Item = NamedGroup> + Clone + '_ {
        let (settings, tls13) = (&self.settings, self.offers(ProtocolVersion::TLS1_3));
        let usable = move |g: &NamedGroup| tls13 || g.is_ecdhe_1_2();
        settings.groups.iter().copied().filter(move |g| usable(g) && settings.provider.group(*g).is_some())
    }

    /// A key pair for a group that we offer.
    fn share(&self, group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error> {
        let provider = &self.settings.provider;
        let group = provider.group(group).ok_or(CryptoError::Unsupported)?;
        Ok(group.start(&*provider.random)?)
    }

    /// Writes a ClientHello (RFC 9846 §4.2.2). `cookie` comes from a HelloRetryRequest.
    fn write(&self, shares: &[Box<dyn KeyExchange>], cookie: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let settings = &self.settings;
        let suites = narrowed(&settings.suites, self.suites());
        let groups = narrowed(&settings.groups, self.groups());
        let hello = encode::ClientHello {
            legacy_session_id: self.session_id(),
            cipher_suites: &suites,
            ..encode::ClientHello::new(&self.random)
        };
        encode::client_hello(out, &hello, |x| {
            if self.target.indicate {
                x.server_name(&self.target.name);
            }
            if settings.status_request {
                x.status_request();
            }
            x.supported_groups(&groups);
            x.signature_algorithms(&settings.schemes);
            if !settings.alpn.is_empty() {
                x.application_layer_protocol_negotiation(&settings.alpn);
            }
            if self.offers(ProtocolVersion::TLS1_2) {
                x.ec_point_formats(&[EcPointFormat::UNCOMPRESSED]);
                x.extended_main_secret();
                x.renegotiation_info(&[]);
            }
            x.supported_versions(settings.versions().list());
            if self.offers(ProtocolVersion::TLS1_3) {
                if !cookie.is_empty() {
                    x.cookie(cookie);
                }
                x.client_shares(shares.iter().map(|s| KeyShareEntry { group: s.group(), key_exchange: s.share() }));
            }
        })
    }
}

/// What is left of `all`; nothing is copied where that is everything.
fn narrowed<T: Copy>(all: &[T], left: impl Iterator<Item = T> + Clone) -> Cow<'_, [T]> {
    if left.clone().count() == all.len() { Cow::Borrowed(all) } else { left.collect() }
}

/// START: draws random and key shares, sends the ClientHello.
pub(super) fn start(settings: &Arc<Settings>, target: Target, cx: &mut Cx<'_>) -> Result<WaitSh, Error> {
    let mut offer = Offer { settings: settings.clone(), target, random: [0; 32], session_id: None };
    let random = &settings.provider.random;
    random.fill(&mut offer.random)?;
    let tls13 = offer.offers(ProtocolVersion::TLS1_3);
    if tls13 && settings.middlebox_compatibility {
        let mut id = [0; 32];
        random.fill(&mut id)?;
        offer.session_id = Some(id);
    }
    ensure(offer.suites().next().is_some(), Rule::NoCommonSuite)?;
    ensure(offer.groups().next().is_some(), Rule::NoCommonGroup)?;
    let mut shares = Vec::new();
    if tls13 {
        for group in offer.groups().filter(|g| settings.shares.contains(g)) {
            shares.push(offer.share(group)?);
        }
    }
    cx.tell(|| Event::ClientRandom(&offer.random));
    let hello = Arc::from(cx.send(None, |out| offer.write(&shares, &[], out))?);
    Ok(WaitSh { offer, hello, shares })
}

/// WAIT_SH (RFC 9846 §A.1): the server chooses the version, asks for another share, or both.
/// Alive here: the private keys of the shares.
pub struct WaitSh {
    offer: Offer,
    pub(super) hello: Arc<[u8]>,
    shares: Vec<Box<dyn KeyExchange>>,
}

/// WAIT_SH after a HelloRetryRequest: only TLS 1.3 and the same suite can follow.
/// Alive here: the private key of the share.
pub struct WaitShRetried {
    offer: Offer,
    transcript: Transcript,
    suite: CipherSuite,
    share: Vec<Box<dyn KeyExchange>>,
}

/// What a ServerHello and a HelloRetryRequest have in common besides their extensions.
struct Legacy<'a> {
    version: ProtocolVersion,
    session_id: &'a [u8],
    compression: CompressionMethod,
}

impl Legacy<'_> {
    /// RFC 9846 §4.2.3: the version field is frozen, the session id is echoed, nothing is compressed.
    fn check(&self, offer: &Offer) -> Result<(), Error> {
        if self.version != ProtocolVersion::TLS1_2 {
            return Err(Error::new(Rule::LegacyVersion).found(self.version));
        }
        ensure(self.session_id == offer.session_id(), Rule::SessionIdEcho)?;
        ensure(self.compression == CompressionMethod::NULL, Rule::Compression)
    }
}

fn legacy<'a>(hello: &ServerHello<'a>) -> Legacy<'a> {
    Legacy {
        version: hello.legacy_version,
        session_id: hello.legacy_session_id_echo,
        compression: hello.legacy_compression_method,
    }
}

/// The suite is one that we offered and belongs to the version (RFC 9846 §4.2.3).
fn check_suite(
    suite: CipherSuite,
    offer: &Offer,
    version: ProtocolVersion,
    cx: &mut Cx<'_>,
) -> Result<(SuiteInfo, &'static dyn Hash), Error> {
    if !offer.suites().any(|s| s == suite) {
        return Err(Error::new(Rule::SuiteNotOffered).found(suite));
    }
    let info = suite.info().filter(|i| i.version == version);
    let info =
        info.ok_or_else(|| Error::new(Rule::SuiteVersion).expected(format_args!("a suite of {version}")).found(suite))?;
    let hash = offer.settings.provider.hash(info.hash).ok_or(CryptoError::Unsupported)?;
    cx.tell(|| Event::Chose(Choosing::Suite(&offer.settings.suites, &[], Some(suite))));
    Ok((info, hash))
}

/// The version that a ServerHello selects, checked against our offer (RFC 9846 §4.3.1, §E.1).
fn selected_version(hello: &ServerHello<'_>, offer: &Offer) -> Result<ProtocolVersion, Error> {
    let ours = offer.settings.versions();
    match hello.extensions.supported_versions {
        // Through the extension only TLS 1.3 or later can be selected.
        Some(version) if version == ProtocolVersion::TLS1_3 && ours.allows(version) => Ok(version),
        Some(version) => Err(Error::new(Rule::SelectedVersion).found(version)),
        None if hello.legacy_version == ProtocolVersion::TLS1_2 && ours.allows(ProtocolVersion::TLS1_2) => {
            // RFC 9846 §4.2.3: a server that speaks TLS 1.3 marks its random when it does not.
            let marked = [DOWNGRADE_TO_TLS12, DOWNGRADE_TO_TLS11].contains(hello.random_end());
            ensure(!(marked && ours.allows(ProtocolVersion::TLS1_3)), Rule::Downgrade)?;
            Ok(ProtocolVersion::TLS1_2)
        }
        None => {
            let error = Error::new(Rule::NoCommonVersion).found(hello.legacy_version);
            Err(error.expected(format_args!("{} to {}", ours.min, ours.max)))
        }
    }
}

/// From the share of the server to the handshake keys (RFC 9846 §4.3.8, §7.1).
fn agree(
    share: Option<KeyShareEntry<'_>>,
    offer: &Offer,
    mut shares: Vec<Box<dyn KeyExchange>>,
    cx: &mut Cx<'_>,
) -> Result<(NamedGroup, handfast_crypto::Secret), Error> {
    let Some(share) = share else {
        return Err(Error::new(Rule::MissingExtension).expected("key_share"));
    };
    let Some(at) = shares.iter().position(|s| s.group() == share.group) else {
        let sent = shares.iter().map(|s| s.group()).collect::<Vec<_>>();
        return Err(Error::new(Rule::ShareGroup).expected(format_args!("one of {sent:?}")).found(share.group));
    };
    cx.tell(|| Event::Chose(Choosing::Group(&offer.settings.groups, &[], Some(share.group))));
    let secret =
        shares.swap_remove(at).finish(share.key_exchange).map_err(|e| bad_share(e, share.group, share.key_exchange))?;
    Ok((share.group, secret))
}

/// A share that is no point of its group is the peer's fault, a failing backend is not.
pub(crate) fn bad_share(error: CryptoError, group: NamedGroup, share: &[u8]) -> Error {
    match error {
        CryptoError::BadShare | CryptoError::Length | CryptoError::BadKey => Error::new(Rule::BadShare)
            .expected(format_args!("a public value of {group}"))
            .found(format_args!("{} bytes that are none", share.len())),
        other => Error::from(other),
    }
}

impl On<msg::ServerHello> for WaitSh {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::ServerHello> {
        let hello = take!(m, None, ServerHello);
        let Self { offer, hello: client_hello, shares } = self;
        let version = selected_version(&hello, &offer)?;
        hello.extensions.check_solicited(|e| offer.has(e))?;
        cx.tell(|| Event::Chose(Choosing::Version(offer.settings.versions().list(), &[], Some(version))));
        cx.learn(Fact::Version(version));

        if version == ProtocolVersion::TLS1_2 {
            // RFC 9846 §4.2.3, RFC 5246 §7.4.1.3: an id that is ours would resume a session, and we offered none.
            ensure(
                hello.legacy_session_id_echo.is_empty() || hello.legacy_session_id_echo != offer.session_id(),
                Rule::SessionIdUnknown,
            )?;
            ensure(hello.legacy_compression_method == CompressionMethod::NULL, Rule::Compression)?;
            let (info, hash) = check_suite(hello.cipher_suite, &offer, version, cx)?;
            let next = WaitCertificate::enter(offer, &client_hello, m, &hello, (info, hash), cx)?;
            return Ok(next.into());
        }
        legacy(&hello).check(&offer)?;
        let (info, hash) = check_suite(hello.cipher_suite, &offer, version, cx)?;
        let (group, secret) = agree(hello.extensions.key_share, &offer, shares, cx)?;
        let mut transcript = Transcript::new(hash, &client_hello);
        transcript.add(m.bytes);
        let compatible = offer.session_id.is_some();
        Ok(WaitEe::enter(offer, (hello.cipher_suite, info), group, secret, transcript, compatible, cx)?.into())
    }
}

impl On<msg::HelloRetryRequest> for WaitSh {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::HelloRetryRequest> {
        let retry = take!(m, None, HelloRetryRequest);
        let Self { offer, hello, shares } = self;
        // RFC 9846 §4.2.4: the same checks as for a ServerHello.
        let version = retry.extensions.supported_versions;
        if version != ProtocolVersion::TLS1_3 || !offer.offers(version) {
            return Err(Error::new(Rule::SelectedVersion).found(version));
        }
        retry.extensions.check_solicited(|e| offer.has(e))?;
        let (session_id, compression) = (retry.legacy_session_id_echo, retry.legacy_compression_method);
        Legacy { version: retry.legacy_version, session_id, compression }.check(&offer)?;
        let (_, hash) = check_suite(retry.cipher_suite, &offer, version, cx)?;
        let (cookie, wanted) = (retry.extensions.cookie.unwrap_or_default(), retry.extensions.key_share);
        ensure(!cookie.is_empty() || wanted.is_some(), Rule::RetryWithoutChange)?;
        let share = match wanted {
            // RFC 9846 §4.3.8: a group that we listed and did not send a share for.
            Some(group) => {
                let fresh = offer.groups().any(|g| g == group) && !shares.iter().any(|s| s.group() == group);
                if !fresh {
                    return Err(Error::new(Rule::RetryGroup).found(group));
                }
                vec![offer.share(group)?]
            }
            None => shares,
        };
        // The version is settled here: the ServerHello has to repeat it.
        cx.learn(Fact::Version(version));
        cx.learn(Fact::Retried);
        let mut transcript = Transcript::retried(hash, &hello);
        transcript.add(m.bytes);
        if offer.session_id.is_some() {
            cx.send_change_cipher_spec();
        }
        // The first ClientHello fitted, and what has grown since then is what the server asked for.
        let again = cx.send(None, |out| offer.write(&share, cookie, out));
        let again = again.map_err(|_| Error::new(Rule::RetryCookie).found(format_args!("{} bytes", cookie.len())))?;
        transcript.add(again);
        Ok(WaitShRetried { offer, transcript, suite: retry.cipher_suite, share }.into())
    }
}

impl On<msg::ServerHello> for WaitShRetried {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::ServerHello> {
        let hello = take!(m, None, ServerHello);
        let Self { offer, mut transcript, suite, share } = self;
        // RFC 9846 §4.2.4: version and suite stay what the retry said.
        if hello.extensions.supported_versions != Some(ProtocolVersion::TLS1_3) {
            return Err(Error::new(Rule::RetryVersion).expected(ProtocolVersion::TLS1_3));
        }
        hello.extensions.check_solicited(|e| offer.has(e))?;
        if hello.cipher_suite != suite {
            return Err(Error::new(Rule::RetrySuite).expected(suite).found(hello.cipher_suite));
        }
        legacy(&hello).check(&offer)?;
        let (info, _) = check_suite(suite, &offer, ProtocolVersion::TLS1_3, cx)?;
        let (group, secret) = agree(hello.extensions.key_share, &offer, share, cx)?;
        transcript.add(m.bytes);
        // The compatibility ChangeCipherSpec went out before the second ClientHello.
        Ok(WaitEe::enter(offer, (suite, info), group, secret, transcript, false, cx)?.into())
    }
}
