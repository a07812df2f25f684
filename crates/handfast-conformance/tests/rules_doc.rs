//! docs/rules.md: every rule that any layer enforces, with its section, its alert and the tests that
//! show it. Generated from the tables in the code; a rule without a test fails here.
//!
//! `HANDFAST_BLESS=1 cargo test -p handfast-conformance --test rules_doc` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// One row of any table.
struct Row {
    name: String,
    text: &'static str,
    section: &'static str,
    alert: String,
}

/// A table of rules: its title, what its rules are called in the code, where its tests are.
struct Table {
    title: &'static str,
    prefix: &'static str,
    krate: &'static str,
    rows: Vec<Row>,
}

macro_rules! rows {
    ($Rule:path) => {
        <$Rule>::ALL
            .iter()
            .map(|r| Row { name: format!("{r:?}"), text: r.text(), section: r.section(), alert: r.alert().to_string() })
            .collect()
    };
}

fn tables() -> Vec<Table> {
    let reasons = handfast_x509::Reason::TABLE.iter().map(|r| Row {
        name: r.name.to_owned(),
        text: r.text,
        section: r.section,
        alert: format!("{}; openssl {}", r.alert, r.openssl),
    });
    vec![
        Table {
            title: "The flow and the negotiation (`handfast-handshake`)",
            prefix: "Rule",
            krate: "handfast-handshake",
            rows: rows!(handfast_handshake::Rule),
        },
        Table {
            title: "The syntax of messages (`handfast-codec`)",
            prefix: "Rule",
            krate: "handfast-codec",
            rows: rows!(handfast_codec::Rule),
        },
        Table {
            title: "Records (`handfast-record`)",
            prefix: "Rule",
            krate: "handfast-record",
            rows: rows!(handfast_record::Rule),
        },
        Table {
            title: "The form of certificates (`handfast-x509`)",
            prefix: "CertificateRule",
            krate: "handfast-x509",
            rows: rows!(handfast_x509::CertificateRule),
        },
        Table {
            title: "Paths and names (`handfast-x509`)",
            prefix: "Reason",
            krate: "handfast-x509",
            rows: reasons.collect(),
        },
    ]
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The name of a rule and the function that mentions it, for every mention in the tests of a crate.
/// `prefix` is what the rules are called; `Rule` alone also names those of a table renamed on import.
fn mentions(krate: &str, prefix: &str) -> BTreeMap<String, Vec<String>> {
    let mut files = Vec::new();
    let home = root().join("crates").join(krate);
    rust_files(&home.join("tests"), &mut files);
    rust_files(&home.join("src"), &mut files);
    files.sort();
    let prefix = prefix.strip_prefix("Certificate").unwrap_or(prefix);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let place = file.strip_prefix(&home).unwrap().display().to_string();
        let mut function = String::new();
        // In a source file only what stands in its test module counts.
        let tests =
            if place.starts_with("src") { text.split_once("mod tests {").map_or("", |(_, t)| t) } else { &text };
        for line in tests.lines() {
            if let Some(name) = line.trim_start().trim_start_matches("pub ").strip_prefix("fn ") {
                function = name.split(['(', '<']).next().unwrap_or_default().to_owned();
            }
            // A row of the table-like tests: `test_name: Rule, |provider| …`.
            if let Some((name, rest)) = line.trim().split_once(": ")
                && let Some((rule, _)) = rest.split_once(", |")
                && rule.chars().all(char::is_alphanumeric)
            {
                found.entry(rule.to_owned()).or_default().push(format!("`{place}` {name}"));
            }
            // A reason is checked by its name.
            if prefix == "Reason" {
                for name in line.split('"').skip(1).step_by(2) {
                    found.entry(name.to_owned()).or_default().push(format!("`{place}` {function}"));
                }
            }
            for (at, _) in line.match_indices(&format!("{prefix}::")) {
                let before = line[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric()) {
                    continue;
                }
                let rule: String = line[at + prefix.len() + 2..].chars().take_while(|c| c.is_alphanumeric()).collect();
                found.entry(rule).or_default().push(format!("`{place}` {function}"));
            }
        }
    }
    found
}

#[test]
fn the_list_of_rules_is_what_the_code_enforces_and_each_has_its_test() {
    let mut page = String::from(
        "# Rules\n\nEvery rule that handfast enforces: in our words, where it is written, the alert that answers a \
         breach, and tests that\nshow it (paths are those of the crate). Generated from the tables in the \
         code by\n`HANDFAST_BLESS=1 cargo test -p handfast-conformance --test rules_doc`; a rule without a test does \
         not pass.\n",
    );
    let mut untested = Vec::new();
    for Table { title, prefix, krate, rows } in tables() {
        let mentions = mentions(krate, prefix);
        write!(page, "\n## {title}\n\n| rule | section | alert | shown by |\n|---|---|---|---|\n").unwrap();
        for Row { name, text, section, alert } in rows {
            let mut tests = mentions.get(&name).cloned().unwrap_or_default();
            tests.sort();
            tests.dedup();
            if tests.is_empty() {
                untested.push(format!("{krate}: {prefix}::{name}"));
            }
            tests.truncate(3);
            let shown = tests.join("<br>");
            writeln!(page, "| **{name}**: {text} | {section} | {alert} | {shown} |").unwrap();
        }
    }
    assert!(untested.is_empty(), "rules without a test:\n  {}", untested.join("\n  "));

    let path = root().join("docs/rules.md");
    if std::env::var_os("HANDFAST_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    let line = there.lines().zip(page.lines()).position(|(a, b)| a != b).map_or(0, |n| n + 1);
    assert!(
        there == page,
        "docs/rules.md no longer says what the code says (line {line}); HANDFAST_BLESS=1 writes it anew"
    );
}
