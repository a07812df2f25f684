//! Faults between the server's certificate and the root.

use crate::fault::{Fault, Program, Side, Target};
use crate::lab::Lab;
use crate::peers::s_server;
use crate::pki::{Bed, Node, authority, client, day, files, hold, server};
use crate::puppet::{self, Shows};
use handfast::ProtocolVersion;
use handfast_conformance::puppet::Kind;
use rcgen::{BasicConstraints, CertificateParams, GeneralSubtree, IsCa, KeyUsagePurpose, NameConstraints};

type Rig = Result<Target, String>;

/// A server that sends this leaf with these certificates, and a client that trusts `bed`'s root.
fn serving(lab: &Lab, bed: &Bed, leaf: &Node, rest: &[&Node]) -> Rig {
    let serving = s_server(&files(lab, "leaf", leaf, rest)?, "")?;
    let target = Target::new(serving.port, &bed.host, &bed.ca).keep(serving);
    Ok(target.word("leaf", &leaf.cn).word("root", &bed.root.cn).word("inter", &bed.inter.cn))
}

/// A server whose intermediate is not as it should be.
fn with_inter(lab: &Lab, change: impl FnOnce(&mut CertificateParams)) -> Rig {
    let bed = Bed::new(lab)?;
    let mut params = authority(&format!("Inter {}", lab.label()));
    change(&mut params);
    let (from, until) = (day(params.not_before), day(params.not_after));
    let inter = bed.root.issue(params)?;
    let leaf = inter.issue(server(&bed.host))?;
    let target = serving(lab, &bed, &leaf, &[&inter])?;
    Ok(target.word("odd", &inter.cn).word("from", from).word("until", until))
}

fn expired(lab: &Lab) -> Rig {
    let ago = lab.draw(1, 400) as i64;
    with_inter(lab, |inter| hold(inter, -ago - 90, -ago))
}

fn not_yet_valid(lab: &Lab) -> Rig {
    let ahead = lab.draw(2, 400) as i64;
    with_inter(lab, |inter| hold(inter, ahead, ahead + 90))
}

fn not_an_authority(lab: &Lab) -> Rig {
    with_inter(lab, |inter| inter.is_ca = IsCa::ExplicitNoCa)
}

fn name_constraint(lab: &Lab) -> Rig {
    let elsewhere = lab.host();
    let target = with_inter(lab, |inter| {
        let permitted_subtrees = vec![GeneralSubtree::DnsName(elsewhere.clone())];
        inter.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    })?;
    Ok(target.word("elsewhere", elsewhere))
}

fn name_excluded(lab: &Lab) -> Rig {
    with_inter(lab, |inter| {
        let excluded_subtrees = vec![GeneralSubtree::DnsName("test".into())];
        inter.name_constraints = Some(NameConstraints { permitted_subtrees: Vec::new(), excluded_subtrees });
    })
}

fn may_not_sign(lab: &Lab) -> Rig {
    with_inter(lab, |inter| inter.key_usages = vec![KeyUsagePurpose::CrlSign])
}

fn path_length(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let mut params = authority(&format!("Narrow {}", lab.label()));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let narrow = bed.root.issue(params)?;
    let below = narrow.issue(authority(&format!("Below {}", lab.label())))?;
    let leaf = below.issue(server(&bed.host))?;
    serving(lab, &bed, &leaf, &[&below, &narrow]).map(|t| t.word("narrow", &narrow.cn))
}

fn missing_intermediate(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    serving(lab, &bed, &bed.leaf()?, &[])
}

fn wrong_intermediate(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let other = bed.root.issue(authority(&format!("Other {}", lab.label())))?;
    serving(lab, &bed, &bed.leaf()?, &[&other]).map(|t| t.word("other", &other.cn))
}

/// The chain of another authority: with or without its root.
fn unknown_root(lab: &Lab, along: bool) -> Rig {
    let (bed, other) = (Bed::new(lab)?, Node::root(authority(&format!("Private {}", lab.label())))?);
    let inter = other.issue(authority(&format!("Inter {}", lab.label())))?;
    let leaf = inter.issue(server(&bed.host))?;
    let rest: &[&Node] = if along { &[&inter, &other] } else { &[&inter] };
    serving(lab, &bed, &leaf, rest).map(|t| t.word("private", &other.cn))
}

/// A leaf straight below a root that is not trusted and was not sent.
fn unknown_issuer(lab: &Lab) -> Rig {
    let (bed, other) = (Bed::new(lab)?, Node::root(authority(&format!("Private {}", lab.label())))?);
    let leaf = other.issue(server(&bed.host))?;
    serving(lab, &bed, &leaf, &[]).map(|t| t.word("private", &other.cn))
}

/// Another root that has the name of the trusted one.
fn namesake(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let other = Node::root(authority(&bed.root.cn))?;
    let leaf = other.issue(server(&bed.host))?;
    serving(lab, &bed, &leaf, &[])
}

fn leaf_not_first(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    swapped(&bed, &bed.inter)
}

/// The intermediate's keyUsage does not give it away.
fn leaf_not_first_signs(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let mut params = authority(&format!("Inter {}", lab.label()));
    params.key_usages.push(KeyUsagePurpose::DigitalSignature);
    swapped(&bed, &bed.root.issue(params)?)
}

