//! The server's states of TLS 1.3, from NEGOTIATED to CONNECTED (RFC 9846 §A.2).

use super::hello::{Agreed, choose_alpn};
use super::{ClientAuth, Settings};
use crate::after::Traffic13;
use crate::client::bad_share;
use crate::error::ensure;
use crate::flight::Write;
use crate::input::take;
use crate::proof::{PeerKey, Signed, content};
use crate::transcript::Transcript;
use crate::{
    Choosing as Chosen, Cx, Direction, Effect, Epoch, Error, Event, Fact, On, Question, Raw, Rule, Went, ask, msg,
};
use alloc::sync::Arc;
use handfast_codec::{
    CertificateVerify, ClientHello, ExtensionType, Finished, KeyShareEntry, ProtocolVersion, StatusRequest, encode,
};
use handfast_crypto::{CryptoError, Secret};
use handfast_schedule::tls13::{Early, Handshake, HandshakeTraffic, Main};
use handfast_schedule::{Side, traffic_keys};

const V13: Option<ProtocolVersion> = Some(ProtocolVersion::TLS1_3);

/// What was settled by the hellos, carried to the end.
struct Settled {
    settings: Arc<Settings>,
    agreed: Agreed,
    transcript: Transcript,
}

impl Settled {
    fn send(&mut self, cx: &mut Cx<'_>, write: impl Write) -> Result<(), Error> {
        let sent = cx.send(V13, write)?;
        self.transcript.add(sent);
        Ok(())
    }

    fn install(&self, direction: Direction, epoch: Epoch, secret: &Secret, cx: &mut Cx<'_>) {
        let side = if direction == Direction::Write { Side::Server } else { Side::Client };
        let Agreed { suite, info, hash, .. } = &self.agreed;
        let keys = cx.watching(|w| traffic_keys(*hash, side, secret, info.aead.key_len(), w));
        cx.install(direction, epoch, *suite, keys);
    }
}

/// NEGOTIATED: everything up to our Certificate is sent; our key signs the transcript.
/// Alive here: the handshake secret and both handshake traffic secrets.
pub struct Negotiated {
    settled: Settled,
    secrets: Handshake,
}

impl Negotiated {
    /// ServerHello, EncryptedExtensions, CertificateRequest if we want one, Certificate.
    pub(super) fn enter(
        settings: Arc<Settings>,
        hello: &ClientHello<'_>,
        agreed: Agreed,
        share: KeyShareEntry<'_>,
        transcript: Transcript,
        retried: bool,
        cx: &mut Cx<'_>,
    ) -> Result<Self, Error> {
        let provider = settings.provider.clone();
        let mut random = [0; 32];
        provider.random.fill(&mut random)?;
        let group = provider.group(agreed.group).ok_or(CryptoError::Unsupported)?;
        let respond = group.respond(&*provider.random, share.key_exchange);
        let (ours, shared) = respond.map_err(|e| bad_share(e, agreed.group, share.key_exchange))?;
        let mut settled = Settled { settings, agreed, transcript };
        let Agreed { suite, group, .. } = settled.agreed;
        cx.learn(Fact::Suite(suite));
        cx.learn(Fact::Group(group));
        let server_hello = encode::ServerHello::new(&random, hello.legacy_session_id, suite);
        settled.send(cx, |out| {
            encode::server_hello(out, &server_hello, |x| {
                x.selected_version(ProtocolVersion::TLS1_3);
                x.server_share(KeyShareEntry { group, key_exchange: &ours });
            })
        })?;
        // RFC 9846 §E.4: after our first message, once, and only for a client that plays along.
        if !hello.legacy_session_id.is_empty() && !retried {
            cx.send_change_cipher_spec();
        }
        let digest = settled.transcript.digest();
        let secrets = cx.watching(|w| Early::new(settled.agreed.hash, None, w).handshake(Some(&shared), &digest, w));
        settled.install(Direction::Write, Epoch::Handshake, secrets.traffic(Side::Server).secret(), cx);
        settled.install(Direction::Read, Epoch::Handshake, secrets.traffic(Side::Client).secret(), cx);
        // RFC 9846 §4.3.10: we take no early data, and pass over what was sent unasked.
        if hello.extensions.early_data {
            cx.effect(Effect::SkipEarlyData);
        }
        settled.announce(hello, cx)?;
        Ok(Self { settled, secrets })
    }
}

