//! The place where one fault is built: a directory, and chance that a seed repeats.

use std::cell::Cell;
use std::path::{Path, PathBuf};

/// The seed of a run that asks for none.
pub(crate) const SEED: u64 = 1;

/// A directory for one fault under one seed; it goes with the fault.
pub(crate) struct Lab {
    dir: PathBuf,
    state: Cell<u64>,
}

impl Lab {
    /// `seed` decides about names, dates and places; faults of one seed draw independently.
    pub(crate) fn new(id: &str, seed: u64) -> Result<Self, String> {
        let dir = format!("lab-{}-{id}-{seed}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(dir);
        std::fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
        let start =
            id.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        Ok(Self { dir, state: Cell::new(start) })
    }

    /// A number from `low` to `high`, both included (splitmix64).
    pub(crate) fn draw(&self, low: u64, high: u64) -> u64 {
        let state = self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.state.set(state);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        low + (z ^ (z >> 31)) % (high - low + 1)
    }

    /// A label of a host name: letters, six to ten.
    pub(crate) fn label(&self) -> String {
        let length = self.draw(6, 10);
        (0..length).map(|_| char::from(b'a' + self.draw(0, 25) as u8)).collect()
    }

    /// A host name that exists nowhere (RFC 6761).
    pub(crate) fn host(&self) -> String {
        format!("{}.test", self.label())
    }

    /// Writes a file and returns its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> Result<String, String> {
        let path = self.path(name);
        std::fs::write(&path, text).map_err(|e| format!("{path}: {e}"))?;
        Ok(path)
    }

    /// The path of a file here.
    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.dir);
    }
}
