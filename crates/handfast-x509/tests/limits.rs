//! Every limit on the work that a chain can ask for, at its edge: the last step that is allowed passes,
//! one more is refused and says how many there were.

mod support;
use handfast_x509::{
    Budget, Certificate, CertificateRule, MAX_ATTEMPTS, MAX_CHAIN, MAX_DEPTH, MAX_EXTENSIONS, Policy, Reason, Refusal,
    ServerName,
};
use rcgen::{CustomExtension, DnType, GeneralSubtree, NameConstraints, SanType};
use support::*;

/// A leaf, `n` intermediates and a root.
fn tower(n: usize) -> (Vec<Node>, Node) {
    let root = Node::root(authority("root"));
    let mut above: Vec<Node> = Vec::new();
    for i in 0..n {
        let issuer = above.last().unwrap_or(&root);
        above.push(issuer.issue(authority(&format!("step {i}"))));
    }
    let leaf = above.last().unwrap_or(&root).issue(server("example.com"));
    let mut chain = vec![leaf];
    chain.extend(above.into_iter().rev());
    (chain, root)
}

fn refs(nodes: &[Node]) -> Vec<&Node> {
    nodes.iter().collect()
}

fn name() -> ServerName<'static> {
    ServerName::try_from("example.com").unwrap()
}

/// What ran out, and how much of it there was.
fn ran_out(refusal: &Refusal) -> (&'static str, u32) {
    match refusal.reason() {
        Reason::BudgetSpent { what, limit } => (what, *limit),
        other => panic!("{other}"),
    }
}

#[test]
fn the_budget_suffices_to_the_last_step_and_one_less_does_not() {
    let root = Node::root(authority("root"));
    let mut params = authority("middle");
    let permitted_subtrees = vec![GeneralSubtree::DnsName("com".into()), GeneralSubtree::DnsName("org".into())];
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: vec![] });
    let middle = root.issue(params);
    let leaf = middle.issue(server("example.com"));
    let name = name();
    let judge = |budget| {
        let policy = Policy { budget, ..Policy::server(&name, now()) };
        judge_with(&[&leaf, &middle], &[&root], &policy)
    };
    let spent = judge(Budget::default()).unwrap().spent;
    assert!(spent.signatures > 0 && spent.candidates > 0 && spent.comparisons > 0, "{spent:?}");
    assert_eq!(judge(spent).unwrap().spent, spent);

    let Budget { signatures, candidates, comparisons } = spent;
    for (less, expected) in [
        (Budget { signatures: signatures - 1, ..spent }, ("signatures", signatures - 1)),
        (Budget { candidates: candidates - 1, ..spent }, ("candidate issuers", candidates - 1)),
        (Budget { comparisons: comparisons - 1, ..spent }, ("name comparisons", comparisons - 1)),
    ] {
        let refusal = judge(less).unwrap_err();
        assert_eq!(ran_out(&refusal), expected);
        let (what, limit) = expected;
        assert!(refusal.to_string().contains(&format!("more than {limit} {what}")), "{refusal}");
    }
}

#[test]
fn a_refusal_says_what_the_search_has_cost() {
    let (chain, root) = tower(2);
    let name = name();
    let stranger = Node::root(authority("root"));
    let refusal = judge_with(&refs(&chain), &[&stranger], &Policy::server(&name, now())).unwrap_err();
    assert_eq!(refusal.spent, Budget { signatures: 3, candidates: 3, comparisons: 0 });
    let held = judge_with(&refs(&chain), &[&root], &Policy::server(&name, now())).unwrap();
    assert_eq!(held.spent, refusal.spent);

    let budget = Budget { signatures: 2, ..Budget::default() };
    let policy = Policy { budget, ..Policy::server(&name, now()) };
    let refusal = judge_with(&refs(&chain), &[&root], &policy).unwrap_err();
    assert_eq!(refusal.spent.signatures, 2, "nothing beyond the budget was done");
}

#[test]
fn eight_intermediates_are_a_path_and_nine_are_not() {
    let name = name();
    let policy = Policy::server(&name, now());
    assert_eq!(policy.max_depth, 8);
    let (chain, root) = tower(8);
    assert_eq!(judge_with(&refs(&chain), &[&root], &policy).unwrap().path.len(), 9);
    let (chain, root) = tower(9);
    let refusal = judge_with(&refs(&chain), &[&root], &policy).unwrap_err();
    assert_eq!(refusal.reason(), &Reason::TooDeep { allowed: 8 });
}

#[test]
fn no_policy_allows_a_path_of_more_than_the_most() {
    let name = name();
    let policy = Policy { max_depth: usize::MAX, ..Policy::server(&name, now()) };
    let (chain, root) = tower(MAX_DEPTH);
    assert!(judge_with(&refs(&chain), &[&root], &policy).is_ok());
    let (chain, root) = tower(MAX_DEPTH + 1);
    let refusal = judge_with(&refs(&chain), &[&root], &policy).unwrap_err();
    assert_eq!(refusal.reason(), &Reason::TooDeep { allowed: MAX_DEPTH });
}

