//! Certificates from the field and from fuzzers: none may panic, and the number that parses is known.

#[path = "../../../testdata/support/vectors.rs"]
mod vectors;

use handfast_x509::Certificate;
use std::collections::BTreeMap;
use std::io::Read;
use std::process::ExitCode;

/// Per source: files, and how many of them parse. Those that other parsers take and we do not have
/// an empty issuer, an empty set in a name, an empty list, or name constraints without cA.
const EXPECTED: &[(&str, usize, usize)] = &[
    ("boringssl-fuzz-cert", 148, 23),
    ("boringssl-fuzz-parse-certificate", 570, 115),
    ("mozilla-roots", 118, 118),
    ("openssl-fuzz-x509", 849, 1),
    ("pyca-x509", 137, 109),
    ("zlint", 1319, 889),
];

fn main() -> ExitCode {
    vectors::run(&[(
        "every file of the corpus is parsed or refused without a panic",
        "x509-parse-corpus.tar.xz",
        every_file_is_parsed_or_refused,
    )])
}

fn every_file_is_parsed_or_refused(mut packed: &[u8]) {
    let mut unpacked = Vec::new();
    lzma_rs::xz_decompress(&mut packed, &mut unpacked).unwrap();
    let mut refused = String::new();
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for entry in tar::Archive::new(unpacked.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let mut der = Vec::new();
        entry.read_to_end(&mut der).unwrap();
        let source = path.trim_start_matches("./").split('/').next().unwrap().to_string();
        let (files, parsed) = counts.entry(source).or_default();
        *files += 1;
        match Certificate::parse(&der) {
            Ok(certificate) => {
                *parsed += 1;
                // What is shown to people is bounded and of one line, whatever the certificate says.
                let names = certificate.subject_alt_names().map(|n| n.to_string());
                for text in names.chain([certificate.subject_text(), certificate.issuer_text()]) {
                    assert!(text.len() < 512 && !text.chars().any(char::is_control), "{path}: {text:?}");
                }
                certificate.common_name();
            }
            Err(error) => {
                assert!(error.offset <= der.len(), "{path}: {error}");
                refused += &format!("{path}: {error}\n");
            }
        }
    }
    let counts: Vec<_> = counts.iter().map(|(source, (files, parsed))| (source.as_str(), *files, *parsed)).collect();
    assert_eq!(counts, EXPECTED, "refused:\n{refused}");
}
