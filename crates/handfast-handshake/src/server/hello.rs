//! START, RECVD_CH: reading the ClientHello, and choosing.

use super::Settings;
use super::tls12::Negotiated12;
use super::tls13::Negotiated;
use crate::error::ensure;
use crate::input::take;
use crate::transcript::Transcript;
use crate::{Choosing as Chosen, Cx, Effect, Error, Event, Fact, On, Question, Raw, Rule, Went, ask, msg, negotiate};
use alloc::borrow::ToOwned;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use handfast_codec::{
    CipherSuite, ClientHello, CompressionMethod, EcPointFormat, ExtensionType, KeyShareEntry, List, NamedGroup,
    ProtocolVersion, SignatureScheme, encode,
};
use handfast_crypto::hash::Hash;
use handfast_crypto::{CryptoError, SuiteInfo};

/// START (RFC 9846 §A.2). No secret exists.
pub struct Start {
    settings: Arc<Settings>,
}

impl Start {
    pub(super) fn new(settings: Arc<Settings>) -> Self {
        Self { settings }
    }
}

impl On<msg::ClientHello> for Start {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::ClientHello> {
        let hello = take!(m, None, ClientHello);
        cx.tell(|| Event::ClientRandom(hello.random));
        let server_name = hello.extensions.server_name.map(ToOwned::to_owned);
        if let Some(name) = &server_name {
            cx.learn(Fact::ServerName(name.clone()));
        }
        let client_hello: Arc<[u8]> = Arc::from(m.bytes);
        let schemes = hello.extensions.signature_algorithms.unwrap_or(List::EMPTY).iter().collect();
        cx.ask(Question::Choose(ask::Choose { client_hello: client_hello.clone(), server_name, schemes }));
        Ok(Choosing { settings: self.settings, client_hello }.into())
    }
}

/// RECVD_CH: the application says which credentials may serve this client. No secret exists.
pub struct Choosing {
    settings: Arc<Settings>,
    pub(super) client_hello: Arc<[u8]>,
}

impl On<msg::Choice> for Choosing {
    fn on(self, choice: ask::Choice, cx: &mut Cx<'_>) -> Went<Self, msg::Choice> {
        let credentials = choice.made(&self.client_hello)?;
        let Self { settings, client_hello } = self;
        let hello = take!(Raw { bytes: &client_hello }, None, ClientHello);
        let version = choose_version(&hello, &settings, cx)?;
        if version == ProtocolVersion::TLS1_2 {
            let agreed = choose_1_2(&hello, &settings, &credentials, cx)?;
            return Ok(Negotiated12::enter(settings, &client_hello, &hello, agreed, cx)?.into());
        }
        check_1_3(&hello)?;
        let (agreed, share) = choose_1_3(&hello, &settings, &credentials, cx)?;
        match share {
            Some(share) => {
                let transcript = Transcript::new(agreed.hash, &client_hello);
                Ok(Negotiated::enter(settings, &hello, agreed, share, transcript, false, cx)?.into())
            }
            None => Ok(StartRetried::enter(settings, client_hello, agreed, cx)?.into()),
        }
    }
}

/// What client and server agree on.
pub(super) struct Agreed {
    pub(super) suite: CipherSuite,
    pub(super) info: SuiteInfo,
    pub(super) hash: &'static dyn Hash,
    pub(super) group: NamedGroup,
    pub(super) credential: Arc<ask::Credential>,
    pub(super) scheme: SignatureScheme,
}

