//! Writes `fuzz/pki/` and `fuzz/corpus/`, the same bytes every time: `cargo run -p handfast-fuzz --example seed`.
//! When certificates change, run it twice: the corpora are recorded with what was compiled in.
#![forbid(unsafe_code)]

#[path = "seed/pki.rs"]
mod pki;
#[path = "seed/programs.rs"]
mod programs;

use std::collections::BTreeMap;
use std::path::Path;

/// The seeds of one target by file name.
pub(crate) type Seeds = BTreeMap<String, Vec<u8>>;

/// The most bytes in a seed, and the most seeds of a target.
const MOST: (usize, usize) = (2048, 60);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, der) in pki::certificates()? {
        std::fs::write(root.join("pki").join(format!("{name}.der")), der)?;
    }
    for (target, _) in handfast_fuzz::TARGETS {
        let folder = root.join("corpus").join(target);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let seeds = programs::seeds(target);
        assert!(!seeds.is_empty() && seeds.len() <= MOST.1, "{} seeds for {target}", seeds.len());
        for (name, bytes) in &seeds {
            assert!(bytes.len() <= MOST.0, "{target}/{name} has {} bytes", bytes.len());
            std::fs::write(folder.join(name), bytes)?;
        }
        println!("{target}: {} seeds", seeds.len());
    }
    Ok(())
}
