//! The client's states of TLS 1.3, from WAIT_EE to CONNECTED (RFC 9846 §A.1).

use super::hello::Offer;
use crate::after::Traffic13;
use crate::error::ensure;
use crate::input::take;
use crate::proof::{PeerKey, Signed, content};
use crate::transcript::Transcript;
use crate::{
    Choosing, Cx, Direction, Effect, Epoch, Error, Event, Fact, On, Question, Raw, Rule, Went, ask, msg, negotiate,
};
use alloc::sync::Arc;
use alloc::vec::Vec;
use handfast_codec::{CertificateVerify, CipherSuite, Finished, NamedGroup, ProtocolVersion, SignatureScheme, encode};
use handfast_crypto::{Secret, SuiteInfo};
use handfast_schedule::tls13::{Early, Handshake, HandshakeTraffic, Main};
use handfast_schedule::{Side, traffic_keys};

const V13: Option<ProtocolVersion> = Some(ProtocolVersion::TLS1_3);

/// What was settled by the hellos, carried to the end.
pub(super) struct Settled {
    offer: Offer,
    suite: CipherSuite,
    info: SuiteInfo,
    group: NamedGroup,
    transcript: Transcript,
    /// A ChangeCipherSpec for middleboxes goes before our next flight (RFC 9846 §E.4).
    compatible: bool,
}

impl Settled {
    fn install(&self, direction: Direction, epoch: Epoch, secret: &Secret, cx: &mut Cx<'_>) {
        let side = if direction == Direction::Write { Side::Client } else { Side::Server };
        let keys = cx.watching(|w| traffic_keys(self.transcript.hash(), side, secret, self.info.aead.key_len(), w));
        cx.install(direction, epoch, self.suite, keys);
    }
}

/// WAIT_EE: the server's share is in; what follows is encrypted.
/// Alive here: the handshake secret and both handshake traffic secrets.
pub struct WaitEe {
    settled: Settled,
    secrets: Handshake,
}

impl WaitEe {
    /// The end of WAIT_SH: derives the handshake secrets and reads under the server's.
    pub(super) fn enter(
        offer: Offer,
        (suite, info): (CipherSuite, SuiteInfo),
        group: NamedGroup,
        shared: Secret,
        transcript: Transcript,
        compatible: bool,
        cx: &mut Cx<'_>,
    ) -> Result<Self, Error> {
        cx.learn(Fact::Suite(suite));
        cx.learn(Fact::Group(group));
        let digest = transcript.digest();
        let secrets = cx.watching(|w| Early::new(transcript.hash(), None, w).handshake(Some(&shared), &digest, w));
        let settled = Settled { offer, suite, info, group, transcript, compatible };
        settled.install(Direction::Read, Epoch::Handshake, secrets.traffic(Side::Server).secret(), cx);
        // We write under our handshake secret from the next flight on, and an alert before that
        // flight is encrypted already (RFC 9846 §A.1); the ChangeCipherSpec still goes in the clear.
        if settled.compatible {
            cx.send_change_cipher_spec();
        }
        settled.install(Direction::Write, Epoch::Handshake, secrets.traffic(Side::Client).secret(), cx);
        Ok(Self { settled, secrets })
    }
}