/// The newest version that both speak (RFC 9846 §4.3.1), unless the client fell back though it
/// need not have (RFC 7507 §3).
fn choose_version(hello: &ClientHello<'_>, settings: &Settings, cx: &mut Cx<'_>) -> Result<ProtocolVersion, Error> {
    let versions = settings.versions();
    let ours = versions.list();
    let chosen = ours.iter().copied().find(|v| hello.offers_version(*v));
    if cx.listening() {
        let offered = offered_versions(hello);
        cx.tell(|| Event::Chose(Chosen::Version(&offered, ours, chosen)));
    }
    let Some(version) = chosen else {
        let offered = offered_versions(hello);
        let expected = format_args!("{} to {}", versions.min, versions.max);
        return Err(Error::new(Rule::NoCommonVersion).expected(expected).found(format_args!("{offered:?}")));
    };
    let fell_back = hello.cipher_suites.contains(CipherSuite::TLS_FALLBACK_SCSV) && version < versions.max;
    ensure(!fell_back, Rule::InappropriateFallback)?;
    // RFC 9846 §4.2.2: with supported_versions there the old field says 0x0303; without, TLS 1.2 is
    // meant even by a larger one (§4.3.1), and a smaller one has not come this far.
    if hello.extensions.supported_versions.is_some() && hello.legacy_version != ProtocolVersion::TLS1_2 {
        return Err(Error::new(Rule::LegacyVersion).expected(ProtocolVersion::TLS1_2).found(hello.legacy_version));
    }
    cx.learn(Fact::Version(version));
    Ok(version)
}

/// The versions in a ClientHello; at most 16 are told.
fn offered_versions(hello: &ClientHello<'_>) -> Vec<ProtocolVersion> {
    match hello.extensions.supported_versions {
        Some(list) => list.iter().take(16).collect(),
        None => [hello.legacy_version].into(),
    }
}

/// What a TLS 1.3 ClientHello must hold when no PSK is used (RFC 9846 §4.2.2, §9.2).
fn check_1_3(hello: &ClientHello<'_>) -> Result<(), Error> {
    let (compression, extensions) = (&hello.legacy_compression_methods, &hello.extensions);
    ensure(compression.len() == 1 && compression.contains(CompressionMethod::NULL), Rule::Compression)?;
    let missing = |name: &str| Error::new(Rule::MissingExtension).expected(name);
    extensions.signature_algorithms.ok_or_else(|| missing("signature_algorithms"))?;
    let groups = extensions.supported_groups.ok_or_else(|| missing("supported_groups"))?;
    let shares = extensions.key_share.ok_or_else(|| missing("key_share"))?;
    // RFC 9846 §4.3.9: to be checked even by a server that takes no PSK.
    if extensions.pre_shared_key.is_some() && extensions.psk_key_exchange_modes.is_none() {
        return Err(missing("psk_key_exchange_modes"));
    }
    // RFC 9846 §4.3.8: shares are a subsequence of the groups. One pass over both finds every
    // stray, repeated or misplaced one, however long a hostile list is.
    let mut groups = groups.iter();
    for share in shares.iter() {
        if !groups.any(|g| g == share.group) {
            return Err(Error::new(Rule::ShareNotListed).found(share.group));
        }
    }
    Ok(())
}

/// Suite, group, credential and scheme of TLS 1.3; and the client's share for the group, if it sent one.
fn choose_1_3<'a>(
    hello: &ClientHello<'a>,
    settings: &Settings,
    credentials: &[Arc<ask::Credential>],
    cx: &mut Cx<'_>,
) -> Result<(Agreed, Option<KeyShareEntry<'a>>), Error> {
    let extensions = &hello.extensions;
    let schemes = extensions.signature_algorithms.unwrap_or(List::EMPTY);
    let shares = extensions.key_share.unwrap_or(List::EMPTY);
    let (credential, scheme) = choose_credential(credentials.iter(), schemes, ProtocolVersion::TLS1_3, cx)?;
    let (suite, info, hash) = choose_suite(hello, settings, ProtocolVersion::TLS1_3, &credential, cx)?;
    let supported = extensions.supported_groups.unwrap_or(List::EMPTY);
    let chosen = negotiate::group(&settings.groups, |g| shares.iter().any(|s| s.group == g), |g| supported.contains(g));
    if cx.listening() {
        let offered = some(supported.iter());
        cx.tell(|| Event::Chose(Chosen::Group(&offered, &settings.groups, chosen.map(|(g, _)| g))));
    }
    let Some((group, _)) = chosen else {
        return Err(no_common(Rule::NoCommonGroup, &settings.groups, supported.iter()));
    };
    let share = shares.iter().find(|s| s.group == group);
    Ok((Agreed { suite, info, hash, group, credential, scheme }, share))
}