#[test]
fn self_issued_steps_are_not_endless_either_and_the_limit_told_is_theirs() {
    // They do not count for the policy, which allows eight: RFC 5280 §6.1.4 (l).
    let name = name();
    let of = |n: usize| {
        let root = Node::root(authority("same"));
        let mut above: Vec<Node> = Vec::new();
        for _ in 0..n {
            let step = above.last().unwrap_or(&root).issue(authority("same"));
            above.push(step);
        }
        let leaf = above.last().unwrap_or(&root).issue(server("example.com"));
        let mut chain = vec![leaf];
        chain.extend(above.into_iter().rev());
        // The root is not told by its name alone, which would end the path at once.
        let budget = Budget { signatures: 10_000, candidates: 100_000, ..Budget::default() };
        let policy = Policy { budget, ..Policy::server(&name, now()) };
        judge_with(&refs(&chain), &[&root], &policy)
    };
    assert_eq!(of(MAX_DEPTH).unwrap().path.len(), MAX_DEPTH + 1);
    let refusal = of(MAX_DEPTH + 1).unwrap_err();
    let told = |r: &Reason| matches!(r, Reason::TooDeep { allowed } if *allowed == MAX_DEPTH);
    assert!(refusal.tried.iter().any(|a| told(&a.reason)) || told(refusal.reason()), "{refusal}");
}

#[test]
fn as_many_certificates_are_looked_at_as_the_most_and_no_more() {
    let root = Node::root(authority("root"));
    let middle = root.issue(authority("middle"));
    let leaf = middle.issue(server("example.com"));
    let stranger = Node::root(authority("stranger"));
    let place = |index: usize| {
        let mut chain = vec![&leaf];
        chain.resize(index, &stranger);
        chain.push(&middle);
        judge(&chain, &[&root], "example.com")
    };
    assert!(place(MAX_CHAIN - 1).is_ok());
    assert_eq!(place(MAX_CHAIN).unwrap_err().reason().name(), "UnknownIssuer");
}

#[test]
fn as_many_extensions_are_read_as_the_most_and_no_more() {
    let root = Node::root(authority("root"));
    let with = |n: u64| {
        let mut params = server("example.com");
        // subjectAltName is one, authorityKeyIdentifier is not asked for.
        params.custom_extensions =
            (0..n).map(|i| CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 5, i], vec![5, 0])).collect();
        root.issue(params)
    };
    let count = |node: &Node| Certificate::parse(&node.der).map(|_| ()).map_err(|e| e.rule);
    let own = 1;
    assert_eq!(count(&with(MAX_EXTENSIONS as u64 - own)), Ok(()));
    assert_eq!(count(&with(MAX_EXTENSIONS as u64 - own + 1)), Err(CertificateRule::TooManyExtensions));
    assert!(CertificateRule::TooManyExtensions.text().contains(&MAX_EXTENSIONS.to_string()));
}

#[test]
fn a_refusal_keeps_as_many_attempts_as_the_most_and_counts_the_rest() {
    let root = Node::root(authority("root"));
    let leaf = root.issue(server("example.com"));
    for (namesakes, more) in [(MAX_ATTEMPTS, 0), (MAX_ATTEMPTS + 1, 1), (MAX_ATTEMPTS + 5, 5)] {
        // Each has the name of the issuer and another key.
        let namesakes: Vec<Node> = (0..namesakes).map(|_| Node::root(authority("root"))).collect();
        let mut chain = vec![&leaf];
        chain.extend(&namesakes);
        let refusal = judge(&chain, &[], "example.com").unwrap_err();
        assert_eq!((refusal.tried.len(), refusal.more), (MAX_ATTEMPTS, more));
        assert!(refusal.to_string().lines().count() <= 15, "{refusal}");
    }
}

#[test]
fn a_name_is_printed_to_its_256th_byte_and_then_cut() {
    let root = Node::root(authority("root"));
    let subject = |len: usize| {
        let mut params = server("example.com");
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "x".repeat(len));
        let der = root.issue(params).der;
        Certificate::parse(&der).unwrap().subject_text()
    };
    let label = "CN=".len();
    assert_eq!(subject(256 - label), format!("CN={}", "x".repeat(256 - label)));
    assert_eq!(subject(257 - label), format!("CN={}…", "x".repeat(256 - label)));
    assert_eq!(subject(30_000), subject(257 - label));
}

#[test]
fn of_the_names_of_another_host_eight_are_told_and_the_rest_counted() {
    let root = Node::root(authority("root"));
    for (names, more) in [(8, 0), (9, 1), (1000, 992)] {
        let mut params = server("example.com");
        params.subject_alt_names =
            (0..names).map(|i| SanType::DnsName(format!("{i}.example.com").try_into().unwrap())).collect();
        let refusal = judge(&[&root.issue(params)], &[&root], "example.org").unwrap_err();
        let Reason::HostMismatch { found, more: counted, .. } = refusal.reason() else { panic!("{refusal}") };
        assert_eq!((found.len(), *counted), (8, more));
    }
}
