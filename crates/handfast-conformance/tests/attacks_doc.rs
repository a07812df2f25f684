//! docs/attacks.md: every row names tests that show it, or says why the attack does not apply; the tests,
//! the places in the code and the rules that it names are there; and the limits it prints are the code's.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A table of the page: the heading it stands under, and its rows without the head.
struct Table {
    heading: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn is_limits(&self) -> bool {
        self.columns.first().is_some_and(|c| c == "limit")
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(|cell| cell.trim().to_owned()).collect())
}

fn tables(page: &str) -> Vec<Table> {
    let mut found: Vec<Table> = Vec::new();
    let (mut heading, mut inside) = (String::new(), false);
    for line in page.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            text.clone_into(&mut heading);
        }
        match cells(line) {
            None => inside = false,
            Some(columns) if !inside => {
                inside = true;
                found.push(Table { heading: heading.clone(), columns, rows: Vec::new() });
            }
            Some(row) if row.iter().all(|cell| cell.chars().all(|c| "-: ".contains(c))) => {}
            Some(row) => found.last_mut().expect("a head comes first").rows.push(row),
        }
    }
    found
}

fn page() -> Vec<Table> {
    let found = tables(&fs::read_to_string(root().join("docs/attacks.md")).unwrap());
    assert!(found.len() > 5 && found.iter().filter(|t| t.is_limits()).count() == 1);
    found
}

/// What stands between backquotes.
fn spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The file and the names of `path: name, name`; `None` for a span that is no place.
fn place(span: &str) -> Option<(&str, Vec<&str>)> {
    let (path, names) = span.split_once(": ")?;
    Some((path, names.split(", ").collect()))
}

/// Paths are below `crates/handfast-`, those of the joining crate below `crates/`.
fn file(path: &str) -> PathBuf {
    let crates = root().join("crates");
    if path.starts_with("handfast/") { crates.join(path) } else { crates.join(format!("handfast-{path}")) }
}

fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(file(path)).map_err(|_| format!("there is no file {path}"))
}

/// Whether `word` stands in `text` as a word of its own.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(part) && !text[at + word.len()..].chars().next().is_some_and(part)
    })
}

/// Whether `name` is a test in this text: a function below `#[test]`, a row of the table-like tests
/// (`name: Rule, |provider| …`), or, where the harness is the file's own, any function.
fn is_test(text: &str, name: &str, own_harness: bool) -> bool {
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        let function = line.trim_start_matches("pub ").strip_prefix("fn ");
        if function.and_then(|f| f.split(['(', '<']).next()) == Some(name) {
            return marked || own_harness;
        }
        if line.split_once(": ").is_some_and(|(first, rest)| first == name && rest.contains(", |")) {
            return true;
        }
        marked = line == "#[test]" || marked && (line.starts_with("#[") || line.starts_with("//"));
    }
    false
}

/// Whether the manifest gives this file of `tests/` a harness of its own.
fn own_harness(path: &str) -> bool {
    let Some((krate, test)) = path.split_once("/tests/") else { return false };
    let target = test.split(['/', '.']).next().unwrap_or_default();
    let manifest = read(&format!("{krate}/Cargo.toml")).unwrap();
    let named = format!("name = \"{target}\"");
    manifest.split("[[test]]").skip(1).any(|t| t.contains(&named) && t.contains("harness = false"))
}

/// What is wrong with a cell that names tests.
fn faults_of_tests(cell: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, names) in spans(cell).into_iter().filter_map(place) {
        match read(path) {
            Err(fault) => faults.push(fault),
            Ok(text) => {
                let own = own_harness(path);
                let missing = names.into_iter().filter(|name| !is_test(&text, name, own));
                faults.extend(missing.map(|name| format!("{path} has no test {name}")));
            }
        }
    }
    faults
}

