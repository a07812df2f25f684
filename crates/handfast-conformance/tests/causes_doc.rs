//! docs/causes.md: the registry of causes with its exit statuses, its names elsewhere and the tests
//! that show each. Generated from the rows in the code; a cause that no test names fails here.
//!
//! `HANDFAST_BLESS=1 cargo test -p handfast-conformance --test causes_doc` writes it anew.

use handfast::report::{At, Cause, Names};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Which test files name a cause: as `Cause::X`, or in quotes where the tool is run.
fn named() -> BTreeMap<&'static str, Vec<String>> {
    let root = root();
    let mut files = Vec::new();
    for dir in ["handfast/src/report", "handfast/tests", "handfast-cli/tests"] {
        rust_files(&root.join("crates").join(dir), &mut files);
    }
    // Of the sources only the tests.
    files.retain(|file| {
        !file.ends_with("cause.rs")
            && (file.ends_with("tests.rs") || !file.components().any(|c| c.as_os_str() == "src"))
    });
    files.sort();
    let mut found: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let place = file.strip_prefix(root.join("crates")).unwrap().display().to_string();
        for cause in Cause::ALL {
            let name = cause.name();
            let typed = text
                .match_indices(&format!("Cause::{name}"))
                .any(|(at, m)| !text[at + m.len()..].starts_with(|c: char| c.is_alphanumeric()));
            if typed || text.contains(&format!("\"{name}\"")) {
                found.entry(name).or_default().push(format!("`{place}`"));
            }
        }
    }
    found
}

fn document(named: &BTreeMap<&'static str, Vec<String>>) -> String {
    let mut page = String::from(
        "# Causes\n\n\
         Every cause that a report can name, in the order of the registry (`crates/handfast/src/report/cause.rs`), with\n\
         the exit status of the tool, what to do, and what other programs call it. Generated; the test that writes this\n\
         page (`crates/handfast-conformance/tests/causes_doc.rs`) fails if a cause is named by no test. `{peer}` is the\n\
         role of the other side. A report says *certain* only if the evidence excludes every other row.\n",
    );
    page.push_str("\n## Exit statuses of the tool\n\n| status | meaning | causes |\n|---|---|---|\n");
    for (status, meaning) in handfast_cli::exit::TABLE {
        let causes = Cause::ALL.iter().filter(|c| c.exit() == *status).map(|c| c.name());
        let _ = writeln!(page, "| {status} | {meaning} | {} |", causes.collect::<Vec<_>>().join(", "));
    }
    for cause in Cause::ALL {
        let at = match cause.at() {
            At::Peer => "the peer",
            At::You => "this side",
            At::Client => "the client",
            At::Both => "neither alone",
            At::Network => "the network",
            _ => "the evidence does not say",
        };
        let Names { verify, openssl, curl, chrome, firefox, nginx, python } = cause.names();
        let number = verify.map(|n| format!("{n}: ")).unwrap_or_default();
        let openssl = if openssl.is_empty() { String::new() } else { format!("{number}{openssl}") };
        let _ = write!(page, "\n## {} (exit {})\n\n{}.\n\n", cause.name(), cause.exit(), cause.title());
        let _ = writeln!(page, "* at fault: {at}\n* do: {}", cause.fix());
        if !cause.section().is_empty() {
            let _ = writeln!(page, "* rule: {}", cause.section());
        }
        let names = [
            ("openssl", openssl.as_str()),
            ("curl", curl),
            ("Chrome", chrome),
            ("Firefox", firefox),
            ("nginx", nginx),
            ("Python", python),
        ];
        let known: Vec<_> =
            names.iter().filter(|(_, text)| !text.is_empty()).map(|(who, text)| format!("{who} `{text}`")).collect();
        if !known.is_empty() {
            let _ = writeln!(page, "* elsewhere: {}", known.join(", "));
        }
        let _ = writeln!(page, "* tests: {}", named.get(cause.name()).map_or("none".into(), |files| files.join(", ")));
    }
    page
}

#[test]
fn every_cause_is_named_by_a_test() {
    let named = named();
    let missing: Vec<_> = Cause::ALL.iter().map(|c| c.name()).filter(|name| !named.contains_key(name)).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
}

#[test]
fn the_page_is_that_of_the_code() {
    let path = root().join("docs/causes.md");
    let page = document(&named());
    if std::env::var_os("HANDFAST_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page,
        "docs/causes.md is out of date: HANDFAST_BLESS=1 cargo test -p handfast-conformance --test causes_doc"
    );
}