impl On<msg::EncryptedExtensions> for WaitEe {
    fn on(mut self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::EncryptedExtensions> {
        let extensions = take!(m, V13, EncryptedExtensions).extensions;
        let offer = &self.settled.offer;
        extensions.check_solicited(|e| offer.has(e))?;
        if let Some(chosen) = extensions.application_layer_protocol_negotiation {
            check_alpn(&offer.settings.alpn, chosen, cx)?;
        }
        self.settled.transcript.add(m.bytes);
        Ok(WaitCertCr { settled: self.settled, secrets: self.secrets }.into())
    }
}

/// RFC 7301 §3.1: exactly one protocol, out of our list.
pub(super) fn check_alpn(offered: &[Vec<u8>], chosen: &[u8], cx: &mut Cx<'_>) -> Result<(), Error> {
    if !offered.iter().any(|o| o == chosen) {
        return Err(Error::new(Rule::AlpnNotOffered).found(chosen.escape_ascii()));
    }
    cx.tell(|| Event::Chose(Choosing::Alpn(&[], &[], Some(chosen))));
    cx.learn(Fact::Alpn(Arc::from(chosen)));
    Ok(())
}

/// WAIT_CERT_CR: the server either asks for our certificate or shows its own.
/// Alive here: as in WAIT_EE.
pub struct WaitCertCr {
    settled: Settled,
    secrets: Handshake,
}

/// A server's wish for our certificate.
struct Request {
    schemes: Vec<SignatureScheme>,
    authorities: Vec<Vec<u8>>,
}

impl On<msg::CertificateRequest> for WaitCertCr {
    fn on(mut self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::CertificateRequest> {
        let request = take!(m, V13, CertificateRequest);
        // RFC 9846 §4.4.2: the context is for requests after the handshake.
        ensure(request.certificate_request_context.is_empty(), Rule::RequestContext)?;
        let authorities = request.extensions.certificate_authorities;
        let request = Request {
            schemes: request.extensions.signature_algorithms.iter().collect(),
            authorities: authorities.map(|list| list.iter().map(|name| name.0.to_vec()).collect()).unwrap_or_default(),
        };
        cx.learn(Fact::CertificateRequested);
        self.settled.transcript.add(m.bytes);
        Ok(WaitCert { settled: self.settled, secrets: self.secrets, request }.into())
    }
}

impl On<msg::Certificate> for WaitCertCr {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::Certificate> {
        Ok(WaitCv::enter(self.settled, self.secrets, None, m, cx)?.into())
    }
}

/// WAIT_CERT: the server asked for our certificate and has yet to show its own.
/// Alive here: as in WAIT_EE.
pub struct WaitCert {
    settled: Settled,
    secrets: Handshake,
    request: Request,
}

impl On<msg::Certificate> for WaitCert {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::Certificate> {
        Ok(WaitCv::enter(self.settled, self.secrets, Some(self.request), m, cx)?.into())
    }
}

/// WAIT_CV: the server has shown certificates and must prove that it holds the key.
/// Alive here: as in WAIT_EE.
pub struct WaitCv {
    settled: Settled,
    secrets: Handshake,
    request: Option<Request>,
    chain: Arc<ask::Chain>,
    ocsp: Arc<[u8]>,
    key: PeerKey,
}

impl WaitCv {
    fn enter(
        mut settled: Settled,
        secrets: Handshake,
        request: Option<Request>,
        m: Raw<'_>,
        cx: &mut Cx<'_>,
    ) -> Result<Self, Error> {
        let certificate = take!(m, V13, Certificate);
        // RFC 9846 §4.5.1: the context is empty in a handshake, and a server shows something.
        ensure(certificate.certificate_request_context.is_empty(), Rule::RequestContext)?;
        for entry in certificate.certificate_list.iter() {
            entry.extensions.check_solicited(|e| settled.offer.has(e))?;
        }
        let chain = Arc::new(ask::Chain::new(m.bytes.len(), certificate.certificate_list.iter().map(|e| e.cert_data)));
        let key = PeerKey::of(&chain)?;
        let staple = certificate
            .certificate_list
            .iter()
            .next()
            .and_then(|leaf| leaf.extensions.status_request)
            .map(|s| s.response);
        let ocsp = staple.map(Arc::from).unwrap_or_default();
        settled.transcript.add(m.bytes);
        cx.learn(Fact::Peer(chain.clone()));
        Ok(Self { settled, secrets, request, chain, ocsp, key })
    }
}

impl On<msg::CertificateVerify> for WaitCv {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::CertificateVerify> {
        let CertificateVerify { algorithm, signature } = take!(m, V13, CertificateVerify);
        let Self { mut settled, secrets, request, chain, ocsp, key } = self;
        let Settled { offer, suite, group, .. } = &settled;
        let message = content(Side::Server, &settled.transcript.digest());
        let signed = Signed { scheme: algorithm, message: message.bytes(), signature };
        let settings = &offer.settings;
        key.verify(&settings.provider, ProtocolVersion::TLS1_3, &settings.schemes, signed, Rule::BadSignature)?;
        cx.tell(|| Event::Chose(Choosing::Scheme(&settings.schemes, &[], Some(algorithm))));
        cx.learn(Fact::PeerScheme(algorithm));
        let name = Some(offer.target.name.clone());
        let version = ProtocolVersion::TLS1_3;
        let asked = chain.clone();
        cx.ask(Question::Judge(ask::Judge { chain, name, ocsp, version, suite: *suite, group: *group }));
        settled.transcript.add(m.bytes);
        Ok(Judging { settled, secrets, request, chain: asked }.into())
    }
}

/// The application judges the server's chain; nothing is read meanwhile.
/// Alive here: as in WAIT_EE.
pub struct Judging {
    settled: Settled,
    secrets: Handshake,
    request: Option<Request>,
    chain: Arc<ask::Chain>,
}

impl On<msg::Verdict> for Judging {
    fn on(self, verdict: ask::Verdict, _: &mut Cx<'_>) -> Went<Self, msg::Verdict> {
        verdict.accepted(&self.chain)?;
        Ok(WaitFinished { settled: self.settled, secrets: self.secrets, request: self.request }.into())
    }
}

/// WAIT_FINISHED: the server's MAC over all of it is missing.
/// Alive here: as in WAIT_EE.
pub struct WaitFinished {
    settled: Settled,
    secrets: Handshake,
    request: Option<Request>,
}

impl On<msg::Finished> for WaitFinished {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::Finished> {
        let Self { mut settled, secrets, request } = self;
        let Finished { verify_data } = take!(m, V13, Finished);
        let digest = settled.transcript.digest();
        let server = secrets.traffic(Side::Server);
        cx.watching(|w| server.verify_finished(&digest, verify_data, w)).map_err(|_| Rule::BadFinished)?;
        settled.transcript.add(m.bytes);

