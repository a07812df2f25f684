//! The figures as text and as JSON.

use handfast_bench::SIZES;
use handfast_bench::contenders::Version;
use serde_json::{Value, json};
use std::fmt::Write;

/// The figures of one contender.
pub(crate) struct Row {
    name: String,
    /// Nanoseconds of both sides: a handshake, then one write of each size.
    pub(crate) times: Vec<[f64; 2]>,
}

impl Row {
    pub(crate) fn new(name: String) -> Self {
        Self { name, times: Vec::new() }
    }
}

/// The figures of one version; the first row is the one that others are compared with.
pub(crate) struct Table {
    pub(crate) version: Version,
    pub(crate) rows: Vec<Row>,
}

/// The versions of what is measured, from the lock file of this build.
fn locked() -> Vec<(&'static str, &'static str)> {
    let lock = include_str!("../../../../Cargo.lock");
    let version = |name: &str| {
        let at = lock.find(&format!("name = \"{name}\"\n"))?;
        lock[at..].lines().nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
    };
    let crates = ["rustls", "ring", if cfg!(feature = "peers") { "aws-lc-rs" } else { "" }];
    crates.into_iter().filter_map(|name| Some((name, version(name)?))).collect()
}

/// For people.
pub(crate) fn text(tables: &[Table], blocks: usize) -> String {
    let mut out = String::new();
    let versions: Vec<_> = locked().into_iter().map(|(name, version)| format!("{name} {version}")).collect();
    let _ = writeln!(
        out,
        "X25519, ECDSA P-256, AES-128-GCM; leaf and intermediate sent, root in the store, name verified; no tickets.\n\
         In memory, one thread, each side on its own clock, {blocks} interleaved blocks; 10th percentile of the times.\n\
         In brackets: time relative to the first row, above 1 is slower. {}.\n\
         Halves and unbuffered leave the text where it was received; the others copy it to the reader.",
        versions.join(", ")
    );
    for Table { version, rows } in tables {
        let label = version.label();
        let _ = writeln!(out, "\nTLS {label}, full handshake, us\n{:28}{:>16}{:>16}", "", "client", "server");
        for row in rows {
            let cell = |side: usize| {
                let ns = row.times[0][side];
                format!("{:.1} ({:.2})", ns / 1e3, ns / rows[0].times[0][side])
            };
            let _ = writeln!(out, "{:28}{:>16}{:>16}", row.name, cell(0), cell(1));
        }
        let _ = writeln!(out, "\nTLS {label}, one connection, MB/s by size of the writes, send and receive");
        let heads: String = SIZES.iter().flat_map(|size| ["send", "receive"].map(|d| (d, size))).fold(
            format!("{:28}", ""),
            |mut line, (direction, size)| {
                let _ = write!(line, "{:>16}", format!("{direction} {size}"));
                line
            },
        );
        let _ = writeln!(out, "{heads}");
        for row in rows {
            let _ = write!(out, "{:28}", row.name);
            for (n, size) in SIZES.iter().enumerate() {
                for side in 0..2 {
                    let (ns, first) = (row.times[n + 1][side], rows[0].times[n + 1][side]);
                    let cell = format!("{:.0} ({:.2})", *size as f64 * 1e3 / ns, ns / first);
                    let _ = write!(out, "{cell:>16}");
                }
            }
            let _ = writeln!(out);
        }
    }
    out
}

/// For programs: times in nanoseconds, a handshake and one write each.
pub(crate) fn json(tables: &[Table], blocks: usize, footprint: Option<&str>, missing: Option<&str>) -> Value {
    let time = |ns: f64, first: f64| json!({ "ns": ns, "ratio": ns / first });
    let both = |names: [&str; 2], times: [f64; 2], first: [f64; 2]| json!({ names[0]: time(times[0], first[0]), names[1]: time(times[1], first[1]) });
    let tables: Vec<Value> = tables
        .iter()
        .map(|Table { version, rows }| {
            let rows: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let writes: serde_json::Map<String, Value> = SIZES
                        .iter()
                        .zip(1..)
                        .map(|(size, n)| (size.to_string(), both(["send", "receive"], row.times[n], rows[0].times[n])))
                        .collect();
                    json!({
                        "name": row.name,
                        "handshake": both(["client", "server"], row.times[0], rows[0].times[0]),
                        "write": writes,
                    })
                })
                .collect();
            json!({ "version": version.label(), "rows": rows })
        })
        .collect();
    let versions: serde_json::Map<String, Value> =
        locked().into_iter().map(|(name, version)| (name.to_owned(), version.into())).collect();
    json!({
        "blocks": blocks,
        "versions": versions,
        "time": tables,
        "footprint": footprint.and_then(|text| serde_json::from_str::<Value>(text).ok()),
        "missing": missing,
    })
}
