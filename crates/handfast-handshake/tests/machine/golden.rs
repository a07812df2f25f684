//! Files that a person can read and diff, made from the tables.

use std::path::PathBuf;

/// Compares `text` with a file, its path given from this crate's directory. With `HANDFAST_BLESS=1`
/// the file is written instead.
pub fn check(path: &str, text: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("HANDFAST_BLESS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        return;
    }
    let was = std::fs::read_to_string(&file).unwrap_or_default();
    if was == text {
        return;
    }
    let (old, new): (Vec<_>, Vec<_>) = (was.lines().collect(), text.lines().collect());
    let first = old.iter().zip(&new).position(|(o, n)| o != n).unwrap_or(old.len().min(new.len()));
    let shown =
        |lines: &[&str], sign| lines.iter().skip(first).take(5).map(|l| format!("{sign} {l}\n")).collect::<String>();
    panic!(
        "{path} no longer says what the tables say, from line {} on. A change here is a change of the protocol: \
         argue it from the RFC, then run the test with HANDFAST_BLESS=1.\n{}{}",
        first + 1,
        shown(&old, '-'),
        shown(&new, '+')
    );
}