impl Settled {
    /// The encrypted part of our flight, up to the signature.
    fn announce(&mut self, hello: &ClientHello<'_>, cx: &mut Cx<'_>) -> Result<(), Error> {
        let alpn = choose_alpn(hello, &self.settings, cx)?;
        self.send(cx, |out| {
            encode::encrypted_extensions(out, |x| {
                if hello.extensions.server_name.is_some() {
                    x.empty(ExtensionType::SERVER_NAME);
                }
                if let Some(chosen) = &alpn {
                    x.application_layer_protocol_negotiation(&[chosen]);
                }
            })
        })?;
        let settings = self.settings.clone();
        if settings.client_auth != ClientAuth::None {
            cx.learn(Fact::CertificateRequested);
            self.send(cx, |out| {
                encode::certificate_request(out, &[], |x| {
                    x.signature_algorithms(&settings.schemes);
                    if !settings.authorities.is_empty() {
                        x.certificate_authorities(&settings.authorities);
                    }
                })
            })?;
        }
        let credential = self.agreed.credential.clone();
        let staple =
            matches!(hello.extensions.status_request, Some(StatusRequest::Ocsp { .. })) && !credential.ocsp.is_empty();
        self.send(cx, |out| {
            encode::certificate(out, &[], &credential.chain, |place, x| {
                if staple && place == 0 {
                    x.ocsp_response(&credential.ocsp);
                }
            })
        })?;
        let scheme = self.agreed.scheme;
        cx.learn(Fact::OwnScheme(scheme));
        let message = content(Side::Server, &self.transcript.digest()).bytes().to_vec();
        cx.ask(Question::Sign(ask::Sign { credential, scheme, message }));
        Ok(())
    }
}

impl On<msg::Signature> for Negotiated {
    fn on(self, signature: ask::Signature, cx: &mut Cx<'_>) -> Went<Self, msg::Signature> {
        let Self { mut settled, secrets } = self;
        let (signature, scheme) = (signature.made()?, settled.agreed.scheme);
        settled.send(cx, |out| encode::certificate_verify(out, scheme, &signature))?;
        let digest = settled.transcript.digest();
        let mac = cx.watching(|w| secrets.traffic(Side::Server).finished(&digest, w));
        settled.send(cx, |out| encode::finished(out, mac.bytes()))?;
        let digest = settled.transcript.digest();
        let (main, client) = cx.watching(|w| secrets.main(&digest, w));
        // From here on we could send data that only this client can read, though we do not know
        // yet who it is (RFC 9846 §4.5.3).
        settled.install(Direction::Write, Epoch::Application, &main.server_application_traffic_secret_0, cx);
        if settled.settings.client_auth == ClientAuth::None {
            return Ok(WaitFinished { settled, main, client }.into());
        }
        Ok(WaitCert { settled, main, client }.into())
    }
}

/// WAIT_CERT: the client shows certificates or declines.
/// Alive here: the application secrets, and the client's handshake secret for its Finished.
pub struct WaitCert {
    settled: Settled,
    main: Main,
    client: HandshakeTraffic,
}