        let digest = settled.transcript.digest();
        let (main, own) = cx.watching(|w| secrets.main(&digest, w));
        settled.install(Direction::Read, Epoch::Application, &main.server_application_traffic_secret_0, cx);
        match request {
            Some(request) if settled.offer.settings.authenticates => {
                cx.ask(Question::Authenticate(ask::Authenticate {
                    version: ProtocolVersion::TLS1_3,
                    schemes: request.schemes.clone(),
                    authorities: request.authorities,
                    types: Vec::new(),
                }));
                Ok(ChoosingCredential { settled, main, own, schemes: request.schemes }.into())
            }
            Some(_) => {
                send_certificate(&mut settled, None, cx)?;
                Ok(Connected::enter(settled, main, &own, cx)?.into())
            }
            None => Ok(Connected::enter(settled, main, &own, cx)?.into()),
        }
    }
}

/// Our Certificate message; without a credential an empty one declines (RFC 9846 §4.5.1).
fn send_certificate(settled: &mut Settled, credential: Option<&ask::Credential>, cx: &mut Cx<'_>) -> Result<(), Error> {
    let chain = credential.map_or(&[][..], |c| &c.chain);
    let sent = cx.send(V13, |out| encode::certificate(out, &[], chain, |_, _| ()))?;
    settled.transcript.add(sent);
    Ok(())
}

/// The application chooses what to show, or declines.
/// Alive here: the application secrets, and our handshake secret for Finished.
pub struct ChoosingCredential {
    settled: Settled,
    main: Main,
    own: HandshakeTraffic,
    schemes: Vec<SignatureScheme>,
}

impl On<msg::Credential> for ChoosingCredential {
    fn on(self, offered: ask::Offered, cx: &mut Cx<'_>) -> Went<Self, msg::Credential> {
        let Self { mut settled, main, own, schemes } = self;
        let Some(credential) = offered.0 else {
            send_certificate(&mut settled, None, cx)?;
            return Ok(Connected::enter(settled, main, &own, cx)?.into());
        };
        // RFC 9846 §4.5.2: the scheme is one that the request lists and the key can do.
        let scheme = negotiate::scheme(&*credential.key, |s| schemes.contains(&s), ProtocolVersion::TLS1_3);
        cx.tell(|| Event::Chose(Choosing::Scheme(&schemes, credential.key.schemes(), scheme)));
        let scheme = scheme.ok_or_else(|| {
            Error::new(Rule::NoCommonScheme)
                .expected(format_args!("one of {schemes:?}"))
                .found(format_args!("a {} key", credential.key.kind()))
        })?;
        send_certificate(&mut settled, Some(&credential), cx)?;
        cx.learn(Fact::OwnScheme(scheme));
        let message = content(Side::Client, &settled.transcript.digest()).bytes().to_vec();
        cx.ask(Question::Sign(ask::Sign { credential, scheme, message }));
        Ok(Signing { settled, main, own, scheme }.into())
    }
}

/// Our key signs the transcript.
/// Alive here: as in `ChoosingCredential`.
pub struct Signing {
    settled: Settled,
    main: Main,
    own: HandshakeTraffic,
    scheme: SignatureScheme,
}

impl On<msg::Signature> for Signing {
    fn on(self, signature: ask::Signature, cx: &mut Cx<'_>) -> Went<Self, msg::Signature> {
        let Self { mut settled, main, own, scheme } = self;
        let signature = signature.made()?;
        let sent = cx.send(V13, |out| encode::certificate_verify(out, scheme, &signature))?;
        settled.transcript.add(sent);
        Ok(Connected::enter(settled, main, &own, cx)?.into())
    }
}

/// CONNECTED: data flows. Alive here: the application traffic secrets and the exporter.
pub struct Connected {
    pub(super) traffic: Traffic13,
}

impl Connected {
    /// Sends Finished under the handshake key, then changes to the application key.
    fn enter(settled: Settled, main: Main, own: &HandshakeTraffic, cx: &mut Cx<'_>) -> Result<Self, Error> {
        let digest = settled.transcript.digest();
        let mac = cx.watching(|w| own.finished(&digest, w));
        cx.send(V13, |out| encode::finished(out, mac.bytes()))?;
        settled.install(Direction::Write, Epoch::Application, &main.client_application_traffic_secret_0, cx);
        cx.effect(Effect::Connected);
        let Main {
            client_application_traffic_secret_0: write,
            server_application_traffic_secret_0: read,
            exporter,
            ..
        } = main;
        let hash = settled.transcript.hash();
        Ok(Self { traffic: Traffic13 { side: Side::Client, suite: settled.suite, hash, read, write, exporter } })
    }
}
