//! Faults of the server's own certificate. The server is `openssl s_server`, if nothing else is said.

use crate::fault::{Fault, Program, Side, Target};
use crate::lab::Lab;
use crate::peers::s_server;
use crate::pki::{self, Bed, Files, Node, authority, day, files, hold, server};
use crate::puppet::{self, Shows, Stage};
use handfast::ProtocolVersion;
use handfast_conformance::puppet::Kind;
use rcgen::{CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, KeyUsagePurpose};
use std::net::Ipv4Addr;

type Rig = Result<Target, String>;

/// Points the client at a server with this chain.
fn serving(bed: &Bed, files: &Files, args: &str) -> Rig {
    let serving = s_server(files, args)?;
    Ok(Target::new(serving.port, &bed.host, &bed.ca).keep(serving))
}

/// A server whose leaf is not as it should be.
pub(crate) fn with_leaf(lab: &Lab, args: &str, change: impl FnOnce(&Bed, &mut CertificateParams)) -> Rig {
    let bed = Bed::new(lab)?;
    let mut params = server(&bed.host);
    change(&bed, &mut params);
    let (from, until) = (day(params.not_before), day(params.not_after));
    let leaf = bed.inter.issue(params)?;
    let files = files(lab, "leaf", &leaf, &[&bed.inter])?;
    let target = serving(&bed, &files, args)?;
    Ok(target.word("leaf", &leaf.cn).word("inter", &bed.inter.cn).word("from", from).word("until", until))
}

fn expired(lab: &Lab) -> Rig {
    let ago = lab.draw(1, 400) as i64;
    with_leaf(lab, "", |_, leaf| hold(leaf, -ago - 90, -ago)).map(|t| t.word("days", ago))
}

fn expired_tls12(lab: &Lab) -> Rig {
    let ago = lab.draw(1, 400) as i64;
    with_leaf(lab, "-tls1_2", |_, leaf| hold(leaf, -ago - 90, -ago)).map(|t| t.word("days", ago))
}

fn not_yet_valid(lab: &Lab) -> Rig {
    let ahead = lab.draw(2, 400) as i64;
    with_leaf(lab, "", |_, leaf| hold(leaf, ahead, ahead + 90))
}

fn wrong_name(lab: &Lab) -> Rig {
    let other = lab.host();
    let target = with_leaf(lab, "", |_, leaf| leaf.subject_alt_names = server(&other).subject_alt_names)?;
    Ok(target.word("other", other))
}

fn wildcard_depth(lab: &Lab) -> Rig {
    let domain = lab.host();
    let star = format!("*.{domain}");
    let mut target = with_leaf(lab, "", |_, leaf| leaf.subject_alt_names = server(&star).subject_alt_names)?;
    let name = format!("{}.{}.{domain}", lab.label(), lab.label());
    (target.name, target.words) = (Some(name.clone()), vec![("name", name), ("star", star)]);
    Ok(target)
}

fn address_without_san(lab: &Lab) -> Rig {
    let mut target = with_leaf(lab, "", |_, _| ())?;
    target.name = None;
    Ok(target.word("address", Ipv4Addr::LOCALHOST))
}

fn common_name_only(lab: &Lab) -> Rig {
    with_leaf(lab, "", |_, leaf| leaf.subject_alt_names.clear())
}

fn wrong_purpose(lab: &Lab) -> Rig {
    with_leaf(lab, "", |_, leaf| leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth])
}

fn key_usage(lab: &Lab) -> Rig {
    with_leaf(lab, "", |_, leaf| leaf.key_usages = vec![KeyUsagePurpose::KeyAgreement])
}

fn unknown_critical(lab: &Lab) -> Rig {
    let arc = lab.draw(2, 99_999);
    let target = with_leaf(lab, "", |_, leaf| {
        let mut odd = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 55_555, arc], vec![5, 0]);
        odd.set_criticality(true);
        leaf.custom_extensions.push(odd);
    })?;
    Ok(target.word("oid", format!("1.3.6.1.4.1.55555.{arc}")))
}

fn sha1(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let files = bed.by_openssl(lab, &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "-sha1")?;
    serving(&bed, &files, "-cipher DEFAULT@SECLEVEL=0").map(|t| t.word("leaf", &bed.host))
}