/// The same for TLS 1.2, where the suite also names the kind of key (RFC 5246 §7.4.2).
fn choose_1_2(
    hello: &ClientHello<'_>,
    settings: &Settings,
    credentials: &[Arc<ask::Credential>],
    cx: &mut Cx<'_>,
) -> Result<Agreed, Error> {
    let extensions = &hello.extensions;
    ensure(hello.legacy_compression_methods.contains(CompressionMethod::NULL), Rule::Compression)?;
    // RFC 8422 §5.1.2: whoever lists point formats lists the uncompressed one.
    ensure(extensions.ec_point_formats.is_none_or(|f| f.contains(EcPointFormat::UNCOMPRESSED)), Rule::PointFormat)?;
    // RFC 5746 §3.6: empty, in a first handshake.
    ensure(extensions.renegotiation_info.is_none_or(<[u8]>::is_empty), Rule::RenegotiationInfo)?;
    ensure(extensions.extended_main_secret || !settings.require_extended_main_secret, Rule::NoExtendedMainSecret)?;

    // RFC 5246 §7.4.1.4.1: without the extension SHA-1 would be meant, which we do not sign with.
    let schemes = extensions.signature_algorithms.unwrap_or(List::EMPTY);
    // Once, however many credentials there are: the client's list can be long.
    let shared: Vec<_> = settings.suites.iter().copied().filter(|s| hello.cipher_suites.contains(*s)).collect();
    let suits = |c: &&Arc<ask::Credential>| {
        negotiate::suite(&shared, |_| true, ProtocolVersion::TLS1_2, c.key.kind()).is_some()
    };
    if !credentials.iter().any(|c| suits(&c)) {
        return Err(no_common(Rule::NoCommonSuite, &settings.suites, hello.cipher_suites.iter()));
    }
    // RFC 8422 §5.3: the curve of the key is one that the client lists. That list, too, can be long.
    const CURVES: [NamedGroup; 3] = [NamedGroup::SECP256R1, NamedGroup::SECP384R1, NamedGroup::SECP521R1];
    let lists = CURVES.map(|curve| extensions.supported_groups.is_none_or(|list| list.contains(curve)));
    let listed = |curve| CURVES.iter().zip(lists).any(|(c, listed)| listed && *c == curve);
    let fits = |c: &&Arc<ask::Credential>| suits(c) && c.key.kind().curve().is_none_or(listed);
    let fitting = credentials.iter().filter(fits);
    if fitting.clone().next().is_none() {
        let curves = some(credentials.iter().filter_map(|c| c.key.kind().curve()));
        let groups = extensions.supported_groups.unwrap_or(List::EMPTY);
        return Err(no_common(Rule::NoCommonCertificateCurve, &curves, groups.iter()));
    }
    let (credential, scheme) = choose_credential(fitting, schemes, ProtocolVersion::TLS1_2, cx)?;
    let (suite, info, hash) = choose_suite(hello, settings, ProtocolVersion::TLS1_2, &credential, cx)?;
    // RFC 8422 §4: a client without the extension leaves the curve open; secp256r1 is what it has.
    const OPEN: &[NamedGroup] = &[NamedGroup::SECP256R1];
    let supported = extensions.supported_groups;
    let group = match supported {
        Some(list) => negotiate::first(&settings.groups, |g| g.is_ecdhe_1_2() && list.contains(g)),
        None => negotiate::first(&settings.groups, |g| OPEN.contains(&g)),
    };
    let offered = || supported.map_or_else(|| OPEN.to_vec(), |list| some(list.iter()));
    if cx.listening() {
        let offered = offered();
        cx.tell(|| Event::Chose(Chosen::Group(&offered, &settings.groups, group)));
    }
    let curves = || some(settings.groups.iter().copied().filter(|g| g.is_ecdhe_1_2()));
    let group = group.ok_or_else(|| no_common(Rule::NoCommonGroup, &curves(), offered().into_iter()))?;
    Ok(Agreed { suite, info, hash, group, credential, scheme })
}

