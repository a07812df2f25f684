//! The server's states of TLS 1.2 (RFC 5246 §7.3, figure 1), ECDHE suites only (RFC 8422).

use super::hello::{Agreed, choose_alpn};
use super::{ClientAuth, Settings};
use crate::after::Traffic12;
use crate::client::bad_share;
use crate::error::ensure;
use crate::flight::Write;
use crate::input::take;
use crate::proof::{PeerKey, Signed, content_1_2};
use crate::transcript::Transcript;
use crate::{
    Choosing as Chosen, Cx, Direction, Effect, Epoch, Error, Event, Fact, On, Question, Raw, Rule, Went, ask, msg,
};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use handfast_codec::{
    CertificateVerify, CipherSuite, ClientCertificateType, ClientHello, DOWNGRADE_TO_TLS12, EcPointFormat,
    ExtensionType, ExtensionWriter, Finished, ProtocolVersion, SignatureScheme, StatusRequest, encode,
};
use handfast_crypto::CryptoError;
use handfast_crypto::group::KeyExchange;
use handfast_crypto::sign::KeyKind;
use handfast_schedule::tls12::{Main12, Randoms, Seed};
use handfast_schedule::{Side, Watch};

const V12: Option<ProtocolVersion> = Some(ProtocolVersion::TLS1_2);

/// What was settled by the hellos, carried to the end.
struct Settled {
    settings: Arc<Settings>,
    agreed: Agreed,
    client_random: [u8; 32],
    server_random: [u8; 32],
    extended: bool,
    transcript: Transcript,
    /// Every message so far: the client's CertificateVerify signs them all, with a hash that is not
    /// known yet (RFC 5246 §7.4.8). Empty if we do not ask for a certificate.
    messages: Vec<u8>,
}

impl Settled {
    fn randoms(&self) -> Randoms<'_> {
        Randoms { client: &self.client_random, server: &self.server_random }
    }

    fn add(&mut self, message: &[u8]) {
        self.transcript.add(message);
        if self.settings.client_auth != ClientAuth::None {
            self.messages.extend_from_slice(message);
        }
    }

    fn send(&mut self, cx: &mut Cx<'_>, write: impl Write) -> Result<(), Error> {
        let sent = cx.send(V12, write)?;
        self.add(sent);
        Ok(())
    }
}

/// Our hello and certificates are sent; our key signs the share.
/// Alive here: the private key of the share.
pub struct Negotiated12 {
    settled: Settled,
    exchange: Box<dyn KeyExchange>,
    params: Vec<u8>,
}

impl Negotiated12 {
    /// ServerHello, Certificate, CertificateStatus if we have a staple and the client wants it.
    pub(super) fn enter(
        settings: Arc<Settings>,
        client_hello: &[u8],
        hello: &ClientHello<'_>,
        agreed: Agreed,
        cx: &mut Cx<'_>,
    ) -> Result<Self, Error> {
        let provider = settings.provider.clone();
        let mut server_random = [0; 32];
        provider.random.fill(&mut server_random)?;
        if settings.versions().allows(ProtocolVersion::TLS1_3)
            && let Some(end) = server_random.last_chunk_mut()
        {
            // RFC 9846 §4.2.3: we could have done better, and say so where no one can change it.
            *end = DOWNGRADE_TO_TLS12;
        }
        let group = provider.group(agreed.group).ok_or(CryptoError::Unsupported)?;
        let exchange = group.start(&*provider.random)?;
        cx.learn(Fact::Suite(agreed.suite));
        cx.learn(Fact::Group(agreed.group));
        let extended = hello.extensions.extended_main_secret;
        cx.learn(Fact::ExtendedMainSecret(extended));
        let alpn = choose_alpn(hello, &settings, cx)?;
        let (suite, credential) = (agreed.suite, agreed.credential.clone());
        let staple =
            matches!(hello.extensions.status_request, Some(StatusRequest::Ocsp { .. })) && !credential.ocsp.is_empty();
        let mut settled = Settled {
            transcript: Transcript::new(agreed.hash, client_hello),
            messages: Vec::new(),
            client_random: *hello.random,
            server_random,
            settings,
            agreed,
            extended,
        };
        if settled.settings.client_auth != ClientAuth::None {
            settled.messages.extend_from_slice(client_hello);
        }
        let server_hello = encode::ServerHello::new(&server_random, &[], suite); // no session to resume
        settled
            .send(cx, |out| encode::server_hello(out, &server_hello, |x| answers(hello, alpn.as_deref(), staple, x)))?;
        settled.send(cx, |out| encode::certificate12(out, &credential.chain))?;
        if staple {
            settled.send(cx, |out| encode::certificate_status(out, &credential.ocsp))?;
        }
        let mut params = Vec::with_capacity(4 + exchange.share().len());
        encode::ecdhe_params(&mut params, exchange.group(), exchange.share())
            .map_err(|e| Error::new(Rule::Encoding).found(e))?;
        let scheme = settled.agreed.scheme;
        cx.learn(Fact::OwnScheme(scheme));
        let message = content_1_2(&settled.client_random, &server_random, &params);
        cx.ask(Question::Sign(ask::Sign { credential, scheme, message }));
        Ok(Self { settled, exchange, params })
    }
}

