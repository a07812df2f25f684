//! Certificates and paths.

use crate::{Input, pki};
use handfast_x509::{Certificate, Policy, ServerName, verify};

/// A chain, each certificate raw, genuine, or genuine with one byte changed, is read and judged
/// against one fixed root.
pub fn certificate(data: &[u8]) {
    let mut input = Input::new(data);
    let mut chain: Vec<Vec<u8>> = Vec::new();
    while !input.is_empty() && chain.len() < 12 {
        let op = input.u8();
        let genuine = pki::CERTIFICATES[usize::from(op >> 4) % pki::CERTIFICATES.len()].1;
        chain.push(match op & 3 {
            0 => input.piece().to_vec(),
            1 => input.rest().to_vec(),
            2 => genuine.to_vec(),
            _ => {
                let (place, xor) = (usize::from(input.u16()) % genuine.len(), input.u8());
                let mut changed = genuine.to_vec();
                changed[place] ^= xor;
                changed
            }
        });
    }
    for der in &chain {
        read(der);
    }
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    let name = ServerName::try_from(pki::HOST).expect("a host name");
    let backend = pki::provider(0);
    for policy in [Policy::server(&name, pki::now()), Policy::client(pki::now())] {
        match verify(&chain, pki::roots(), &policy, backend.verify) {
            Ok(verified) => {
                assert_eq!(verified.path.iter().next(), Some(0), "a path starts with the peer");
                for place in verified.path.iter() {
                    let genuine = pki::CERTIFICATES.iter().any(|(_, der)| *der == chain[place]);
                    assert!(genuine, "a path with a certificate that nobody signed");
                }
                if policy.name.is_some() {
                    assert!(pki::SOUND.iter().any(|name| pki::certificate(name) == chain[0]), "not for this host");
                } else {
                    let peers = ["client", "middle", "root"].map(pki::certificate);
                    assert!(peers.contains(&chain[0]), "not for a client");
                }
            }
            Err(refusal) => {
                let text = refusal.to_string();
                assert!(!text.is_empty() && text.len() < 1 << 16, "{} bytes of explanation", text.len());
                assert!(!refusal.reason().name().is_empty());
            }
        }
    }
}

/// Reads everything that a certificate says.
fn read(der: &[u8]) {
    let certificate = match Certificate::parse(der) {
        Ok(certificate) => certificate,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert_eq!(certificate.der(), der);
    assert!(certificate.tbs().len() < der.len() && !certificate.serial().is_empty());
    for text in [certificate.subject_text(), certificate.issuer_text()] {
        assert!(text.len() < 1 << 14, "{} bytes of name", text.len());
        assert!(!text.chars().any(char::is_control), "a control character survived: {text:?}");
    }
    certificate.subject_alt_names().for_each(drop);
    certificate.purposes().into_iter().flatten().for_each(drop);
    let name = ServerName::try_from(pki::HOST).expect("a host name");
    let _ = (certificate.is_for(&name), certificate.common_name(), certificate.allows_digital_signature());
}
