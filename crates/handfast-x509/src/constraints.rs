//! Name constraints: what an authority may name (RFC 5280 §4.2.1.10, §6.1.3 (b), (c)).

use crate::algorithm::oid;
use crate::certificate::Certificate;
use crate::extension::{NameConstraints, subtrees};
use crate::host::is_host;
use crate::name::{Attribute, GeneralName, Name, attributes_of};
use crate::policy::Spent;
use crate::refusal::Reason;
use crate::tlv::tag;
use alloc::string::ToString;

/// Checks every name of `certificate` against the constraints of one authority above it.
///
/// For each form of name that the certificate has: no excluded subtree may hold it, and where
/// permitted subtrees of the form exist, one must hold it. Names and subtrees are compared
/// pairwise; each comparison is paid from the budget, a long one more than once.
pub(crate) fn check(
    constraints: &NameConstraints<'_>,
    certificate: &Certificate<'_>,
    spent: &mut Spent,
) -> Result<(), Reason> {
    let mut has_email = false;
    for name in certificate.subject_alt_names() {
        has_email |= matches!(name, GeneralName::Email(_));
        check_name(constraints, &name, spent)?;
    }
    let subject = certificate.subject();
    if !subject.is_empty() {
        check_name(constraints, &GeneralName::Directory(subject), spent)?;
    }
    // An address in the subject counts as an rfc822Name where the extension has none.
    if !has_email {
        for attribute in subject.attributes().filter(|a| a.kind.0 == oid::EMAIL_ADDRESS) {
            let Ok(text) = core::str::from_utf8(attribute.value) else {
                return Err(Reason::NotPermitted { name: "emailAddress that is not text".to_string() });
            };
            check_name(constraints, &GeneralName::Email(text), spent)?;
        }
    }
    Ok(())
}

