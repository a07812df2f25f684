//! The client's states of TLS 1.2 (RFC 5246 §7.3, figure 1), ECDHE suites only (RFC 8422).

use super::hello::{Offer, bad_share};
use super::tls13::check_alpn;
use crate::after::Traffic12;
use crate::error::ensure;
use crate::flight::Write;
use crate::input::decode;
use crate::input::take;
use crate::proof::{PeerKey, Signed, content_1_2};
use crate::transcript::Transcript;
use crate::{
    Choosing, Cx, Direction, Effect, Epoch, Error, Event, Fact, On, Question, Raw, Rule, Went, ask, msg, negotiate,
};
use alloc::sync::Arc;
use alloc::vec::Vec;
use handfast_codec::{CipherSuite, Finished, NamedGroup, ProtocolVersion, ServerHello, SignatureScheme, encode};
use handfast_crypto::hash::Hash;
use handfast_crypto::{Secret, SuiteInfo};
use handfast_schedule::tls12::{Main12, Randoms, Seed};
use handfast_schedule::{Side, Watch};

const V12: Option<ProtocolVersion> = Some(ProtocolVersion::TLS1_2);
/// The chain that declines (RFC 5246 §7.4.6).
const NOTHING: &[Vec<u8>] = &[];

/// What was settled by the hellos, carried to the end.
pub(super) struct Settled {
    offer: Offer,
    suite: CipherSuite,
    info: SuiteInfo,
    server_random: [u8; 32],
    extended: bool,
    transcript: Transcript,
    /// Every message so far: our CertificateVerify signs them all, with a hash that is not known
    /// yet (RFC 5246 §7.4.8). Empty if we would not authenticate anyway.
    messages: Vec<u8>,
}

impl Settled {
    fn randoms(&self) -> Randoms<'_> {
        Randoms { client: &self.offer.random, server: &self.server_random }
    }

    fn add(&mut self, message: &[u8]) {
        self.transcript.add(message);
        if self.offer.settings.authenticates {
            self.messages.extend_from_slice(message);
        }
    }

    fn send(&mut self, cx: &mut Cx<'_>, write: impl Write) -> Result<(), Error> {
        let sent = cx.send(V12, write)?;
        self.add(sent);
        Ok(())
    }
}

/// The server chose TLS 1.2 and shows its certificates next.
/// Alive here: no secret at all.
pub struct WaitCertificate {
    settled: Settled,
    status: bool,
}