/// The intermediate before the leaf, signed for with the leaf's key: a puppet, as OpenSSL does not.
fn swapped(bed: &Bed, inter: &Node) -> Rig {
    let leaf = inter.issue(server(&bed.host))?;
    let shows = Shows { key: leaf.key_der(), ..Shows::of(&[inter, &leaf]) };
    let port = puppet::serves(ProtocolVersion::TLS1_3, shows, |stage| {
        stage.hello()?;
        stage.say(&[
            Kind::ServerHello,
            Kind::EncryptedExtensions,
            Kind::Certificate,
            Kind::CertificateVerify,
            Kind::Finished,
        ])
    })?;
    Ok(Target::new(port, &bed.host, &bed.ca).word("inter", &inter.cn))
}

/// An intermediate that is a client's certificate: what `ca leaf --client` makes, used as an issuer.
fn client_as_issuer(lab: &Lab) -> Rig {
    let bed = Bed::new(lab)?;
    let issuer = bed.root.issue(client(&format!("User {}", lab.label())))?;
    let leaf = issuer.issue(server(&bed.host))?;
    serving(lab, &bed, &leaf, &[&issuer]).map(|t| t.word("odd", &issuer.cn))
}

pub(crate) fn faults() -> Vec<Fault> {
    use Program::{Curl, Openssl, Python};
    let client = |id, what, rig| Fault::client(id, what, rig).needs(Openssl);
    let all = &[Openssl, Curl, Python];
    vec![
        client("expired_intermediate", "an intermediate has ended, the leaf is sound", expired)
            .is("IssuerExpired", Side::Server, "Certificate", 42)
            .sent(45)
            .say(&["{odd}", "{until}", "expired"])
            .never(&["the certificate of {name} has expired"])
            .elsewhere(all),
        client("intermediate_not_yet_valid", "an intermediate begins later", not_yet_valid)
            .is("IssuerNotYetValid", Side::Unknown, "Certificate", 42)
            .sent(45)
            .say(&["{odd}", "{from}", "not valid yet"])
            .elsewhere(all),
        client("not_an_authority", "the issuer has CA:FALSE", not_an_authority)
            .is("NotAnAuthority", Side::Server, "Certificate", 44)
            .sent(42)
            .say(&["{odd}"])
            .elsewhere(all),
        client("client_as_issuer", "the issuer is a client's certificate", client_as_issuer)
            .is("NotAnAuthority", Side::Server, "Certificate", 44)
            .sent(42)
            .say(&["{odd}"])
            .elsewhere(all),
        client("path_length", "an intermediate below one that may have none", path_length)
            .is("PathLength", Side::Server, "Certificate", 44)
            .sent(42)
            .say(&["{narrow}"])
            .elsewhere(all),
        client("name_constraint", "the intermediate may name other domains", name_constraint)
            .is("NameConstraint", Side::Server, "Certificate", 44)
            .sent(42)
            .say(&["{name}", "{odd}"])
            .elsewhere(all),
        client("name_excluded", "the intermediate is forbidden to name this domain", name_excluded)
            .is("NameExcluded", Side::Server, "Certificate", 44)
            .sent(42)
            .say(&["{name}", "{odd}"])
            .elsewhere(all),
        client("may_not_sign", "the intermediate's keyUsage lacks keyCertSign", may_not_sign)
            .is("MayNotSign", Side::Server, "Certificate", 44)
            .sent(42)
            .say(&["{odd}", "keyCertSign"])
            .elsewhere(all),
        client("missing_intermediate", "the leaf alone was sent", missing_intermediate)
            .is("MissingIntermediate", Side::Server, "Certificate", 40)
            .truly("UnknownRoot")
            .sent(48)
            .say(&["{inter}", "{leaf}"])
            .elsewhere(all),
        client("unknown_issuer", "the leaf's issuer is a root that is not trusted nor sent", unknown_issuer)
            .is("MissingIntermediate", Side::Server, "Certificate", 40)
            .truly("UnknownRoot")
            .sent(48)
            .say(&["{private}", "--ca"])
            .elsewhere(all),
        client("wrong_intermediate", "another intermediate than the leaf's was sent", wrong_intermediate)
            .is("WrongIntermediate", Side::Server, "Certificate", 40)
            .sent(48)
            .say(&["{inter}", "{other}"])
            .elsewhere(all),
        client("unknown_root", "the chain is complete and its root unknown", |lab| unknown_root(lab, false))
            .is("UnknownRoot", Side::Both, "Certificate", 41)
            .sent(48)
            .say(&["{private}", "--ca"])
            .elsewhere(all),
        client("unknown_root_sent", "the same, and the root was sent along", |lab| unknown_root(lab, true))
            .is("UnknownRoot", Side::Both, "Certificate", 41)
            .sent(48)
            .say(&["{private}", "--ca"])
            .elsewhere(all),
        client("namesake_root", "the root has the name of the trusted one and another key", namesake)
            .is("IssuerNamesake", Side::Unknown, "Certificate", 41)
            .sent(42)
            .say(&["{root}", "same name"]),
        client("leaf_not_first", "the intermediate stands before the leaf", leaf_not_first)
            .is("LeafNotFirst", Side::Server, "Certificate", 44)
            .sent(47)
            .say(&["{inter}", "first"])
            .elsewhere(&[Python]),
        client("leaf_not_first_signs", "the same, and the intermediate may sign handshakes", leaf_not_first_signs)
            .is("LeafNotFirst", Side::Server, "CertificateVerify", 44)
            .sent(51)
            .say(&["{inter}", "first"])
            .never(&["somebody else is answering"]),
    ]
}