/// What is wrong with a cell that names places in the code; tests inside of the file do not count.
fn faults_of_places(cell: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, names) in spans(cell).into_iter().filter_map(place) {
        match read(path) {
            Err(fault) => faults.push(fault),
            Ok(text) => {
                let code = text.split_once("mod tests {").map_or(&text[..], |(code, _)| code);
                // `Struct::field` is two words of the file.
                let missing = names.into_iter().filter(|name| !name.split("::").all(|word| has_word(code, word)));
                faults.extend(missing.map(|name| format!("{path} has no {name}")));
            }
        }
    }
    faults
}

fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "docs/attacks.md:\n  {}", faults.join("\n  "));
}

#[test]
fn every_attack_has_a_test_or_does_not_apply() {
    let mut faults = Vec::new();
    for table in page() {
        let last = table.columns.len() - 1;
        assert_eq!(table.columns[last], "shown by", "{}", table.heading);
        for row in &table.rows {
            let what = format!("{}, {}", table.heading, row[0]);
            if row.len() != table.columns.len() {
                faults.push(format!("{what}: {} cells", row.len()));
                continue;
            }
            let tests = spans(&row[last]).into_iter().filter_map(place).count();
            let excused = row[last].split_once("does not apply: ").is_some_and(|(_, why)| why.len() > 20);
            if tests == 0 && (!excused || table.is_limits()) {
                faults.push(format!("{what}: no test, and no word on why it does not apply"));
            }
            faults.extend(faults_of_tests(&row[last]).into_iter().map(|fault| format!("{what}: {fault}")));
        }
    }
    none(faults);
}

#[test]
fn every_place_in_the_code_that_is_named_is_there() {
    let mut faults = Vec::new();
    for table in page() {
        let of = |name: &str| table.columns.iter().position(|c| c == name);
        let column = of("where").or(of("where it is set")).unwrap_or_else(|| panic!("{}", table.heading));
        for row in &table.rows {
            let what = format!("{}, {}", table.heading, row[0]);
            let places = spans(&row[column]).into_iter().filter_map(place).count();
            let last = row.last().expect("a row has cells");
            if places == 0 && !last.contains("does not apply: ") {
                faults.push(format!("{what}: no place in the code"));
            }
            faults.extend(faults_of_places(&row[column]).into_iter().map(|fault| format!("{what}: {fault}")));
        }
    }
    none(faults);
}

#[test]
fn every_rule_that_is_named_is_one() {
    let page = fs::read_to_string(root().join("docs/attacks.md")).unwrap();
    let mut known: BTreeSet<String> = BTreeSet::new();
    known.extend(handfast_handshake::Rule::ALL.iter().map(|rule| format!("Rule::{rule:?}")));
    known.extend(handfast_codec::Rule::ALL.iter().map(|rule| format!("Rule::{rule:?}")));
    known.extend(handfast_record::Rule::ALL.iter().map(|rule| format!("Rule::{rule:?}")));
    known.extend(handfast_x509::CertificateRule::ALL.iter().map(|rule| format!("CertificateRule::{rule:?}")));
    known.extend(handfast_x509::Reason::NAMES.iter().map(|name| format!("Reason::{name}")));
    let errors = read("handfast/src/error.rs").unwrap();
    let mut faults = Vec::new();
    for span in spans(&page) {
        if let Some(kind) = span.strip_prefix("Kind::") {
            if !has_word(&errors, kind) {
                faults.push(format!("{span} is no kind of error"));
            }
        } else if ["Rule::", "Reason::", "CertificateRule::"].iter().any(|p| span.starts_with(p))
            && !known.contains(span)
        {
            faults.push(format!("{span} is in no table"));
        }
    }
    none(faults);
}

/// The number at the front of a cell: sums of `256 KiB`, `2^14`, `30 s` (in milliseconds), `64 messages`.
fn printed(cell: &str) -> Option<u128> {
    let cell = cell.split('(').next()?;
    cell.split(" + ").try_fold(0, |sum, term| {
        let mut words = term.split_whitespace();
        let number = words.next()?;
        let value: u128 = match number.split_once('^') {
            None => number.parse().ok()?,
            Some((base, power)) => base.parse::<u128>().ok()?.checked_pow(power.parse().ok()?)?,
        };
        let unit = match words.next() {
            Some("KiB") => 1024,
            Some("s") => 1000,
            _ => 1,
        };
        Some(sum + value * unit)
    })
}

