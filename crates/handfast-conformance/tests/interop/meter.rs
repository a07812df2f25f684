//! What one side of a connection takes from the heap, without what the crypto library takes.
//!
//! The allocator counts for the whole program. A [`Meter`] counts only while [`Meter::run`] runs its
//! side, and a provider made by [`metered`] stops it during every call into the backend:
//!
//! ```text
//!   Meter::run ├──ours──┤ library ├──ours──┤ library ├──ours──┤
//!                       └ backend ┘        └ backend ┘
//! ```
//!
//! What a backend keeps to itself (a running hash, an expanded key, a key pair) is never counted.
//! Bytes that it hands over (a share, a secret, a signature) are counted as held, since what becomes
//! of them is up to us, but not as an allocation of ours.

use handfast::crypto::aead::{Aead, AeadKey, NONCE_LEN, TAG_LEN};
use handfast::crypto::group::{Group, KeyExchange};
use handfast::crypto::hash::{Hash, HashContext, Hmac};
use handfast::crypto::sign::{KeyKind, LoadKey, SignatureAlgorithm, SigningKey, Verify};
use handfast::crypto::{AeadAlgorithm, CryptoError, Digest, HashAlgorithm, Random, Secret};
use handfast::{NamedGroup, Provider, SignatureScheme};
use stats_alloc::{INSTRUMENTED_SYSTEM, Stats};
use std::sync::{Mutex, MutexGuard};

/// The count of one side.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    /// Allocations, and reallocations, of which each may be one.
    pub(crate) allocations: usize,
    /// Bytes held now.
    pub(crate) live: isize,
    /// A bound on the most bytes ever held: between two looks at the allocator, whatever is
    /// allocated counts as held together. There is a look at each call into the backend.
    pub(crate) peak: isize,
    /// How many looks there were.
    pub(crate) looks: usize,
}

/// The meter that runs, and what the allocator said when it last looked.
static RUNNING: Mutex<Option<(Meter, Stats)>> = Mutex::new(None);

fn running() -> MutexGuard<'static, Option<(Meter, Stats)>> {
    RUNNING.lock().expect("no thread panics with it")
}

impl Meter {
    /// Counts what `work` allocates.
    pub(crate) fn run<R>(&mut self, work: impl FnOnce() -> R) -> R {
        *running() = Some((*self, INSTRUMENTED_SYSTEM.stats()));
        let result = work();
        look();
        if let Some((meter, _)) = running().take() {
            *self = meter;
        }
        result
    }
}

/// Counts what was allocated since the last look as ours.
fn look() {
    if let Some((meter, last)) = &mut *running() {
        let now = INSTRUMENTED_SYSTEM.stats();
        let change = now - *last;
        meter.allocations += change.allocations + change.reallocations;
        meter.peak = meter.peak.max(meter.live + change.bytes_allocated as isize);
        meter.live += net(&change);
        meter.looks += 1;
        *last = now;
    }
}

fn net(change: &Stats) -> isize {
    change.bytes_allocated as isize - change.bytes_deallocated as isize
}

/// Runs a call into the backend, and tells what it has left on the heap.
fn library<R>(call: impl FnOnce() -> R) -> (R, isize) {
    look();
    let before = INSTRUMENTED_SYSTEM.stats();
    let result = call();
    let after = INSTRUMENTED_SYSTEM.stats();
    if let Some((_, last)) = &mut *running() {
        *last = after;
    }
    (result, net(&(after - before)))
}

/// Counts bytes as held by us that a library has allocated.
fn hold(bytes: isize) {
    if let Some((meter, _)) = &mut *running() {
        meter.live += bytes;
        meter.peak = meter.peak.max(meter.live);
    }
}

/// A call that hands over bytes.
fn handed_over<R>(call: impl FnOnce() -> R) -> R {
    let (result, left) = library(call);
    hold(left);
    result
}

/// Something that the backend keeps to itself, with the heap it takes there.
struct Kept<T: ?Sized> {
    inner: Option<Box<T>>,
    heap: isize,
}

impl<T: ?Sized> Kept<T> {
    fn new(make: impl FnOnce() -> Box<T>) -> Box<Self> {
        let ((mut kept, inner), heap) = library(|| {
            let inner = make();
            (Box::new(Self { inner: None, heap: 0 }), inner)
        });
        kept.inner = Some(inner);
        kept.heap = heap - size_of::<Self>() as isize;
        kept
    }

    fn inner(&self) -> &T {
        self.inner.as_deref().expect("it is only taken out at the end")
    }
}

impl<T: ?Sized> Drop for Kept<T> {
    fn drop(&mut self) {
        library(|| self.inner.take());
        // Its own box was never counted, and is about to be freed as if it had been.
        hold(size_of::<Self>() as isize);
    }
}