fn check_name(constraints: &NameConstraints<'_>, name: &GeneralName<'_>, spent: &mut Spent) -> Result<(), Reason> {
    let unsupported = || Reason::UnsupportedConstraint { name: name.to_string() };
    for base in subtrees(constraints.excluded) {
        spent.comparison(base.size() + name.size())?;
        if base.form() == name.form() && holds(&base, name, Side::Excluded).ok_or_else(unsupported)? {
            return Err(Reason::Excluded { name: name.to_string(), subtree: base.to_string() });
        }
    }
    let mut restricted = false;
    for base in subtrees(constraints.permitted) {
        spent.comparison(base.size() + name.size())?;
        if base.form() == name.form() {
            if holds(&base, name, Side::Permitted).ok_or_else(unsupported)? {
                return Ok(());
            }
            restricted = true;
        }
    }
    if restricted { Err(Reason::NotPermitted { name: name.to_string() }) } else { Ok(()) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Permitted,
    Excluded,
}

/// Whether the subtree holds the name. A wildcard is in a permitted subtree only with all that it
/// stands for, and in an excluded one with any of it. `None`: we cannot tell.
fn holds(base: &GeneralName<'_>, name: &GeneralName<'_>, side: Side) -> Option<bool> {
    match (base, name) {
        (GeneralName::Dns(base), GeneralName::Dns(name)) => dns(base, name, side),
        (GeneralName::Ip(base), GeneralName::Ip(name)) => Some(ip(base, name)),
        (GeneralName::Email(base), GeneralName::Email(name)) => email(base, name),
        (GeneralName::Directory(base), GeneralName::Directory(name)) => Some(directory(base, name)),
        _ => None,
    }
}

/// A dNSName subtree is the name itself and all names below it; empty, it is every name. A base
/// that starts with a dot is no DNS name (RFC 5280 §4.2.1.10 gives the dot to URIs only) and is
/// refused where it would have to be compared.
fn dns(base: &str, name: &str, side: Side) -> Option<bool> {
    if base.is_empty() {
        return Some(true);
    }
    if !is_host(base) {
        return None;
    }
    let (stem, wildcard) = name.strip_prefix("*.").map_or((name, false), |parent| (parent, true));
    if !is_host(stem) {
        return None;
    }
    if below(base, stem) {
        return Some(true);
    }
    // `*.example.com` also stands for the excluded `www.example.com`.
    let parent_of_base = base.split_once('.').is_some_and(|(_, parent)| parent.eq_ignore_ascii_case(stem));
    Some(wildcard && side == Side::Excluded && parent_of_base)
}

/// Whether `name` is `base` or ends with `.base`.
fn below(base: &str, name: &str) -> bool {
    let Some(start) = name.len().checked_sub(base.len()) else { return false };
    let (head, tail) = name.as_bytes().split_at(start);
    tail.eq_ignore_ascii_case(base.as_bytes()) && head.last().is_none_or(|&b| b == b'.')
}

/// Address and mask; an address of the other family is outside.
fn ip(base: &[u8], name: &[u8]) -> bool {
    let (network, mask) = base.split_at(base.len() / 2);
    network.len() == name.len()
        && network.iter().zip(mask).zip(name).all(|((network, mask), octet)| network & mask == octet & mask)
}

/// A mailbox, all mailboxes of a host, or with a leading dot all mailboxes of hosts below it.
/// The part before the last @ is compared exactly (RFC 5280 §7.5).
fn email(base: &str, name: &str) -> Option<bool> {
    let (local, host) = name.rsplit_once('@')?;
    // A quoted or otherwise odd local part could hide another @.
    let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    if local.is_empty() || !local.bytes().all(atom) || !is_host(host) {
        return None;
    }
    if base.is_empty() {
        return Some(true);
    }
    if let Some((base_local, base_host)) = base.rsplit_once('@') {
        return Some(local == base_local && host.eq_ignore_ascii_case(base_host));
    }
    match base.strip_prefix('.') {
        Some(parent) if is_host(parent) => Some(below(parent, host) && host.len() > parent.len()),
        None if is_host(base) => Some(host.eq_ignore_ascii_case(base)),
        _ => None,
    }
}

/// A subtree of directory names is every name that starts with the base, set by set.
fn directory(base: &Name<'_>, name: &Name<'_>) -> bool {
    let mut sets = name.sets();
    base.sets().all(|b| sets.next().is_some_and(|n| same_set(b, n)))
}

/// Two sets of attributes are the same if each attribute of one is in the other. They are short:
/// DER sorts them, so they are compared in order.
fn same_set(a: &[u8], b: &[u8]) -> bool {
    if a == b {
        return true;
    }
    let mut others = attributes_of(b);
    attributes_of(a).all(|a| others.next().is_some_and(|b| same_attribute(&a, &b))) && others.next().is_none()
}

/// RFC 5280 §7.1: text without regard to case and to runs of spaces, whatever its string type.
/// Case is folded in ASCII alone.
fn same_attribute(a: &Attribute<'_>, b: &Attribute<'_>) -> bool {
    let text = |t| matches!(t, tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING);
    if a.kind != b.kind {
        return false;
    }
    if text(a.tag) && text(b.tag) { folded(a.value).eq(folded(b.value)) } else { a.tag == b.tag && a.value == b.value }
}

/// Lower case, outer spaces gone, inner runs of spaces one.
fn folded(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let text = text.trim_ascii();
    let mut space = false;
    text.iter().filter_map(move |&b| {
        let skip = b == b' ' && space;
        space = b == b' ';
        (!skip).then(|| b.to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dns_subtree_holds_itself_and_what_is_below() {
        for (base, name, expected) in [
            ("example.com", "example.com", Some(true)),
            ("example.com", "www.Example.com", Some(true)),
            ("example.com", "badexample.com", Some(false)),
            ("example.com", "com", Some(false)),
            ("", "anything.test", Some(true)),
            ("example.com", "*.example.com", Some(true)),
            ("www.example.com", "*.example.com", Some(false)),
            (".example.com", "www.example.com", None),
            ("example.com", "www..example.com", None),
        ] {
            assert_eq!(dns(base, name, Side::Permitted), expected, "{base} {name}");
        }
        assert_eq!(dns("www.example.com", "*.example.com", Side::Excluded), Some(true));
        assert_eq!(dns("a.www.example.com", "*.example.com", Side::Excluded), Some(false));
    }

    #[test]
    fn an_address_subtree_is_a_masked_prefix_of_one_family() {
        assert!(ip(&[192, 0, 2, 0, 255, 255, 255, 0], &[192, 0, 2, 77]));
        assert!(!ip(&[192, 0, 2, 0, 255, 255, 255, 0], &[192, 0, 3, 77]));
        assert!(!ip(&[0; 8], &[0; 16]));
    }

    #[test]
    fn a_mail_subtree_is_a_mailbox_a_host_or_a_domain() {
        for (base, name, expected) in [
            ("a@example.com", "a@EXAMPLE.com", Some(true)),
            ("a@example.com", "A@example.com", Some(false)),
            ("example.com", "a@example.com", Some(true)),
            ("example.com", "a@mail.example.com", Some(false)),
            (".example.com", "a@mail.example.com", Some(true)),
            (".example.com", "a@example.com", Some(false)),
            ("example.com", "nobody", None),
            ("example.com", "a@b@example.com", None),
        ] {
            assert_eq!(email(base, name), expected, "{base} {name}");
        }
    }
}