/// The value of a constant by its text: numbers and constants of the same file, joined by one kind of
/// operator.
fn constant(text: &str, name: &str) -> Option<u128> {
    let (_, rest) = text.split_once(&format!("const {name}: "))?;
    let (_, value) = rest.split_once(" = ")?;
    expression(text, value.split_once(';')?.0)
}

fn expression(text: &str, value: &str) -> Option<u128> {
    for (operator, apply) in
        [(" << ", (|a, b| a << b) as fn(u128, u128) -> u128), (" + ", |a, b| a + b), (" * ", |a, b| a * b)]
    {
        if let Some((left, right)) = value.rsplit_once(operator) {
            return Some(apply(expression(text, left)?, expression(text, right)?));
        }
    }
    value.replace('_', "").parse().ok().or_else(|| constant(text, value))
}

/// What the code says about a place of the table of limits.
fn actual(path: &str, name: &str) -> Option<u128> {
    let handfast::Limits { handshake_bytes, certificate_bytes, message_bytes, messages, early_data, deadline } =
        handfast::Limits::default();
    let handfast_x509::Budget { signatures, candidates, comparisons } = handfast_x509::Budget::default();
    let policy = handfast_x509::Policy::client(handfast::UnixTime::since_unix_epoch(deadline));
    Some(match name {
        "Limits::handshake_bytes" => handshake_bytes as u128,
        "Limits::certificate_bytes" => certificate_bytes as u128,
        "Limits::message_bytes" => message_bytes as u128,
        "Limits::messages" => messages.into(),
        "Limits::early_data" => early_data.into(),
        "Limits::deadline" => deadline.as_millis(),
        "Budget::signatures" => signatures.into(),
        "Budget::candidates" => candidates.into(),
        "Budget::comparisons" => comparisons.into(),
        "Policy::max_depth" => policy.max_depth as u128,
        "Policy::least_rsa_bits" => policy.least_rsa_bits as u128,
        "record_limit" => {
            let gcm = handfast_crypto::AeadAlgorithm::Aes128Gcm.record_limit();
            assert_eq!(gcm, handfast_crypto::AeadAlgorithm::Aes256Gcm.record_limit());
            gcm.into()
        }
        // The constants that are public are asked, the others are read.
        "MAX_IDLE" => handfast_record::MAX_IDLE.into(),
        "MAX_WARNINGS" => handfast_record::MAX_WARNINGS.into(),
        "MAX_WIRE" => handfast_record::MAX_WIRE as u128,
        "MAX_KEY_UPDATES" => handfast_handshake::after::MAX_KEY_UPDATES.into(),
        "MAX_TICKETS" => handfast_handshake::after::MAX_TICKETS.into(),
        "MAX_DEPTH" => handfast_x509::MAX_DEPTH as u128,
        "MAX_CHAIN" => handfast_x509::MAX_CHAIN as u128,
        "MAX_ATTEMPTS" => handfast_x509::MAX_ATTEMPTS as u128,
        "MAX_EXTENSIONS" => handfast_x509::MAX_EXTENSIONS as u128,
        // A range, whose end is the limit.
        "BITS" => read(path).ok()?.split_once("..=")?.1.split(';').next()?.parse().ok()?,
        // Constants of the crate's root may stand in the value of another.
        name => {
            let krate = path.split_once("/src/")?.0;
            let both = read(path).ok()? + &read(&format!("{krate}/src/lib.rs")).ok()?;
            constant(&both, name)?
        }
    })
}

/// The first place of each row of the table of limits, with what the row prints as its default.
fn limits() -> Vec<(String, String, String)> {
    let table = page().into_iter().find(Table::is_limits).expect("there is one");
    let column = |name: &str| table.columns.iter().position(|c| c == name).expect("the column is there");
    let (default, place_at) = (column("default"), column("where it is set"));
    let rows = table.rows.iter().map(|row| {
        let (path, names) = spans(&row[place_at]).first().and_then(|s| place(s)).expect("a limit is set somewhere");
        (path.to_owned(), names[0].to_owned(), row[default].clone())
    });
    rows.collect()
}

