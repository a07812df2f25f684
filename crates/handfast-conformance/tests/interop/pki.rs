//! The certificates of these tests: a root, an intermediate below it, and below that a server and a
//! client for each kind of key. On disk for OpenSSL, in memory for us.

use handfast::{Credential, Provider, Roots};
use handfast_cli::pki::{Authority, AuthorityOptions, Issued, KeyType, LeafOptions};
use std::fs;
use std::path::{Path, PathBuf};

/// The name on every server's certificate but the second one.
pub(crate) const NAME: &str = "localhost";
/// The name on the second server's certificate.
pub(crate) const OTHER_NAME: &str = "other.example";

/// Everything, with the directory that goes when this goes.
pub(crate) struct Pki {
    dir: PathBuf,
    root: Vec<u8>,
    intermediate: Vec<u8>,
    leaves: Vec<Leaf>,
}

/// One certificate with its key.
pub(crate) struct Leaf {
    key_type: KeyType,
    who: Who,
    issued: Issued,
}

/// Whose certificate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The server called [`NAME`].
    Server,
    /// The server called [`OTHER_NAME`].
    Other,
    /// A client.
    Client,
}

impl Pki {
    /// Makes it all; two RSA keys take most of the time.
    pub(crate) fn new() -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("interop-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a directory for certificates");
        let root = Authority::new(&AuthorityOptions::default()).expect("a root");
        let below = AuthorityOptions { name: "handfast throw-away intermediate".into(), ..AuthorityOptions::default() };
        let intermediate = root.intermediate(&below).expect("an intermediate");
        let mut leaves = Vec::new();
        for key_type in KeyType::ALL {
            for (who, options) in [
                (Who::Server, LeafOptions::server([NAME, "127.0.0.1"])),
                (Who::Client, LeafOptions::client("client.example")),
                (Who::Other, LeafOptions::server([OTHER_NAME])),
            ] {
                // One second server is enough.
                if who == Who::Other && key_type != KeyType::P256 {
                    continue;
                }
                let issued = intermediate.leaf(&LeafOptions { key_type, ..options }).expect("a leaf");
                leaves.push(Leaf { key_type, who, issued });
            }
        }
        let this = Self { root: root.der().to_vec(), intermediate: intermediate.der().to_vec(), leaves, dir };
        fs::write(this.file("root.pem"), root.pem()).expect("root.pem");
        fs::write(this.file("intermediate.pem"), intermediate.pem()).expect("intermediate.pem");
        for leaf in &this.leaves {
            fs::write(this.file(&leaf.name("pem")), &leaf.issued.chain_pem).expect("a chain");
            fs::write(this.file(&leaf.name("key")), &leaf.issued.key_pem).expect("a key");
        }
        this
    }

    /// A path in the directory.
    pub(crate) fn file(&self, name: &str) -> String {
        self.dir.join(name).to_string_lossy().into_owned()
    }

    /// What a verifier believes.
    pub(crate) fn roots(&self) -> Roots {
        let mut roots = Roots::new();
        roots.add_der(&self.root).expect("a trust anchor");
        roots
    }

    /// The intermediate certificate, in DER.
    pub(crate) fn intermediate(&self) -> &[u8] {
        &self.intermediate
    }

    fn leaf(&self, who: Who, key_type: KeyType) -> &Leaf {
        self.leaves.iter().find(|l| l.who == who && l.key_type == key_type).expect("every kind was made")
    }

    /// A chain with its key, for us.
    pub(crate) fn credential(&self, who: Who, key_type: KeyType, provider: &Provider) -> Credential {
        let issued = &self.leaf(who, key_type).issued;
        let chain = issued.chain_der.iter().map(|c| c.to_vec()).collect();
        Credential::new(chain, issued.key_der.secret_pkcs8_der(), provider).expect("a credential")
    }

    /// The same for OpenSSL, as its options.
    pub(crate) fn options(&self, who: Who, key_type: KeyType) -> Vec<String> {
        let leaf = self.leaf(who, key_type);
        let path = |end| self.file(&leaf.name(end));
        ["-cert", &path("pem"), "-key", &path("key"), "-cert_chain", &self.file("intermediate.pem")]
            .map(str::to_owned)
            .to_vec()
    }
}

impl Leaf {
    fn name(&self, end: &str) -> String {
        format!("{:?}-{:?}.{end}", self.who, self.key_type)
    }
}

impl Drop for Pki {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.dir);
    }
}
