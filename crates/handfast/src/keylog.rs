//! The key log (RFC 9850): a listener of the event stream like any other.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt::Write;
use handfast_handshake::{Event, Observer};

/// Where key log lines go.
pub trait KeyLog: Send + Sync {
    /// One line without its newline: a label, the client random and a secret, in hexadecimal.
    fn line(&self, line: &str);
}

/// Turns the events of one connection into key log lines.
pub struct KeyLogger {
    log: Arc<dyn KeyLog>,
    client_random: [u8; 32],
}

impl KeyLogger {
    /// A listener that writes to `log`.
    pub fn new(log: Arc<dyn KeyLog>) -> Self {
        Self { log, client_random: [0; 32] }
    }
}

/// The label of a secret in the log (RFC 9850 §2), by its name in the key schedule.
fn label(name: &str) -> Option<&'static str> {
    Some(match name {
        "client_early_traffic_secret" => "CLIENT_EARLY_TRAFFIC_SECRET",
        "early_exporter_secret" => "EARLY_EXPORTER_SECRET",
        "client_handshake_traffic_secret" => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "server_handshake_traffic_secret" => "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "client_application_traffic_secret_0" => "CLIENT_TRAFFIC_SECRET_0",
        "server_application_traffic_secret_0" => "SERVER_TRAFFIC_SECRET_0",
        "exporter_secret" => "EXPORTER_SECRET",
        // TLS 1.2 has one secret, which is that of the client random.
        "main_secret_1_2" => "CLIENT_RANDOM",
        _ => return None,
    })
}

impl Observer for KeyLogger {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::ClientRandom(random) => self.client_random = **random,
            Event::Derived(step) => {
                let tls12 = matches!(step.operation, handfast_schedule::Operation::Prf { .. });
                let name = if tls12 && step.name == "main_secret" { "main_secret_1_2" } else { step.name };
                let Some(label) = label(name) else { return };
                let mut line = String::with_capacity(label.len() + 2 + 2 * (32 + step.output.len()));
                line.push_str(label);
                for bytes in [&self.client_random[..], step.output] {
                    line.push(' ');
                    // Writing to a String cannot fail.
                    bytes.iter().for_each(|b| _ = write!(line, "{b:02x}"));
                }
                self.log.line(&line);
                zeroize::Zeroize::zeroize(&mut line);
            }
            _ => {}
        }
    }
}

/// A key log in a file, as `SSLKEYLOGFILE` names it. Lines are appended whole, and each as it comes.
#[cfg(feature = "std")]
pub struct KeyLogFile(std::sync::Mutex<std::fs::File>);

#[cfg(feature = "std")]
impl KeyLogFile {
    /// Opens `path` for appending, and makes it if it is not there, readable by its owner alone.
    ///
    /// # Errors
    /// Whatever opening the file fails with.
    pub fn open(path: impl AsRef<std::path::Path>) -> std::io::Result<Self> {
        let mut options = std::fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self(std::sync::Mutex::new(options.open(path)?)))
    }
}

#[cfg(feature = "std")]
impl KeyLog for KeyLogFile {
    fn line(&self, line: &str) {
        use std::io::Write as _;
        let whole = zeroize::Zeroizing::new(alloc::format!("{line}\n"));
        // A log that cannot be written must not end a connection.
        if let Ok(mut file) = self.0.lock() {
            _ = file.write_all(whole.as_bytes());
        }
    }
}
