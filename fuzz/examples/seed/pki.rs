//! The fixed certificates. Ed25519 signs without randomness, so they are the same every time.

use handfast_fuzz::pki::{CLIENT_KEY, HOST, MIDDLE_KEY, ROOT_KEY, SERVER_KEY, STRANGER_KEY, key};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, Error, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};

/// Every certificate by its name, in DER.
pub(crate) fn certificates() -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
    let root = Issuer::new(authority("root"), pair(ROOT_KEY)?);
    let stranger = Issuer::new(authority("root"), pair(STRANGER_KEY)?);
    let middle = Issuer::new(authority("middle"), pair(MIDDLE_KEY)?);
    let leaf = |params: CertificateParams, number, issuer| -> Result<Vec<u8>, Error> {
        Ok(params.signed_by(&pair(number)?, issuer)?.der().to_vec())
    };
    let mut expired = server(HOST)?;
    expired.not_after = date_time_ymd(2026, 2, 1);
    Ok(vec![
        ("root", authority("root").self_signed(&pair(ROOT_KEY)?)?.der().to_vec()),
        ("server", leaf(server(HOST)?, SERVER_KEY, &root)?),
        ("middle", leaf(authority("middle"), MIDDLE_KEY, &root)?),
        ("below", leaf(server(HOST)?, SERVER_KEY, &middle)?),
        ("client", leaf(client()?, CLIENT_KEY, &root)?),
        ("expired", leaf(expired, SERVER_KEY, &root)?),
        ("elsewhere", leaf(server("example.org")?, SERVER_KEY, &root)?),
        ("stranger", leaf(server(HOST)?, SERVER_KEY, &stranger)?),
    ])
}

fn pair(number: u8) -> Result<KeyPair, Error> {
    KeyPair::try_from(&key(number)[..])
}

fn base(name: &str, names: &[&str]) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(names.iter().map(|n| n.to_string()).collect::<Vec<_>>())?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::OrganizationName, "handfast");
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    params.serial_number = Some(SerialNumber::from(name.bytes().map(u64::from).sum::<u64>()));
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
    Ok(params)
}

fn authority(name: &str) -> CertificateParams {
    let mut params = base(name, &[]).unwrap_or_default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params
}

fn server(host: &str) -> Result<CertificateParams, Error> {
    let mut params = base(host, &[host, "*.example.net", "192.0.2.1", "2001:db8::1"])?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn client() -> Result<CertificateParams, Error> {
    let mut params = base("a client", &["client.example.com"])?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}
