//! The layer rule of docs/design.md: an import may only go down, siblings do not know each other,
//! and no third-party crate comes in below where it is argued for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every crate of ours and what it may import, ours and others', tests aside.
const MAY: &[(&str, &[&str])] = &[
    // ground
    ("handfast-crypto", &["subtle", "zeroize"]),
    ("handfast-codec", &["handfast-crypto"]),
    // maths
    ("handfast-schedule", &["handfast-crypto", "zeroize"]),
    ("handfast-x509", &["handfast-crypto", "der", "pki-types"]),
    // protocol: siblings, neither imports the other
    ("handfast-record", &["handfast-codec", "handfast-crypto", "zeroize"]),
    ("handfast-handshake", &["handfast-codec", "handfast-crypto", "handfast-schedule", "handfast-x509"]),
    // join
    (
        "handfast",
        &[
            "handfast-codec",
            "handfast-crypto",
            "handfast-handshake",
            "handfast-record",
            "handfast-schedule",
            "handfast-x509",
            "pki-types",
            "zeroize",
        ],
    ),
    // backends: leaves
    ("handfast-ring", &["handfast-crypto", "libcrux-ml-kem", "p521", "ring", "zeroize"]),
    (
        "handfast-rustcrypto",
        &[
            "aes-gcm",
            "chacha20poly1305",
            "ed25519-dalek",
            "getrandom",
            "handfast-crypto",
            "hmac",
            "ml-kem",
            "p256",
            "p384",
            "p521",
            "rsa",
            "sha2",
            "x25519-dalek",
            "zeroize",
        ],
    ),
    // proof
    ("handfast-nostd", &["handfast", "handfast-rustcrypto", "linked_list_allocator"]),
];

/// Shells may import what they like, but nobody imports them.
const SHELLS: &[&str] = &["handfast-bench", "handfast-cli", "handfast-conformance", "handfast-fuzz"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names under `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
            if let Some(name) = line.trim().strip_prefix("[dependencies.") {
                found.insert(name.trim_end_matches(']').to_owned());
            }
        } else if inside && !line.starts_with([' ', '#', ']', '}']) && line.contains('=') {
            let name = line.split(['.', '=']).next().unwrap_or_default();
            found.insert(name.trim().to_owned());
        }
    }
    found
}

fn manifests() -> BTreeMap<String, BTreeSet<String>> {
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let all = crates.chain([root().join("fuzz"), root().join("benches")]);
    all.filter(|dir| dir.join("Cargo.toml").exists())
        .map(|dir| {
            let text = fs::read_to_string(dir.join("Cargo.toml")).unwrap();
            let name = text.lines().find_map(|l| l.strip_prefix("name = ")).unwrap().trim_matches('"').to_owned();
            (name, dependencies(&text))
        })
        .collect()
}

#[test]
fn imports_go_down_only() {
    for (name, found) in manifests() {
        if SHELLS.contains(&name.as_str()) {
            continue;
        }
        let allowed =
            MAY.iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("{name} has no place in the layers")).1;
        for dependency in found {
            assert!(allowed.contains(&dependency.as_str()), "{name} may not import {dependency}: see docs/design.md");
        }
    }
}

#[test]
fn the_table_lists_what_is_there() {
    let manifests = manifests();
    for (name, allowed) in MAY {
        let found = manifests.get(*name).unwrap_or_else(|| panic!("{name} is in the table and not in the repository"));
        for dependency in *allowed {
            assert!(found.contains(*dependency), "{name} no longer imports {dependency}: take it out of the table");
        }
    }
}

#[test]
fn every_crate_forbids_unsafe_code() {
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let dir = entry.unwrap().path();
        for file in ["src/lib.rs", "src/main.rs"] {
            if let Ok(text) = fs::read_to_string(dir.join(file)) {
                assert!(
                    text.contains("#![forbid(unsafe_code)]"),
                    "{} does not forbid unsafe code",
                    dir.join(file).display()
                );
            }
        }
    }
}