impl WaitCertificate {
    /// The end of WAIT_SH for TLS 1.2.
    pub(super) fn enter(
        offer: Offer,
        client_hello: &[u8],
        m: Raw<'_>,
        hello: &ServerHello<'_>,
        (info, hash): (SuiteInfo, &'static dyn Hash),
        cx: &mut Cx<'_>,
    ) -> Result<Self, Error> {
        let extensions = &hello.extensions;
        cx.learn(Fact::Suite(hello.cipher_suite));
        cx.learn(Fact::ExtendedMainSecret(extensions.extended_main_secret));
        ensure(
            extensions.extended_main_secret || !offer.settings.require_extended_main_secret,
            Rule::NoExtendedMainSecret,
        )?;
        // RFC 5746 §3.4: present and empty in a first handshake; §4.1: absent is a matter of policy.
        match extensions.renegotiation_info {
            Some(info) => ensure(info.is_empty(), Rule::RenegotiationInfo)?,
            None => ensure(offer.settings.allow_legacy_servers, Rule::NoRenegotiationInfo)?,
        }
        if let Some(chosen) = extensions.application_layer_protocol_negotiation {
            check_alpn(&offer.settings.alpn, chosen, cx)?;
        }
        if let Some(formats) = &extensions.ec_point_formats {
            ensure(formats.contains(handfast_codec::EcPointFormat::UNCOMPRESSED), Rule::PointFormat)?;
        }
        let transcript = Transcript::new(hash, client_hello);
        let messages = if offer.settings.authenticates { client_hello.to_vec() } else { Vec::new() };
        let mut settled = Settled {
            suite: hello.cipher_suite,
            server_random: *hello.random,
            extended: extensions.extended_main_secret,
            offer,
            info,
            transcript,
            messages,
        };
        settled.add(m.bytes);
        Ok(Self { settled, status: extensions.status_request })
    }
}

impl On<msg::Certificate> for WaitCertificate {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::Certificate> {
        let Self { mut settled, status } = self;
        let certificate = take!(m, V12, Certificate12);
        let chain = Arc::new(ask::Chain::new(m.bytes.len(), certificate.certificate_list.iter().map(|c| c.0)));
        let key = PeerKey::of(&chain)?;
        // RFC 5246 §7.4.2: the suite says what kind of key the certificate holds.
        if !settled.info.authentication.accepts(key.kind) {
            return Err(Error::new(Rule::SuiteCertificate)
                .expected(settled.suite)
                .found(format_args!("a {} key", key.kind)));
        }
        // RFC 8422 §5.3: the curve of the key is one that we listed.
        if let Some(curve) = key.kind.curve().filter(|curve| !settled.offer.settings.groups.contains(curve)) {
            let groups = &settled.offer.settings.groups;
            return Err(Error::new(Rule::CertificateCurve).expected(format_args!("one of {groups:?}")).found(curve));
        }
        settled.add(m.bytes);
        cx.learn(Fact::Peer(chain.clone()));
        let shown = Shown { chain, key, ocsp: Arc::default() };
        if status {
            return Ok(WaitStatusOrKeyExchange { settled, shown }.into());
        }
        Ok(WaitServerKeyExchange { settled, shown }.into())
    }
}

/// What the server has shown.
struct Shown {
    chain: Arc<ask::Chain>,
    key: PeerKey,
    ocsp: Arc<[u8]>,
}

/// The server promised a CertificateStatus and may still leave it out (RFC 6066 §8).
/// Alive here: no secret at all.
pub struct WaitStatusOrKeyExchange {
    settled: Settled,
    shown: Shown,
}

impl On<msg::CertificateStatus> for WaitStatusOrKeyExchange {
    fn on(self, m: Raw<'_>, _: &mut Cx<'_>) -> Went<Self, msg::CertificateStatus> {
        let Self { mut settled, mut shown } = self;
        let status = take!(m, V12, CertificateStatus);
        shown.ocsp = Arc::from(status.response);
        settled.add(m.bytes);
        Ok(WaitServerKeyExchange { settled, shown }.into())
    }
}

impl On<msg::ServerKeyExchange> for WaitStatusOrKeyExchange {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::ServerKeyExchange> {
        Ok(WaitRequestOrDone::enter(self.settled, self.shown, m, cx)?.into())
    }
}

/// The server's share comes next, signed.
/// Alive here: no secret at all.
pub struct WaitServerKeyExchange {
    settled: Settled,
    shown: Shown,
}

impl On<msg::ServerKeyExchange> for WaitServerKeyExchange {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::ServerKeyExchange> {
        Ok(WaitRequestOrDone::enter(self.settled, self.shown, m, cx)?.into())
    }
}

/// The server has proven its key; it may ask for our certificate or be done.
/// Alive here: the shared secret of the key exchange, and our share to send.
pub struct WaitRequestOrDone {
    settled: Settled,
    shown: Shown,
    agreed: Agreed,
}

/// The outcome of the key exchange on our side.
struct Agreed {
    group: NamedGroup,
    share: Vec<u8>,
    secret: Secret,
}

impl WaitRequestOrDone {
    fn enter(mut settled: Settled, shown: Shown, m: Raw<'_>, cx: &mut Cx<'_>) -> Result<Self, Error> {
        let exchange = take!(m, V12, ServerKeyExchange);
        let settings = settled.offer.settings.clone();
        let group = exchange.namedcurve;
        let ours =
            settings.groups.iter().find(|g| **g == group && g.is_ecdhe_1_2()).and_then(|g| settings.provider.group(*g));
        let Some(ours) = ours else {
            let curves: Vec<_> = settings.groups.iter().filter(|g| g.is_ecdhe_1_2()).collect();
            return Err(Error::new(Rule::CurveNotOffered).expected(format_args!("one of {curves:?}")).found(group));
        };
        cx.tell(|| Event::Chose(Choosing::Group(&settings.groups, &[], Some(group))));
        // RFC 8422 §5.4: the signature is over both randoms and the parameters as they came.
        let message = content_1_2(&settled.offer.random, &settled.server_random, exchange.params);
        let signed = Signed { scheme: exchange.algorithm, message: &message, signature: exchange.signature };
        let v12 = ProtocolVersion::TLS1_2;
        shown.key.verify(&settings.provider, v12, &settings.schemes, signed, Rule::BadKeyExchangeSignature)?;
        cx.tell(|| Event::Chose(Choosing::Scheme(&settings.schemes, &[], Some(exchange.algorithm))));
        cx.learn(Fact::PeerScheme(exchange.algorithm));
        cx.learn(Fact::Group(group));
        let respond = ours.respond(&*settings.provider.random, exchange.public);
        let (share, secret) = respond.map_err(|e| bad_share(e, group, exchange.public))?;
        settled.add(m.bytes);
        Ok(Self { settled, shown, agreed: Agreed { group, share, secret } })
    }
}

/// A server's wish for our certificate.
struct Request {
    schemes: Vec<SignatureScheme>,
    authorities: Vec<Vec<u8>>,
    types: Vec<handfast_codec::ClientCertificateType>,
}

impl On<msg::CertificateRequest> for WaitRequestOrDone {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::CertificateRequest> {
        let Self { mut settled, shown, agreed } = self;
        let request = take!(m, V12, CertificateRequest12);
        let request = Request {
            schemes: request.supported_signature_algorithms.iter().collect(),
            authorities: request.certificate_authorities.iter().map(|name| name.0.to_vec()).collect(),
            types: request.certificate_types.iter().collect(),
        };
        cx.learn(Fact::CertificateRequested);
        settled.add(m.bytes);
        Ok(WaitServerHelloDone { settled, shown, agreed, request }.into())
    }
}

impl On<msg::ServerHelloDone> for WaitRequestOrDone {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::ServerHelloDone> {
        Ok(Judging12::enter(self.settled, self.shown, self.agreed, None, m, cx)?.into())
    }
}

/// The server asked for our certificate; the end of its flight is missing.
/// Alive here: as in `WaitRequestOrDone`.
pub struct WaitServerHelloDone {
    settled: Settled,
    shown: Shown,
    agreed: Agreed,
    request: Request,
}

impl On<msg::ServerHelloDone> for WaitServerHelloDone {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::ServerHelloDone> {
        Ok(Judging12::enter(self.settled, self.shown, self.agreed, Some(self.request), m, cx)?.into())
    }
}

/// The application judges the server's chain.
/// Alive here: as in `WaitRequestOrDone`.
pub struct Judging12 {
    settled: Settled,
    agreed: Agreed,
    request: Option<Request>,
    chain: Arc<ask::Chain>,
}

impl Judging12 {
    fn enter(
        mut settled: Settled,
        shown: Shown,
        agreed: Agreed,
        request: Option<Request>,
        m: Raw<'_>,
        cx: &mut Cx<'_>,
    ) -> Result<Self, Error> {
        decode(m, V12)?;
        settled.add(m.bytes);
        cx.ask(Question::Judge(ask::Judge {
            chain: shown.chain.clone(),
            name: Some(settled.offer.target.name.clone()),
            ocsp: shown.ocsp,
            version: ProtocolVersion::TLS1_2,
            suite: settled.suite,
            group: agreed.group,
        }));
        Ok(Self { settled, agreed, request, chain: shown.chain })
    }
}

impl On<msg::Verdict> for Judging12 {
    fn on(self, verdict: ask::Verdict, cx: &mut Cx<'_>) -> Went<Self, msg::Verdict> {
        let Self { mut settled, agreed, request, chain } = self;
        verdict.accepted(&chain)?;
        match request {
            Some(request) if settled.offer.settings.authenticates => {
                cx.ask(Question::Authenticate(ask::Authenticate {
                    version: ProtocolVersion::TLS1_2,
                    schemes: request.schemes.clone(),
                    authorities: request.authorities,
                    types: request.types,
                }));
                Ok(ChoosingCredential12 { settled, agreed, schemes: request.schemes }.into())
            }
            requested => {
                if requested.is_some() {
                    settled.send(cx, |out| encode::certificate12(out, NOTHING))?;
                }
                let main = key_exchange(&mut settled, agreed, cx)?;
                Ok(WaitCcs::enter(settled, main, cx)?.into())
            }
        }
    }
}

/// ClientKeyExchange: our share goes out, the main secret is made (RFC 5246 §8.1, RFC 7627 §4).
fn key_exchange(settled: &mut Settled, agreed: Agreed, cx: &mut Cx<'_>) -> Result<Main12, Error> {
    let Agreed { share, secret, .. } = agreed;
    settled.send(cx, |out| encode::client_key_exchange(out, &share))?;
    // RFC 7627 §3: the session hash covers everything up to and including ClientKeyExchange.
    let session_hash = settled.transcript.digest();
    let seed = if settled.extended { Seed::Extended(&session_hash) } else { Seed::Randoms(settled.randoms()) };
    Ok(cx.watching(|w| Main12::new(settled.transcript.hash(), &secret, seed, w)))
}

/// The application chooses what to show, or declines.
/// Alive here: as in `WaitRequestOrDone`.
pub struct ChoosingCredential12 {
    settled: Settled,
    agreed: Agreed,
    schemes: Vec<SignatureScheme>,
}

impl On<msg::Credential> for ChoosingCredential12 {
    fn on(self, offered: ask::Offered, cx: &mut Cx<'_>) -> Went<Self, msg::Credential> {
        let Self { mut settled, agreed, schemes } = self;
        let Some(credential) = offered.0 else {
            // RFC 5246 §7.4.6: an empty list declines.
            settled.send(cx, |out| encode::certificate12(out, NOTHING))?;
            let main = key_exchange(&mut settled, agreed, cx)?;
            return Ok(WaitCcs::enter(settled, main, cx)?.into());
        };
        let scheme = negotiate::scheme(&*credential.key, |s| schemes.contains(&s), ProtocolVersion::TLS1_2);
        cx.tell(|| Event::Chose(Choosing::Scheme(&schemes, credential.key.schemes(), scheme)));
        let scheme = scheme.ok_or_else(|| {
            Error::new(Rule::NoCommonScheme)
                .expected(format_args!("one of {schemes:?}"))
                .found(format_args!("a {} key", credential.key.kind()))
        })?;
        settled.send(cx, |out| encode::certificate12(out, &credential.chain))?;
        let main = key_exchange(&mut settled, agreed, cx)?;
        cx.learn(Fact::OwnScheme(scheme));
        let message = core::mem::take(&mut settled.messages);
        cx.ask(Question::Sign(ask::Sign { credential, scheme, message }));
        Ok(Signing12 { settled, main, scheme }.into())
    }
}

/// Our key signs all messages so far.
/// Alive here: the main secret.
pub struct Signing12 {
    settled: Settled,
    main: Main12,
    scheme: SignatureScheme,
}

impl On<msg::Signature> for Signing12 {
    fn on(self, signature: ask::Signature, cx: &mut Cx<'_>) -> Went<Self, msg::Signature> {
        let Self { mut settled, main, scheme } = self;
        let signature = signature.made()?;
        settled.send(cx, |out| encode::certificate_verify(out, scheme, &signature))?;
        Ok(WaitCcs::enter(settled, main, cx)?.into())
    }
}

/// Our Finished is out; the server's ChangeCipherSpec comes next.
/// Alive here: the main secret.
pub struct WaitCcs {
    settled: Settled,
    main: Main12,
}

impl WaitCcs {
    /// ChangeCipherSpec, then Finished under the new key (RFC 5246 §7.1, §7.4.9).
    fn enter(mut settled: Settled, main: Main12, cx: &mut Cx<'_>) -> Result<Self, Error> {
        // The server's keys are made anew when they are wanted: record keys are held inline, and a state
        // that moves leaves copies of what it holds where nobody wipes them.
        let keys = cx.watching(|w| main.key_block(&settled.info, settled.randoms(), w));
        cx.send_change_cipher_spec();
        cx.install(Direction::Write, Epoch::Application, settled.suite, keys.client);
        let digest = settled.transcript.digest();
        let verify_data = cx.watching(|w| main.finished(Side::Client, &digest, w));
        settled.send(cx, |out| encode::finished(out, &verify_data))?;
        Ok(Self { settled, main })
    }
}

impl On<msg::ChangeCipherSpec> for WaitCcs {
    fn on(self, (): (), cx: &mut Cx<'_>) -> Went<Self, msg::ChangeCipherSpec> {
        let Self { settled, main } = self;
        let keys = main.key_block(&settled.info, settled.randoms(), &mut Watch::off());
        cx.install(Direction::Read, Epoch::Application, settled.suite, keys.server);
        Ok(WaitServerFinished { settled, main }.into())
    }
}

/// The server's MAC over all of it is missing.
/// Alive here: the main secret.
pub struct WaitServerFinished {
    settled: Settled,
    main: Main12,
}

impl On<msg::Finished> for WaitServerFinished {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::Finished> {
        let Self { settled, main } = self;
        let Finished { verify_data } = take!(m, V12, Finished);
        let digest = settled.transcript.digest();
        cx.watching(|w| main.verify_finished(Side::Server, &digest, verify_data, w)).map_err(|_| Rule::BadFinished)?;
        cx.effect(Effect::Connected);
        let (client_random, server_random) = (settled.offer.random, settled.server_random);
        Ok(Established { traffic: Traffic12 { suite: settled.suite, main, client_random, server_random } }.into())
    }
}

/// Data flows. Alive here: the main secret, for exporters.
pub struct Established {
    pub(super) traffic: Traffic12,
}
