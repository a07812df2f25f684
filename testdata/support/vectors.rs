//! Tests of vectors that are not part of this repository.
//!
//! The files are in the folder that `HANDFAST_DATA` names, or, if it is not set, in `shared/data` beside the
//! checkout. A test whose file is missing is reported as ignored, for one that passes says too much;
//! under `CI=true` it fails.

use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A test: what it claims, the file it needs, and what is to be done with the bytes of that file.
pub(crate) type Test = (&'static str, &'static str, fn(&[u8]));

/// The `main` of a test program without the usual harness.
pub(crate) fn run(tests: &[Test]) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), tests.iter().map(trial).collect()).exit_code()
}

fn trial(&(name, file, test): &Test) -> Trial {
    let path = folder().join(file);
    if path.exists() {
        return Trial::test(name, move || {
            let bytes = std::fs::read(&path).map_err(|e| Failed::from(format!("{}: {e}", path.display())))?;
            test(&bytes);
            Ok(())
        });
    }
    let in_ci = std::env::var_os("CI").is_some_and(|v| v == "true");
    let why = format!("needs HANDFAST_DATA with {file}");
    Trial::test(format!("{name} ({why})"), move || Err(why.into())).with_ignored_flag(!in_ci)
}

/// A folder that is named wins, even if nothing is there.
fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    std::env::var_os("HANDFAST_DATA").map_or_else(beside, PathBuf::from)
}
