//! How a path is found.

mod support;
use support::*;

#[test]
fn a_chain_with_an_intermediate_holds() {
    let root = Node::root(authority("root"));
    let middle = root.issue(authority("middle"));
    let leaf = middle.issue(server("example.com"));
    let verified = judge(&[&leaf, &middle], &[&root], "example.com").unwrap();
    assert_eq!(verified.path, [0, 1]);
    assert_eq!(verified.anchor_subject, "CN=root, O=Test");
    assert_eq!(verified.spent.signatures, 2);
}
