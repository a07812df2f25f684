//! handfast beside its peers, in one run: handshakes and throughput here, allocations and memory by
//! `footprint`, a program of its own, since an allocator that counts takes time.
//!
//! Contenders take turns in small blocks, so that noise hits all alike. Quoted is the 10th percentile
//! of the times. Only ratios of one run mean something.
#![forbid(unsafe_code)]

mod clock;
mod report;

use clock::{Samples, Timed};
use handfast_bench::contenders::{Version, Visit, missing, show};
use handfast_bench::stack::Stack;
use handfast_bench::{Pki, SIZES};
use report::{Row, Table};
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: compare [--json] [--blocks N] [--no-footprint]";

/// What was asked for.
struct Options {
    json: bool,
    /// How often everyone has a turn.
    blocks: usize,
    footprint: bool,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self { json: false, blocks: 100, footprint: true };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--json" => options.json = true,
                "--blocks" => options.blocks = args.next()?.parse().ok().filter(|n| *n > 0)?,
                "--no-footprint" => options.footprint = false,
                _ => return None,
            }
        }
        Some(options)
    }
}

/// Everyone who takes part.
#[derive(Default)]
struct Contenders(Vec<Box<dyn Timed>>);

impl Visit for Contenders {
    fn visit<S: Stack + 'static>(&mut self, stack: S) {
        self.0.push(Box::new(stack));
    }
}

/// Everything about one version.
fn table(pki: &Pki, version: Version, blocks: usize) -> Table {
    let mut contenders = Contenders::default();
    show(pki, version, &mut contenders);
    let contenders = contenders.0;
    let mut rows: Vec<_> = contenders.iter().map(|c| Row::new(c.label())).collect();
    let mut measure = |run: &dyn Fn(&dyn Timed, &mut Samples)| {
        let mut samples: Vec<Samples> = contenders.iter().map(|_| Samples::default()).collect();
        for block in 0..blocks {
            for turn in 0..contenders.len() {
                let who = (block + turn) % contenders.len();
                run(&*contenders[who], &mut samples[who]);
            }
        }
        for (row, samples) in rows.iter_mut().zip(samples) {
            row.times.push(samples.quiet());
        }
    };
    measure(&|stack, samples| stack.handshakes(samples));
    for size in SIZES {
        measure(&|stack, samples| stack.bulk(size, samples));
    }
    Table { version, rows }
}

/// Builds and runs the other program; `None` outside of `cargo run`, or if that fails.
fn footprint(json: bool) -> Option<String> {
    let mut cargo = Command::new(std::env::var_os("CARGO")?);
    cargo.args(["run", "--quiet", "--package", env!("CARGO_PKG_NAME"), "--bin", "footprint"]);
    cargo.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    if cfg!(feature = "peers") {
        cargo.args(["--features", "peers"]);
    }
    if json {
        cargo.args(["--", "--json"]);
    }
    let output = cargo.output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}

fn main() -> ExitCode {
    let Some(options) = Options::parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let pki = Pki::new();
    let tables = Version::BOTH.map(|version| table(&pki, version, options.blocks));
    let footprint = if options.footprint { footprint(options.json) } else { None };
    if options.json {
        println!("{:#}", report::json(&tables, options.blocks, footprint.as_deref(), missing()));
        return ExitCode::SUCCESS;
    }
    print!("{}", report::text(&tables, options.blocks));
    match footprint {
        Some(text) => print!("\n{text}"),
        None => println!("\nmemory: cargo run --release -p handfast-bench --bin footprint"),
    }
    if let Some(missing) = missing() {
        println!("\n{missing}");
    }
    ExitCode::SUCCESS
}
