//! Every seed of every target, whole, cut short and changed, on a stable compiler.

use handfast_fuzz::{TARGETS, Target};
use std::path::PathBuf;

/// How many cuts, and how many changed bytes, are tried of each seed; spread evenly over it.
const VARIANTS: usize = 64;

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// At most [`VARIANTS`] places out of `len`, the first and the last among them.
fn places(len: usize) -> impl Iterator<Item = usize> {
    let most = VARIANTS.min(len);
    (0..most).map(move |i| if most > 1 { i * (len - 1) / (most - 1) } else { 0 })
}

/// Says which input it was, since a panic inside a target cannot.
struct Trying<'a>(&'a str, &'a [u8]);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let hex: String = self.1.iter().map(|b| format!("{b:02x}")).collect();
            eprintln!("the input was {}: {hex}", self.0);
        }
    }
}

fn replay(name: &str) {
    let (_, target): &(&str, Target) = TARGETS.iter().find(|(n, _)| *n == name).expect("a target");
    let run = |what: &str, bytes: &[u8]| {
        let _trying = Trying(what, bytes);
        target(bytes);
    };
    let seeds = seeds(name);
    assert!(!seeds.is_empty() && seeds.len() <= 60, "{} seeds", seeds.len());
    for (path, seed) in seeds {
        let what = path.display().to_string();
        run(&what, &seed);
        for cut in places(seed.len()) {
            run(&format!("{what} cut at {cut}"), &seed[..cut]);
        }
        for (i, place) in places(seed.len()).enumerate() {
            let mut changed = seed.clone();
            changed[place] ^= 1 << (i % 8);
            run(&format!("{what} changed at {place}"), &changed);
        }
    }
}

macro_rules! replays {
    ($($target:ident)*) => {
        $( #[test] fn $target() { replay(stringify!($target)); } )*

        #[test]
        fn no_target_is_left_out() {
            let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$( stringify!($target) ),*]);
        }
    };
}

replays! {
    codec_message codec_small record_open record_seal_open joiner client_machine server_machine certificate pem
    connection
}
