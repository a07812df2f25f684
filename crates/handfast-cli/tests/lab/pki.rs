//! Certificates with a fault, and sound ones around them.
//!
//! ```text
//!   root ── inter ── leaf        sound; each fault changes one of them
//! ```

use crate::lab::Lab;
use crate::peers;
use handfast_cli::pki::Validity;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use time::OffsetDateTime;

const DAY: i64 = 24 * 60 * 60;

/// A certificate with its key, which can issue others.
pub(crate) struct Node {
    pub(crate) der: Vec<u8>,
    /// Its common name.
    pub(crate) cn: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Node {
    /// One that is signed by itself.
    pub(crate) fn root(params: CertificateParams) -> Result<Self, String> {
        let key = KeyPair::generate().map_err(text)?;
        let der = params.self_signed(&key).map_err(text)?.der().to_vec();
        Ok(Self { der, cn: cn(&params), issuer: Issuer::new(params, key) })
    }

    /// One that this issues, whatever it is itself.
    pub(crate) fn issue(&self, params: CertificateParams) -> Result<Self, String> {
        let key = KeyPair::generate().map_err(text)?;
        let der = params.signed_by(&key, &self.issuer).map_err(text)?.der().to_vec();
        Ok(Self { der, cn: cn(&params), issuer: Issuer::new(params, key) })
    }

    pub(crate) fn pem(&self) -> String {
        let plain = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("CERTIFICATE", self.der.clone()), plain)
    }

    pub(crate) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    pub(crate) fn key_der(&self) -> Vec<u8> {
        self.issuer.key().serialize_der()
    }
}

/// A chain (leaf first, without the root) and the key of its leaf, on disk.
#[derive(Clone)]
pub(crate) struct Files {
    /// The leaf alone.
    pub(crate) leaf: String,
    /// What goes with it; empty for nothing.
    pub(crate) rest: String,
    /// Leaf and rest.
    pub(crate) chain: String,
    pub(crate) key: String,
}

/// Writes a chain as `PREFIX.pem`, `PREFIX.rest.pem`, `PREFIX.chain.pem` and `PREFIX.key`.
pub(crate) fn files(lab: &Lab, prefix: &str, leaf: &Node, rest: &[&Node]) -> Result<Files, String> {
    write(lab, prefix, &leaf.pem(), &leaf.key_pem(), &rest.iter().map(|n| n.pem()).collect::<String>())
}

fn write(lab: &Lab, prefix: &str, leaf: &str, key: &str, rest: &str) -> Result<Files, String> {
    Ok(Files {
        leaf: lab.file(&format!("{prefix}.pem"), leaf)?,
        chain: lab.file(&format!("{prefix}.chain.pem"), &format!("{leaf}{rest}"))?,
        key: lab.file(&format!("{prefix}.key"), key)?,
        rest: if rest.is_empty() { String::new() } else { lab.file(&format!("{prefix}.rest.pem"), rest)? },
    })
}

/// A sound root and intermediate, and the name of the host.
pub(crate) struct Bed {
    pub(crate) root: Node,
    pub(crate) inter: Node,
    pub(crate) host: String,
    /// The root on disk.
    pub(crate) ca: String,
}

impl Bed {
    pub(crate) fn new(lab: &Lab) -> Result<Self, String> {
        let root = Node::root(authority(&format!("Root {}", lab.label())))?;
        let inter = root.issue(authority(&format!("Inter {}", lab.label())))?;
        let ca = lab.file("root.pem", &root.pem())?;
        Ok(Self { root, inter, host: lab.host(), ca })
    }

    /// A leaf for the host, from the intermediate.
    pub(crate) fn leaf(&self) -> Result<Node, String> {
        self.inter.issue(server(&self.host))
    }

    /// A sound chain on disk.
    pub(crate) fn sound(&self, lab: &Lab) -> Result<Files, String> {
        files(lab, "leaf", &self.leaf()?, &[&self.inter])
    }

    /// A leaf that OpenSSL makes: with this kind of key, signed with this hash.
    pub(crate) fn by_openssl(&self, lab: &Lab, key: &[&str], hash: &str) -> Result<Files, String> {
        let (leaf, key_file) = (lab.path("leaf.pem"), lab.path("leaf.key"));
        let (ca, ca_key) = (lab.file("inter.pem", &self.inter.pem())?, lab.file("inter.key", &self.inter.key_pem())?);
        let (csr, subject) = (lab.path("leaf.csr"), format!("/CN={}", self.host));
        let extensions = format!(
            "subjectAltName=DNS:{}\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
             extendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n",
            self.host
        );
        let extensions = lab.file("leaf.ext", &extensions)?;
        let run = |args: &[&str]| peers::run("openssl", args);
        run(&[&["genpkey", "-out", &key_file, "-algorithm"], key].concat())?;
        run(&["req", "-new", "-batch", "-key", &key_file, "-subj", &subject, "-out", &csr])?;
        let serial = lab.draw(1, 1 << 40).to_string();
        run(&[
            "x509",
            "-req",
            "-in",
            &csr,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-set_serial",
            &serial,
            "-days",
            "30",
            hash,
            "-extfile",
            &extensions,
            "-out",
            &leaf,
        ])?;
        let read = |path: &str| std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"));
        write(lab, "leaf", &read(&leaf)?, &read(&key_file)?, &self.inter.pem())
    }
}

fn named(cn: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, cn);
    params.use_authority_key_identifier_extension = true;
    hold(&mut params, -30, 60);
    params
}

/// An authority of this name.
pub(crate) fn authority(cn: &str) -> CertificateParams {
    let mut params = named(cn);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A server of this name, or address.
pub(crate) fn server(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.subject_alt_names =
        CertificateParams::new([name.to_owned()]).map(|p| p.subject_alt_names).unwrap_or_default();
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// A client of this name.
pub(crate) fn client(name: &str) -> CertificateParams {
    let mut params = server(name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// From so many days after now (before, if negative) to so many. Both are an hour off, so that no
/// run happens at an end.
pub(crate) fn hold(params: &mut CertificateParams, from: i64, to: i64) {
    let now = Validity::now();
    let at = |days: i64| {
        OffsetDateTime::from_unix_timestamp(now + days * DAY - 60 * 60).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    };
    (params.not_before, params.not_after) = (at(from), at(to));
}

/// A date as reports write it.
pub(crate) fn day(at: OffsetDateTime) -> String {
    format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day())
}

fn cn(params: &CertificateParams) -> String {
    match params.distinguished_name.get(&DnType::CommonName) {
        Some(rcgen::DnValue::Utf8String(cn)) => cn.clone(),
        _ => String::new(),
    }
}

fn text(error: rcgen::Error) -> String {
    error.to_string()
}