impl On<msg::Certificate> for WaitCert {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::Certificate> {
        let Self { mut settled, main, client } = self;
        let certificate = take!(m, V13, Certificate);
        ensure(certificate.certificate_request_context.is_empty(), Rule::RequestContext)?;
        for entry in certificate.certificate_list.iter() {
            // Our request solicited no extension of a client's certificates (RFC 9846 §4.3).
            entry.extensions.check_solicited(|_| false)?;
        }
        settled.transcript.add(m.bytes);
        let chain = Arc::new(ask::Chain::new(m.bytes.len(), certificate.certificate_list.iter().map(|e| e.cert_data)));
        if chain.is_empty() {
            ensure(settled.settings.client_auth != ClientAuth::Require, Rule::CertificateRequired)?;
            return Ok(WaitFinished { settled, main, client }.into());
        }
        let key = PeerKey::of(&chain)?;
        cx.learn(Fact::Peer(chain.clone()));
        Ok(WaitCv { settled, main, client, chain, key }.into())
    }
}

/// WAIT_CV: the client has shown certificates and must prove that it holds the key.
/// Alive here: as in WAIT_CERT.
pub struct WaitCv {
    settled: Settled,
    main: Main,
    client: HandshakeTraffic,
    chain: Arc<ask::Chain>,
    key: PeerKey,
}

impl On<msg::CertificateVerify> for WaitCv {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::CertificateVerify> {
        let CertificateVerify { algorithm, signature } = take!(m, V13, CertificateVerify);
        let Self { mut settled, main, client, chain, key } = self;
        let settings = &settled.settings;
        let message = content(Side::Client, &settled.transcript.digest());
        let signed = Signed { scheme: algorithm, message: message.bytes(), signature };
        key.verify(&settings.provider, ProtocolVersion::TLS1_3, &settings.schemes, signed, Rule::BadSignature)?;
        cx.tell(|| Event::Chose(Chosen::Scheme(&settings.schemes, &[], Some(algorithm))));
        cx.learn(Fact::PeerScheme(algorithm));
        let Agreed { suite, group, .. } = settled.agreed;
        let version = ProtocolVersion::TLS1_3;
        let asked = chain.clone();
        cx.ask(Question::Judge(ask::Judge { chain, name: None, ocsp: Arc::from(&[][..]), version, suite, group }));
        settled.transcript.add(m.bytes);
        Ok(Judging { settled, main, client, chain: asked }.into())
    }
}

/// The application judges the client's chain.
/// Alive here: as in WAIT_CERT.
pub struct Judging {
    settled: Settled,
    main: Main,
    client: HandshakeTraffic,
    chain: Arc<ask::Chain>,
}

impl On<msg::Verdict> for Judging {
    fn on(self, verdict: ask::Verdict, _: &mut Cx<'_>) -> Went<Self, msg::Verdict> {
        verdict.accepted(&self.chain)?;
        Ok(WaitFinished { settled: self.settled, main: self.main, client: self.client }.into())
    }
}

/// WAIT_FINISHED: the client's MAC over all of it is missing.
/// Alive here: as in WAIT_CERT.
pub struct WaitFinished {
    settled: Settled,
    main: Main,
    client: HandshakeTraffic,
}

impl On<msg::Finished> for WaitFinished {
    fn on(self, m: Raw<'_>, cx: &mut Cx<'_>) -> Went<Self, msg::Finished> {
        let Self { settled, main, client } = self;
        let Finished { verify_data } = take!(m, V13, Finished);
        let digest = settled.transcript.digest();
        cx.watching(|w| client.verify_finished(&digest, verify_data, w)).map_err(|_| Rule::BadFinished)?;
        settled.install(Direction::Read, Epoch::Application, &main.client_application_traffic_secret_0, cx);
        cx.effect(Effect::Connected);
        let Main {
            client_application_traffic_secret_0: read,
            server_application_traffic_secret_0: write,
            exporter,
            ..
        } = main;
        let Agreed { suite, hash, .. } = settled.agreed;
        Ok(Connected { traffic: Traffic13 { side: Side::Server, suite, hash, read, write, exporter } }.into())
    }
}

/// CONNECTED: data flows. Alive here: the application traffic secrets and the exporter.
pub struct Connected {
    pub(super) traffic: Traffic13,
}
