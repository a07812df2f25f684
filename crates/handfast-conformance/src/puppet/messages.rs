//! What a puppet says: each message from what is known at that moment.

use super::{Identity, Kind, Puppet};
use crate::hello::Hello;
use handfast_codec::{
    CertificateCompressionAlgorithm, ClientCertificateType, EcPointFormat, EncodeError, ExtensionType, KeyShareEntry,
    KeyUpdateRequest, NamedGroup, ProtocolVersion, SignatureScheme, encode,
};
use handfast_schedule::Side;

impl Puppet {
    /// A message of this kind from what is known now; nothing is remembered but key pairs.
    pub(super) fn draft(&mut self, kind: Kind) -> Vec<u8> {
        let mut out = Vec::new();
        let out_ref = &mut out;
        let written = match kind {
            Kind::HelloRequest => encode::hello_request(out_ref),
            Kind::ClientHello => return self.client_hello(),
            Kind::ServerHello if self.tls13() => self.server_hello(out_ref),
            Kind::ServerHello => self.server_hello12(out_ref),
            Kind::HelloRetryRequest => encode::hello_retry_request(out_ref, &self.session_id, self.suite, |x| {
                x.selected_version(ProtocolVersion::TLS1_3);
                x.selected_group(self.groups.first().copied().unwrap_or(NamedGroup::X25519));
                if !self.cookie.is_empty() {
                    x.cookie(&self.cookie);
                }
            }),
            Kind::EncryptedExtensions => encode::encrypted_extensions(out_ref, |_| ()),
            Kind::CertificateRequest if self.tls13() => {
                encode::certificate_request(out_ref, &[], |x| x.signature_algorithms(&self.schemes))
            }
            Kind::CertificateRequest => {
                let types = [ClientCertificateType::ECDSA_SIGN, ClientCertificateType::RSA_SIGN];
                encode::certificate_request12::<Vec<u8>>(out_ref, &types, &self.schemes, &[])
            }
            Kind::Certificate => self.certificate(out_ref, self.identity.as_ref().map_or(&[], |i| &i.chain)),
            Kind::EmptyCertificate => self.certificate(out_ref, &[]),
            Kind::CompressedCertificate => {
                encode::compressed_certificate(out_ref, CertificateCompressionAlgorithm::ZLIB, 1, &[0])
            }
            Kind::CertificateVerify => {
                let message = if self.tls13() { self.content() } else { self.transcript.clone() };
                let (scheme, signature) = self.sign(&message);
                encode::certificate_verify(out_ref, scheme, &signature)
            }
            Kind::Finished => encode::finished(out_ref, &self.verify_data(self.side)),
            Kind::NewSessionTicket if self.tls13() => {
                let (ticket_lifetime, ticket_age_add) = (60, 7);
                let ticket =
                    encode::NewSessionTicket { ticket_lifetime, ticket_age_add, ticket_nonce: &[0], ticket: &[1] };
                encode::new_session_ticket(out_ref, &ticket, |_| ())
            }
            Kind::NewSessionTicket => encode::new_session_ticket12(out_ref, 60, &[1]),
            Kind::EndOfEarlyData => encode::end_of_early_data(out_ref),
            Kind::KeyUpdate => encode::key_update(out_ref, KeyUpdateRequest::UPDATE_NOT_REQUESTED),
            Kind::CertificateStatus => encode::certificate_status(out_ref, &self.staple),
            Kind::ServerKeyExchange => self.server_key_exchange(out_ref),
            Kind::ServerHelloDone => encode::server_hello_done(out_ref),
            Kind::ClientKeyExchange => {
                let share = self.answer.as_ref().map_or(&[9; 32][..], |(_, share)| share);
                encode::client_key_exchange(out_ref, share)
            }
            Kind::ChangeCipherSpec => Ok(()),
        };
        written.map(|()| out).unwrap_or_default()
    }

    fn fresh(&self) -> [u8; 32] {
        let mut random = [0; 32];
        let _ = self.provider.random.fill(&mut random);
        random
    }

    /// A key pair of ours, remembered until the peer's share comes.
    fn start(&mut self, group: NamedGroup) {
        let exchange = self.provider.group(group).and_then(|g| g.start(&*self.provider.random).ok());
        self.own.extend(exchange);
    }

