//! `handfast ca`: writes throw-away certificates and keys to files.

use crate::args::{CaCommand, LeafArgs, MakeArgs, NewArgs};
use crate::pki::{Authority, AuthorityOptions, LeafOptions, Purpose, Validity};
use rand_core::RngCore;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Does what `command` says and prints one line per file written to `say`.
///
/// # Errors
/// A sentence for the user; nothing is written if a file would have been overwritten without
/// `--force`.
pub fn run(command: &CaCommand, say: &mut dyn Write) -> Result<(), String> {
    match command {
        CaCommand::New(args) => new(args, say),
        CaCommand::Leaf(args) => leaf(args, say),
    }
}

fn new(args: &NewArgs, say: &mut dyn Write) -> Result<(), String> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => format!("handfast throw-away CA {}", tag()?),
    };
    let options = AuthorityOptions { name, key_type: args.make.key_type, validity: validity(&args.make) };
    let files = Files::at(&args.make.out, "ca");
    files.refuse_overwriting(args.make.force)?;
    let ca = Authority::new(&options).map_err(|e| e.to_string())?;
    let what = format!("CA certificate {:?}, {}, {}", options.name, options.key_type, options.validity);
    files.write(&ca.pem(), &ca.key_pem(), &what, args.make.force, say)
}

/// A few random hex digits: enough to tell the authorities of one machine apart.
fn tag() -> Result<String, String> {
    let mut bytes = [0; 3];
    rand_core::OsRng.try_fill_bytes(&mut bytes).map_err(|e| format!("no randomness: {e}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn leaf(args: &LeafArgs, say: &mut dyn Write) -> Result<(), String> {
    let options = LeafOptions {
        names: args.names.clone(),
        key_type: args.make.key_type,
        validity: validity(&args.make),
        purpose: if args.client { Purpose::Client } else { args.eku },
        san: !args.no_san,
    };
    let first = args.names.first().map_or("leaf", String::as_str);
    let files =
        Files::at(&args.make.out, &first.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-', "_"));
    files.refuse_overwriting(args.make.force)?;
    let issued = match &args.ca {
        None => options.self_signed(),
        Some(prefix) => {
            let root = load(prefix)?;
            if args.intermediate {
                let name = "handfast throw-away intermediate".into();
                root.intermediate(&AuthorityOptions { name, ..AuthorityOptions::default() })
                    .and_then(|i| i.leaf(&options))
            } else {
                root.leaf(&options)
            }
        }
    };
    let issued = issued.map_err(|e| e.to_string())?;
    let chain = if args.intermediate { ", then its intermediate" } else { "" };
    let what = format!("certificate of {}, {}, {}{chain}", args.names.join(", "), options.key_type, options.validity);
    files.write(&issued.chain_pem, &issued.key_pem, &what, args.make.force, say)
}

fn validity(make: &MakeArgs) -> Validity {
    let now = Validity::now();
    if make.expired {
        Validity::expired(now, make.days)
    } else if make.not_yet_valid {
        Validity::not_yet(now, make.days)
    } else {
        Validity::days(now, make.days)
    }
}

fn load(prefix: &Path) -> Result<Authority, String> {
    let files = Files::at(prefix, "ca");
    let read = |path: &Path| fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()));
    Authority::load(&read(&files.pem)?, &read(&files.key)?)
        .map_err(|e| format!("cannot use {} with {}: {e}", files.pem.display(), files.key.display()))
}

/// A certificate file and its key file.
struct Files {
    pem: PathBuf,
    key: PathBuf,
}

impl Files {
    /// `PREFIX.pem` and `PREFIX.key`, or `name.pem` and `name.key` if `prefix` is a directory.
    /// A prefix that was completed to the name of the certificate is taken as meant.
    fn at(prefix: &Path, name: &str) -> Self {
        let mut stem = prefix.to_path_buf();
        if prefix.is_dir() {
            stem.push(name);
        } else if prefix.extension() == Some(OsStr::new("pem")) {
            stem.set_extension("");
        }
        let with = |end: &str| {
            let mut path = stem.clone().into_os_string();
            path.push(end);
            PathBuf::from(path)
        };
        Self { pem: with(".pem"), key: with(".key") }
    }

    fn refuse_overwriting(&self, force: bool) -> Result<(), String> {
        match [&self.pem, &self.key].into_iter().find(|p| !force && p.symlink_metadata().is_ok()) {
            Some(path) => Err(format!("{} exists (--force overwrites)", path.display())),
            None => Ok(()),
        }
    }

    fn write(&self, pem: &str, key: &str, what: &str, force: bool, say: &mut dyn Write) -> Result<(), String> {
        for (path, text, secret, line) in [(&self.key, key, true, "private key"), (&self.pem, pem, false, what)] {
            if force {
                // Removed, not truncated: the new key must not inherit the old file's permissions.
                let _ = fs::remove_file(path);
            }
            create(path, text, secret).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
            writeln!(say, "{}  {line}", path.display()).map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

fn create(path: &Path, text: &str, secret: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    options.open(path)?.write_all(text.as_bytes())
}