/// The same primitives, not counted.
pub(crate) fn metered(provider: &Provider) -> Provider {
    /// Providers live as long as the program.
    fn all<T: Copy, U: 'static + ?Sized>(of: &[T], wrap: impl Fn(T) -> &'static U) -> &'static [&'static U] {
        Vec::leak(of.iter().map(|one| wrap(*one)).collect())
    }
    Provider {
        hashes: all(provider.hashes, |hash| -> &'static dyn Hash { Box::leak(Box::new(MeteredHash(hash))) }),
        aeads: all(provider.aeads, |aead| -> &'static dyn Aead { Box::leak(Box::new(MeteredAead(aead))) }),
        groups: all(provider.groups, |group| -> &'static dyn Group { Box::leak(Box::new(MeteredGroup(group))) }),
        verify: Box::leak(Box::new(MeteredVerify(provider.verify))),
        keys: Box::leak(Box::new(MeteredKeys(provider.keys))),
        ..provider.clone()
    }
}

struct MeteredHash(&'static dyn Hash);

impl Hash for MeteredHash {
    fn algorithm(&self) -> HashAlgorithm {
        self.0.algorithm()
    }

    fn start(&self) -> Box<dyn HashContext> {
        Kept::new(|| self.0.start())
    }

    fn hash(&self, parts: &[&[u8]]) -> Digest {
        library(|| self.0.hash(parts)).0
    }

    // What `work` does in there is ours again, and by its contract the backend allocates nothing.
    fn with_key(&self, key: &[u8], work: &mut dyn FnMut(&dyn Hmac)) {
        look();
        self.0.with_key(key, work);
    }
}

impl HashContext for Kept<dyn HashContext> {
    fn update(&mut self, bytes: &[u8]) {
        library(|| self.inner.as_mut().expect("it is only taken out at the end").update(bytes));
    }

    fn fork(&self) -> Digest {
        library(|| self.inner().fork()).0
    }

    fn duplicate(&self) -> Box<dyn HashContext> {
        Self::new(|| self.inner().duplicate())
    }
}

struct MeteredAead(&'static dyn Aead);

impl Aead for MeteredAead {
    fn algorithm(&self) -> AeadAlgorithm {
        self.0.algorithm()
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        let mut failed = Ok(());
        let kept = Kept::new(|| {
            self.0.key(key).unwrap_or_else(|e| {
                failed = Err(e);
                Box::new(NoKey)
            })
        });
        failed.map(|()| kept as Box<dyn AeadKey>)
    }
}

/// What stands in for a key that could not be made.
struct NoKey;

impl AeadKey for NoKey {
    fn seal(&self, _: &[u8; NONCE_LEN], _: &[u8], _: &mut [u8]) -> Result<[u8; TAG_LEN], CryptoError> {
        Err(CryptoError::BadKey)
    }

    fn open(&self, _: &[u8; NONCE_LEN], _: &[u8], _: &mut [u8]) -> Result<usize, CryptoError> {
        Err(CryptoError::BadKey)
    }
}

impl AeadKey for Kept<dyn AeadKey> {
    fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], CryptoError> {
        library(|| self.inner().seal(nonce, aad, text)).0
    }

    fn open(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8]) -> Result<usize, CryptoError> {
        library(|| self.inner().open(nonce, aad, sealed)).0
    }
}

struct MeteredGroup(&'static dyn Group);

impl Group for MeteredGroup {
    fn group(&self) -> NamedGroup {
        self.0.group()
    }

    fn start(&self, random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError> {
        let kept: Box<Kept<dyn KeyExchange>> = Kept::new(|| self.0.start(random).expect("a working random source"));
        Ok(kept)
    }

    fn respond(&self, random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError> {
        handed_over(|| self.0.respond(random, share))
    }
}

impl KeyExchange for Kept<dyn KeyExchange> {
    fn group(&self) -> NamedGroup {
        self.inner().group()
    }

    fn share(&self) -> &[u8] {
        self.inner().share()
    }

    fn finish(mut self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError> {
        let inner = self.inner.take().expect("it is only taken out at the end");
        let (secret, left) = library(|| inner.finish(share));
        hold(left + self.heap);
        secret
    }
}

struct MeteredVerify(&'static dyn Verify);

impl Verify for MeteredVerify {
    fn supports(&self, key: KeyKind, algorithm: SignatureAlgorithm) -> bool {
        self.0.supports(key, algorithm)
    }

    fn verify(
        &self,
        key: KeyKind,
        algorithm: SignatureAlgorithm,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        library(|| self.0.verify(key, algorithm, public_key, message, signature)).0
    }
}

struct MeteredKeys(&'static dyn LoadKey);

impl LoadKey for MeteredKeys {
    fn load(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        Ok(Box::new(MeteredKey(self.0.load(pkcs8)?)))
    }
}

struct MeteredKey(Box<dyn SigningKey>);

impl SigningKey for MeteredKey {
    fn kind(&self) -> KeyKind {
        self.0.kind()
    }

    fn schemes(&self) -> &[SignatureScheme] {
        self.0.schemes()
    }

    fn public_key(&self) -> &[u8] {
        self.0.public_key()
    }

    fn sign(&self, scheme: SignatureScheme, random: &dyn Random, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        handed_over(|| self.0.sign(scheme, random, message))
    }
}