#[test]
fn the_limits_that_are_printed_are_those_of_the_code() {
    let mut faults = Vec::new();
    for (path, name, default) in limits() {
        let (printed, actual) = (printed(&default), actual(&path, &name));
        if printed.is_none() || printed != actual {
            faults.push(format!("{path}: {name} is {actual:?}, and the page says {default} ({printed:?})"));
        }
    }
    none(faults);
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_limit_of_the_code_is_in_the_table() {
    let named: BTreeSet<(String, String)> = limits().into_iter().map(|(path, name, _)| (path, name)).collect();
    let config = "handfast/src/config.rs";
    // Exhaustive: another field does not compile.
    let handfast::Limits {
        handshake_bytes: _,
        certificate_bytes: _,
        message_bytes: _,
        messages: _,
        early_data: _,
        deadline: _,
    } = handfast::Limits::default();
    let fields = ["handshake_bytes", "certificate_bytes", "message_bytes", "messages", "early_data", "deadline"];
    let mut wanted: BTreeSet<(String, String)> =
        fields.iter().map(|field| (config.to_owned(), format!("Limits::{field}"))).collect();
    for field in ["signatures", "candidates", "comparisons"] {
        wanted.insert(("x509/src/policy.rs".to_owned(), format!("Budget::{field}")));
    }
    // And every constant that is called the most of something, in the layers that a peer reaches.
    for home in ["record", "handshake", "codec", "x509", "handfast"] {
        let prefix = if home == "handfast" { home.to_owned() } else { format!("handfast-{home}") };
        let dir = root().join("crates").join(prefix).join("src");
        let mut files = Vec::new();
        sources(&dir, &mut files);
        for file in files {
            let path = format!("{home}/src/{}", file.strip_prefix(&dir).unwrap().display());
            for line in fs::read_to_string(&file).unwrap().lines() {
                let constant = line.split_once("const ").and_then(|(_, rest)| rest.split_once(": "));
                if let Some((name, _)) = constant.filter(|(name, _)| name.starts_with("MAX_")) {
                    wanted.insert((path.clone(), name.to_owned()));
                }
            }
        }
    }
    let missing = wanted.difference(&named).map(|(path, name)| format!("{path}: {name} is no row of the limits"));
    none(missing.collect());
}

#[test]
fn what_is_wrong_with_a_row_is_noticed() {
    let text = "/// Doc.\n#[test]\n#[ignore]\nfn real() {}\nfn helper() {}\n    row: Rule, |p| x();\n";
    assert!(is_test(text, "real", false) && is_test(text, "row", false) && is_test(text, "helper", true));
    assert!(!is_test(text, "helper", false) && !is_test(text, "rea", false) && !is_test(text, "absent", true));
    assert!(has_word("const MAX_IDLE: u8", "MAX_IDLE") && !has_word("const MAX_IDLE_2: u8", "MAX_IDLE"));
    assert_eq!(faults_of_tests("`record/tests/limits.rs: no_such_test`").len(), 1);
    assert_eq!(faults_of_tests("`record/tests/no_such_file.rs: a`").len(), 1);
    assert_eq!(faults_of_places("`record/src/opener.rs: CcsRule, NoSuchThing`").len(), 1);
    // A symbol that only the tests inside of a file have is no place in the code.
    assert_eq!(faults_of_places("`record/src/sealer.rs: Sealer, a_sequence_number_never_wraps`").len(), 1);
    assert_eq!(printed("256 KiB"), Some(262_144));
    assert_eq!(printed("2^14 + 256 bytes (RFC)"), Some(16_640));
    assert_eq!((printed("30 s"), printed("64 messages"), printed("many")), (Some(30_000), Some(64), None));
    let source = "const A: usize = 1 << 14;\npub const B: usize = A + 2 * C + 5;\nconst C: u8 = 1_0;";
    assert_eq!((constant(source, "A"), constant(source, "B")), (Some(16_384), Some(16_409)));
}