/// The extensions of a TLS 1.2 ServerHello: answers to what the client offered, nothing else.
fn answers(hello: &ClientHello<'_>, alpn: Option<&[u8]>, staple: bool, x: &mut ExtensionWriter<'_, '_>) {
    let offered = &hello.extensions;
    let scsv = hello.cipher_suites.contains(CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
    // RFC 5746 §3.6: the suite value counts as the empty extension.
    if offered.renegotiation_info.is_some() || scsv {
        x.renegotiation_info(&[]);
    }
    if offered.server_name.is_some() {
        x.empty(ExtensionType::SERVER_NAME);
    }
    if offered.ec_point_formats.is_some() {
        x.ec_point_formats(&[EcPointFormat::UNCOMPRESSED]);
    }
    if offered.extended_main_secret {
        x.extended_main_secret();
    }
    if let Some(chosen) = alpn {
        x.application_layer_protocol_negotiation(&[chosen]);
    }
    if staple {
        x.empty(ExtensionType::STATUS_REQUEST);
    }
}

impl On<msg::Signature> for Negotiated12 {
    fn on(self, signature: ask::Signature, cx: &mut Cx<'_>) -> Went<Self, msg::Signature> {
        let Self { mut settled, exchange, params } = self;
        let (signature, scheme) = (signature.made()?, settled.agreed.scheme);
        settled.send(cx, |out| encode::server_key_exchange(out, &params, scheme, &signature))?;
        let settings = settled.settings.clone();
        let asks = settings.client_auth != ClientAuth::None;
        if asks {
            cx.learn(Fact::CertificateRequested);
            let types = certificate_types(&settings.schemes);
            settled
                .send(cx, |out| encode::certificate_request12(out, &types, &settings.schemes, &settings.authorities))?;
        }
        settled.send(cx, encode::server_hello_done)?;
        if asks {
            return Ok(WaitClientCertificate { settled, exchange }.into());
        }
        Ok(WaitClientKeyExchange { settled, exchange }.into())
    }
}

/// The key types for a CertificateRequest (RFC 5246 §7.4.4, RFC 8422 §5.5): those that the schemes need.
fn certificate_types(schemes: &[SignatureScheme]) -> Vec<ClientCertificateType> {
    const ECDSA: &[KeyKind] = &[KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::EcdsaP521, KeyKind::Ed25519];
    const RSA: &[KeyKind] = &[KeyKind::Rsa, KeyKind::RsaPss];
    let signs = |kinds: &[KeyKind]| {
        let allowed =
            |s: &SignatureScheme| kinds.iter().any(|k| s.algorithm_for(*k, ProtocolVersion::TLS1_2).is_some());
        schemes.iter().any(allowed)
    };
    let types = [(ClientCertificateType::ECDSA_SIGN, ECDSA), (ClientCertificateType::RSA_SIGN, RSA)];
    types.into_iter().filter(|(_, kinds)| signs(kinds)).map(|(kind, _)| kind).collect()
}

/// The client shows certificates or declines.
/// Alive here: the private key of the share.
pub struct WaitClientCertificate {
    settled: Settled,
    exchange: Box<dyn KeyExchange>,
}

impl On<msg::Certificate> for WaitClientCertificate {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::Certificate> {
        let Self { mut settled, exchange } = self;
        let certificate = take!(m, V12, Certificate12);
        let chain = Arc::new(ask::Chain::new(m.bytes.len(), certificate.certificate_list.iter().map(|c| c.0)));
        settled.add(m.bytes);
        if chain.is_empty() {
            ensure(settled.settings.client_auth != ClientAuth::Require, Rule::CertificateRequired12)?;
            return Ok(WaitClientKeyExchange { settled, exchange }.into());
        }
        let key = PeerKey::of(&chain)?;
        cx.learn(Fact::Peer(chain.clone()));
        Ok(WaitKeyExchangeThenVerify { settled, exchange, chain, key }.into())
    }
}

/// The client has no certificate to prove; its share comes next.
/// Alive here: the private key of the share.
pub struct WaitClientKeyExchange {
    settled: Settled,
    exchange: Box<dyn KeyExchange>,
}

impl On<msg::ClientKeyExchange> for WaitClientKeyExchange {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::ClientKeyExchange> {
        let Self { mut settled, exchange } = self;
        let main = agree(&mut settled, exchange, m, cx)?;
        Ok(WaitCcs { settled, main }.into())
    }
}

/// The main secret, from the client's share (RFC 5246 §8.1, RFC 7627 §4).
fn agree(settled: &mut Settled, exchange: Box<dyn KeyExchange>, m: Raw<'_>, cx: &mut Cx<'_>) -> Result<Main12, Error> {
    let message = take!(m, V12, ClientKeyExchange);
    let group = exchange.group();
    let secret = exchange.finish(message.ecdh_yc).map_err(|e| bad_share(e, group, message.ecdh_yc))?;
    settled.add(m.bytes);
    // RFC 7627 §3: the session hash covers everything up to and including ClientKeyExchange.
    let session_hash = settled.transcript.digest();
    let seed = if settled.extended { Seed::Extended(&session_hash) } else { Seed::Randoms(settled.randoms()) };
    Ok(cx.watching(|w| Main12::new(settled.agreed.hash, &secret, seed, w)))
}

/// The client has shown certificates; its share comes next, then the proof.
/// Alive here: the private key of the share.
pub struct WaitKeyExchangeThenVerify {
    settled: Settled,
    exchange: Box<dyn KeyExchange>,
    chain: Arc<ask::Chain>,
    key: PeerKey,
}

impl On<msg::ClientKeyExchange> for WaitKeyExchangeThenVerify {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::ClientKeyExchange> {
        let Self { mut settled, exchange, chain, key } = self;
        let main = agree(&mut settled, exchange, m, cx)?;
        Ok(WaitCertificateVerify { settled, main, chain, key }.into())
    }
}

/// The client must prove that it holds the key of its certificate.
/// Alive here: the main secret.
pub struct WaitCertificateVerify {
    settled: Settled,
    main: Main12,
    chain: Arc<ask::Chain>,
    key: PeerKey,
}

impl On<msg::CertificateVerify> for WaitCertificateVerify {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::CertificateVerify> {
        let Self { mut settled, main, chain, key } = self;
        let CertificateVerify { algorithm, signature } = take!(m, V12, CertificateVerify);
        let settings = &settled.settings;
        let signed = Signed { scheme: algorithm, message: &settled.messages, signature };
        key.verify(&settings.provider, ProtocolVersion::TLS1_2, &settings.schemes, signed, Rule::BadSignature)?;
        cx.tell(|| Event::Chose(Chosen::Scheme(&settings.schemes, &[], Some(algorithm))));
        cx.learn(Fact::PeerScheme(algorithm));
        let Agreed { suite, group, .. } = settled.agreed;
        let version = ProtocolVersion::TLS1_2;
        let asked = chain.clone();
        cx.ask(Question::Judge(ask::Judge { chain, name: None, ocsp: Arc::from(&[][..]), version, suite, group }));
        settled.add(m.bytes);
        Ok(Judging12 { settled, main, chain: asked }.into())
    }
}

/// The application judges the client's chain.
/// Alive here: the main secret.
pub struct Judging12 {
    settled: Settled,
    main: Main12,
    chain: Arc<ask::Chain>,
}

impl On<msg::Verdict> for Judging12 {
    fn on(self, verdict: ask::Verdict, _: &mut Cx<'_>) -> Went<Self, msg::Verdict> {
        verdict.accepted(&self.chain)?;
        Ok(WaitCcs { settled: self.settled, main: self.main }.into())
    }
}

/// The client's ChangeCipherSpec comes next.
/// Alive here: the main secret.
pub struct WaitCcs {
    settled: Settled,
    main: Main12,
}

impl On<msg::ChangeCipherSpec> for WaitCcs {
    fn on(self, (): (), cx: &mut Cx<'_>) -> Went<Self, msg::ChangeCipherSpec> {
        let Self { settled, main } = self;
        // Our own keys are made anew when they are wanted: record keys are held inline, and a state
        // that moves leaves copies of what it holds where nobody wipes them.
        let keys = cx.watching(|w| main.key_block(&settled.agreed.info, settled.randoms(), w));
        cx.install(Direction::Read, Epoch::Application, settled.agreed.suite, keys.client);
        Ok(WaitClientFinished { settled, main }.into())
    }
}

/// The client's MAC over all of it is missing.
/// Alive here: the main secret.
pub struct WaitClientFinished {
    settled: Settled,
    main: Main12,
}

impl On<msg::Finished> for WaitClientFinished {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::Finished> {
        let Self { mut settled, main } = self;
        let Finished { verify_data } = take!(m, V12, Finished);
        let digest = settled.transcript.digest();
        cx.watching(|w| main.verify_finished(Side::Client, &digest, verify_data, w)).map_err(|_| Rule::BadFinished)?;
        settled.add(m.bytes);
        // Ours: ChangeCipherSpec, then Finished under the new key (RFC 5246 §7.1, §7.4.9).
        cx.send_change_cipher_spec();
        let keys = main.key_block(&settled.agreed.info, settled.randoms(), &mut Watch::off());
        cx.install(Direction::Write, Epoch::Application, settled.agreed.suite, keys.server);
        let digest = settled.transcript.digest();
        let verify_data = cx.watching(|w| main.finished(Side::Server, &digest, w));
        settled.send(cx, |out| encode::finished(out, &verify_data))?;
        cx.effect(Effect::Connected);
        let Settled { agreed, client_random, server_random, .. } = settled;
        Ok(Established { traffic: Traffic12 { suite: agreed.suite, main, client_random, server_random } }.into())
    }
}

/// Data flows. Alive here: the main secret, for exporters.
pub struct Established {
    pub(super) traffic: Traffic12,
}