fn rsa_1024(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let files = bed.by_openssl(lab, &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"], "-sha256")?;
    serving(&bed, &files, "-cipher DEFAULT@SECLEVEL=0").map(|t| t.word("leaf", &bed.host))
}

fn self_signed(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let leaf = Node::root(server(&bed.host))?;
    let files = files(lab, "leaf", &leaf, &[])?;
    serving(&bed, &files, "").map(|t| t.word("leaf", &leaf.cn))
}

/// A leaf of which the outermost length is one byte too long; a puppet sends it.
fn malformed(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let mut shows = Shows::of(&[&bed.leaf()?, &bed.inter]);
    if let Some(low) = shows.chain.first_mut().and_then(|leaf| leaf.get_mut(3)) {
        *low = low.wrapping_add(1);
    }
    let port = puppet::serves(ProtocolVersion::TLS1_3, shows, |stage: &mut Stage| {
        stage.hello()?;
        stage.say(&[Kind::ServerHello, Kind::EncryptedExtensions, Kind::Certificate])
    })?;
    Ok(Target::new(port, &bed.host, &bed.ca))
}

/// The server has a certificate for the name, and one of another name for who does not say any.
fn sni_missing(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let other = lab.host();
    let first = files(lab, "first", &bed.inter.issue(server(&other))?, &[&bed.inter])?;
    let named = bed.sound(lab)?;
    let args = format!("-servername {} -cert2 {} -key2 {}", bed.host, named.leaf, named.key);
    let serving = s_server(&first, &args)?;
    Ok(Target::new(serving.port, &bed.host, &bed.ca)
        .with("--sni none")
        .openssl("-noservername")
        .word("other", other)
        .keep(serving))
}

fn two_faults(lab: &Lab) -> Rig {
    let (other, ago) = (lab.host(), lab.draw(1, 400) as i64);
    let target = with_leaf(lab, "", |_, leaf| {
        leaf.subject_alt_names = pki::server(&other).subject_alt_names;
        hold(leaf, -ago - 90, -ago);
    })?;
    Ok(target.word("other", other))
}

/// Ended, and from an authority that nobody knows.
fn expired_and_unknown(lab: &Lab) -> Rig {
    let (bed, other, ago) = (Bed::new(lab)?, Node::root(authority(&lab.label()))?, lab.draw(1, 400) as i64);
    let mut params = server(&bed.host);
    hold(&mut params, -ago - 90, -ago);
    let leaf = other.issue(params)?;
    let target = serving(&bed, &files(lab, "leaf", &leaf, &[])?, "")?;
    Ok(target.word("leaf", &leaf.cn).word("other", &other.cn))
}

pub(crate) fn faults() -> Vec<Fault> {
    use Program::{Curl, Openssl, Python};
    let client = |id, what, rig| Fault::client(id, what, rig).needs(Openssl);
    let all = &[Openssl, Curl, Python];
    vec![
        client("expired_leaf", "the server's certificate has ended", expired)
            .is("LeafExpired", Side::Server, "Certificate", 42)
            .sent(45)
            .say(&["expired", "{leaf}", "{until}", "{days} days ago"])
            .never(&["your certificate", "not valid yet", "clock"])
            .elsewhere(all),
        client("expired_leaf_tls12", "the same in TLS 1.2", expired_tls12)
            .is("LeafExpired", Side::Server, "Certificate", 42)
            .sent(45)
            .say(&["expired", "{leaf}", "{until}", "{days} days ago"])
            .elsewhere(all),
        client("leaf_not_yet_valid", "the server's certificate begins later", not_yet_valid)
            .is("LeafNotYetValid", Side::Unknown, "Certificate", 42)
            .sent(45)
            .say(&["not valid yet", "{leaf}", "{from}", "clock"])
            .never(&["has expired"])
            .elsewhere(all),
        client("wrong_name", "the certificate names another host", wrong_name)
            .is("NameMismatch", Side::Both, "Certificate", 43)
            .sent(42)
            .say(&["{name}", "{other}"])
            .elsewhere(all),
        client("wildcard_depth", "*.x for a.b.x", wildcard_depth)
            .is("WildcardDepth", Side::Server, "Certificate", 43)
            .sent(42)
            .say(&["{name}", "{star}", "one label"])
            .elsewhere(all),
        client("address_without_san", "an address was asked for and the certificate has names", address_without_san)
            .is("AddressMismatch", Side::Both, "Certificate", 43)
            .sent(42)
            .say(&["{address}", "{name}", "connect by a name"])
            .elsewhere(all),
        client("common_name_only", "the name stands in the common name alone", common_name_only)
            .is("CommonNameOnly", Side::Server, "Certificate", 43)
            .sent(42)
            .say(&["{name}", "subjectAltName"]),
        client("sni_missing", "no name was sent, and the default certificate came", sni_missing)
            .is("DefaultCertificate", Side::Client, "Certificate", 43)
            .sent(42)
            .say(&["{name}", "{other}", "you sent no server name", "--sni"])
            .elsewhere(&[Openssl]),
        client("self_signed", "a certificate that vouches for itself", self_signed)
            .is("SelfSigned", Side::Server, "Certificate", 41)
            .sent(48)
            .say(&["{leaf}", "signed by its own key"])
            .elsewhere(all),
        client("wrong_purpose", "extKeyUsage says clientAuth alone", wrong_purpose)
            .is("WrongPurpose", Side::Server, "Certificate", 44)
            .sent(43)
            .say(&["serverAuth", "{leaf}"])
            .elsewhere(all),
        client("key_usage", "keyUsage lacks digitalSignature", key_usage)
            .is("KeyUsage", Side::Server, "Certificate", 44)
            .sent(47)
            .say(&["keyUsage", "digitalSignature", "{leaf}"]),
        client("unknown_critical", "a critical extension that nobody knows", unknown_critical)
            .is("UnknownCritical", Side::Server, "Certificate", 47)
            .sent(43)
            .say(&["{oid}", "critical"])
            .elsewhere(all),
        client("sha1", "the certificate is signed with SHA-1", sha1)
            .is("WeakSignature", Side::Server, "Certificate", 45)
            .sent(42)
            .say(&["SHA1", "{leaf}"])
            .elsewhere(all),
        client("rsa_1024", "the certificate's key has 1024 bits", rsa_1024)
            .is("SmallKey", Side::Server, "CertificateVerify", 45)
            .sent(51)
            .say(&["1024", "2048"])
            .elsewhere(all),
        client("malformed_certificate", "the certificate is no DER", malformed)
            .is("MalformedCertificate", Side::Server, "Certificate", 47)
            .sent(42)
            .say(&["Certificate", "DER"]),
        client("expired_and_wrong_name", "two faults at once", two_faults)
            .is("NameMismatch", Side::Both, "Certificate", 43)
            .sent(42)
            .say(&["{name}", "{other}", "expired", "{until}"]),
        client(
            "expired_and_unknown_issuer",
            "the certificate has ended, and its issuer is unknown",
            expired_and_unknown,
        )
        .is("LeafExpired", Side::Server, "Certificate", 42)
        .sent(45)
        .say(&["{leaf}", "expired", "neither trusted nor among the certificates sent", "{other}"]),
    ]
}