/// The first credential whose key can sign with a scheme of the client's.
fn choose_credential<'a>(
    mut credentials: impl Iterator<Item = &'a Arc<ask::Credential>> + Clone,
    schemes: List<'_, SignatureScheme>,
    version: ProtocolVersion,
    cx: &mut Cx<'_>,
) -> Result<(Arc<ask::Credential>, SignatureScheme), Error> {
    let all = credentials.clone();
    let ours = || some(all.clone().flat_map(|c| c.key.schemes()).copied());
    // The client's list is searched once for each scheme that there is, however many credentials there are.
    const KNOWN: &[SignatureScheme] = SignatureScheme::KNOWN;
    let mut accepted = [false; KNOWN.len()];
    accepted.iter_mut().zip(KNOWN).for_each(|(accepted, known)| *accepted = schemes.contains(*known));
    let accepts = |s| KNOWN.iter().zip(accepted).any(|(known, accepted)| accepted && *known == s);
    let chosen = credentials.find_map(|c| negotiate::scheme(&*c.key, accepts, version).map(|s| (c.clone(), s)));
    if cx.listening() {
        let (theirs, ours) = (some(schemes.iter()), ours());
        cx.tell(|| Event::Chose(Chosen::Scheme(&theirs, &ours, chosen.as_ref().map(|c| c.1))));
    }
    chosen.ok_or_else(|| no_common(Rule::NoCommonScheme, &ours(), schemes.iter()))
}

/// The first suite of ours that the client offers and that fits version and key.
fn choose_suite(
    hello: &ClientHello<'_>,
    settings: &Settings,
    version: ProtocolVersion,
    credential: &ask::Credential,
    cx: &mut Cx<'_>,
) -> Result<(CipherSuite, SuiteInfo, &'static dyn Hash), Error> {
    let chosen =
        negotiate::suite(&settings.suites, |s| hello.cipher_suites.contains(s), version, credential.key.kind());
    if cx.listening() {
        let offered = some(hello.cipher_suites.iter());
        cx.tell(|| Event::Chose(Chosen::Suite(&offered, &settings.suites, chosen)));
    }
    let suite = chosen.ok_or_else(|| no_common(Rule::NoCommonSuite, &settings.suites, hello.cipher_suites.iter()))?;
    let info = suite.info().ok_or(CryptoError::Unsupported)?;
    let hash = settings.provider.hash(info.hash).ok_or(CryptoError::Unsupported)?;
    Ok((suite, info, hash))
}

/// As much of a peer's list as a person wants to read.
fn some<T>(list: impl Iterator<Item = T>) -> Vec<T> {
    list.take(64).collect()
}

/// An empty intersection, with both sides of it.
fn no_common<T: core::fmt::Debug + Copy>(rule: Rule, ours: &[T], theirs: impl Iterator<Item = T>) -> Error {
    Error::new(rule).expected(format_args!("one of {ours:?}")).found(format_args!("{:?}", some(theirs)))
}

/// The application protocol: our preference among the client's (RFC 7301 §3.2).
pub(super) fn choose_alpn(
    hello: &ClientHello<'_>,
    settings: &Settings,
    cx: &mut Cx<'_>,
) -> Result<Option<Arc<[u8]>>, Error> {
    let Some(offered) = hello.extensions.application_layer_protocol_negotiation else { return Ok(None) };
    if settings.alpn.is_empty() {
        return Ok(None);
    }
    let chosen = settings.alpn.iter().find(|ours| offered.iter().any(|o| o.0 == &ours[..]));
    if cx.listening() {
        let ours: Vec<u8> = settings.alpn.iter().flat_map(|p| [&[p.len() as u8][..], p].concat()).collect();
        cx.tell(|| Event::Chose(Chosen::Alpn(offered.as_bytes(), &ours, chosen.map(|p| &p[..]))));
    }
    let Some(chosen) = chosen else {
        let list = |names: &mut dyn Iterator<Item = &[u8]>| {
            names.take(16).map(|n| n.escape_ascii().to_string()).collect::<Vec<_>>().join(", ")
        };
        let (ours, theirs) = (list(&mut settings.alpn.iter().map(|p| &p[..])), list(&mut offered.iter().map(|p| p.0)));
        return Err(Error::new(Rule::NoCommonAlpn).expected(ours).found(theirs));
    };
    let chosen: Arc<[u8]> = Arc::from(&chosen[..]);
    cx.learn(Fact::Alpn(chosen.clone()));
    Ok(Some(chosen))
}