    /// The first ClientHello, or the second if a HelloRetryRequest came.
    fn client_hello(&mut self) -> Vec<u8> {
        let wanted = match (&self.first_hello, &self.retry) {
            (None, _) => self.shares.clone(),
            (Some(_), Some((Some(group), _))) => vec![*group],
            (Some(first), _) => return first.write(),
        };
        if self.tls13() {
            self.own.clear();
            wanted.into_iter().for_each(|group| self.start(group));
        }
        let random = self.first_hello.as_ref().map_or_else(|| self.fresh(), |h| h.random);
        let suites = [self.suite];
        let hello = encode::ClientHello { cipher_suites: &suites, ..encode::ClientHello::new(&random) };
        let cookie = self.retry.as_ref().map_or(&[][..], |(_, cookie)| cookie);
        let mut out = Vec::new();
        let _ = encode::client_hello(&mut out, &hello, |x| {
            x.supported_groups(&self.groups);
            x.signature_algorithms(&self.schemes);
            x.supported_versions(&[self.version]);
            if !self.staple.is_empty() {
                x.status_request();
            }
            if self.tls13() {
                if !cookie.is_empty() {
                    x.cookie(cookie);
                }
                x.client_shares(self.own.iter().map(|o| KeyShareEntry { group: o.group(), key_exchange: o.share() }));
            } else {
                x.ec_point_formats(&[EcPointFormat::UNCOMPRESSED]);
                x.extended_main_secret();
                x.renegotiation_info(&[]);
            }
        });
        self.first_hello = Hello::read(&out);
        out
    }

    fn server_hello(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.answer.is_none() {
            self.respond();
        }
        let (group, share) = self.answer.clone().unwrap_or((NamedGroup::X25519, vec![9; 32]));
        let random = self.fresh();
        encode::server_hello(out, &encode::ServerHello::new(&random, &self.session_id, self.suite), |x| {
            x.selected_version(ProtocolVersion::TLS1_3);
            x.server_share(KeyShareEntry { group, key_exchange: &share });
        })
    }

    fn server_hello12(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let offered = |kind| self.offered.contains(&kind);
        let random = self.fresh();
        encode::server_hello(out, &encode::ServerHello::new(&random, &[], self.suite), |x| {
            if offered(ExtensionType::RENEGOTIATION_INFO) {
                x.renegotiation_info(&[]);
            }
            if offered(ExtensionType::EXTENDED_MAIN_SECRET) {
                x.extended_main_secret();
            }
            if offered(ExtensionType::STATUS_REQUEST) && !self.staple.is_empty() {
                x.empty(ExtensionType::STATUS_REQUEST);
            }
        })
    }

    fn certificate(&self, out: &mut Vec<u8>, chain: &[Vec<u8>]) -> Result<(), EncodeError> {
        if !self.tls13() {
            return encode::certificate12(out, chain);
        }
        let staple = self.side == Side::Server && !self.staple.is_empty();
        encode::certificate(out, &[], chain, |place, x| {
            if staple && place == 0 && self.offered.contains(&ExtensionType::STATUS_REQUEST) {
                x.ocsp_response(&self.staple);
            }
        })
    }

    fn server_key_exchange(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.own.is_empty() {
            self.start(self.groups.first().copied().unwrap_or(NamedGroup::X25519));
        }
        let mut params = Vec::new();
        match self.own.first() {
            Some(own) => encode::ecdhe_params(&mut params, own.group(), own.share())?,
            None => encode::ecdhe_params(&mut params, NamedGroup::X25519, &[9; 32])?,
        }
        self.sign_params(&params, out)
    }

    /// A ServerKeyExchange with this share, properly signed; it is not said yet.
    pub fn signed_key_exchange(&self, group: NamedGroup, share: &[u8]) -> Vec<u8> {
        let (mut params, mut out) = (Vec::new(), Vec::new());
        let written =
            encode::ecdhe_params(&mut params, group, share).and_then(|()| self.sign_params(&params, &mut out));
        written.map(|()| out).unwrap_or_default()
    }

    fn sign_params(&self, params: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (scheme, signature) = self.sign(&[&self.client_random[..], &self.server_random, params].concat());
        encode::server_key_exchange(out, params, scheme, &signature)
    }

    /// What a CertificateVerify of TLS 1.3 signs (RFC 9846 §4.5.2).
    fn content(&self) -> Vec<u8> {
        let context = format!("TLS 1.3, {} CertificateVerify", self.side);
        [&[b' '; 64], context.as_bytes(), &[0], self.digest().bytes()].concat()
    }

    /// A signature with a scheme that fits key and version, under the scheme that is claimed.
    fn sign(&self, message: &[u8]) -> (SignatureScheme, Vec<u8>) {
        let fallback = SignatureScheme::ECDSA_SECP256R1_SHA256;
        let Some(Identity { key, .. }) = &self.identity else { return (self.claims.unwrap_or(fallback), Vec::new()) };
        let fits = |s: &&SignatureScheme| s.algorithm_for(key.kind(), self.version).is_some();
        let scheme = key.schemes().iter().find(fits).copied().unwrap_or(fallback);
        let signature = key.sign(scheme, &*self.provider.random, message).unwrap_or_default();
        (self.claims.unwrap_or(scheme), signature)
    }
}