/// START after a HelloRetryRequest: the same ClientHello again, with the share we asked for. No
/// secret exists, unless a cookie counts.
pub struct StartRetried {
    settings: Arc<Settings>,
    first: Arc<[u8]>,
    agreed: Agreed,
    cookie: Vec<u8>,
    transcript: Transcript,
}

impl StartRetried {
    /// Sends HelloRetryRequest (RFC 9846 §4.2.4).
    fn enter(settings: Arc<Settings>, first: Arc<[u8]>, agreed: Agreed, cx: &mut Cx<'_>) -> Result<Self, Error> {
        let hello = take!(Raw { bytes: &first }, None, ClientHello);
        let mut cookie = Vec::new();
        if settings.retry_cookie {
            cookie.resize(32, 0);
            settings.provider.random.fill(&mut cookie)?;
        }
        let mut transcript = Transcript::retried(agreed.hash, &first);
        let retry = cx.send(None, |out| {
            encode::hello_retry_request(out, hello.legacy_session_id, agreed.suite, |x| {
                x.selected_version(ProtocolVersion::TLS1_3);
                x.selected_group(agreed.group);
                if !cookie.is_empty() {
                    x.cookie(&cookie);
                }
            })
        })?;
        transcript.add(retry);
        // RFC 9846 §E.4: the ChangeCipherSpec for middleboxes follows our first message.
        if !hello.legacy_session_id.is_empty() {
            cx.send_change_cipher_spec();
        }
        // RFC 9846 §4.3.10: early data was sent before the client knew of the retry.
        if hello.extensions.early_data {
            cx.effect(Effect::SkipEarlyData);
        }
        cx.learn(Fact::Retried);
        Ok(Self { settings, first, agreed, cookie, transcript })
    }
}

impl On<msg::ClientHello> for StartRetried {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::ClientHello> {
        let Self { settings, first, agreed, cookie, mut transcript } = self;
        let hello = take!(m, None, ClientHello);
        let before = take!(Raw { bytes: &first }, None, ClientHello);
        check_1_3(&hello)?;
        // RFC 9846 §4.2.2: early data is not offered a second time.
        ensure(same_but_for_retry(&before, &hello) && !hello.extensions.early_data, Rule::RetryHelloChanged)?;
        ensure(hello.extensions.cookie.unwrap_or_default() == cookie, Rule::Cookie)?;
        // RFC 9846 §4.3.8: one share, for the group that was asked for.
        let shares = hello.extensions.key_share.unwrap_or(List::EMPTY);
        let share = shares.iter().next().filter(|s| s.group == agreed.group && shares.len() == 1);
        let share = share.ok_or_else(|| Error::new(Rule::RetryShare).expected(agreed.group))?;
        transcript.add(m.bytes);
        Ok(Negotiated::enter(settings, &hello, agreed, share, transcript, true, cx)?.into())
    }
}

/// RFC 9846 §4.2.2: key_share, early_data, cookie, pre_shared_key and padding may change, the rest
/// stays as it was, in the same order.
fn same_but_for_retry(first: &ClientHello<'_>, second: &ClientHello<'_>) -> bool {
    const MAY_CHANGE: &[ExtensionType] = &[
        ExtensionType::KEY_SHARE,
        ExtensionType::EARLY_DATA,
        ExtensionType::COOKIE,
        ExtensionType::PRE_SHARED_KEY,
        ExtensionType::PADDING,
        ExtensionType::ENCRYPTED_CLIENT_HELLO,
    ];
    fn kept<'a>(hello: &ClientHello<'a>) -> impl Iterator<Item = (ExtensionType, &'a [u8])> + use<'a> {
        let all = hello.extensions.raw.iter();
        all.filter(|e| !MAY_CHANGE.contains(&e.extension_type)).map(|e| (e.extension_type, e.extension_data))
    }
    first.legacy_version == second.legacy_version
        && first.random == second.random
        && first.legacy_session_id == second.legacy_session_id
        && first.cipher_suites.as_bytes() == second.cipher_suites.as_bytes()
        && first.legacy_compression_methods.as_bytes() == second.legacy_compression_methods.as_bytes()
        && kept(first).eq(kept(second))
}
