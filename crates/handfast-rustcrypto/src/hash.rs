use alloc::boxed::Box;
use core::marker::PhantomData;
use handfast_crypto::hash::{Hash, HashContext, Hmac};
use handfast_crypto::{Digest, HashAlgorithm};
use hmac::{EagerHash, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroize;

pub(crate) const ALL: &[&dyn Hash] = &[
    &Sha::<Sha256>(HashAlgorithm::Sha256, PhantomData),
    &Sha::<Sha384>(HashAlgorithm::Sha384, PhantomData),
    &Sha::<Sha512>(HashAlgorithm::Sha512, PhantomData),
];

struct Sha<D>(HashAlgorithm, PhantomData<fn() -> D>);

impl<D: EagerHash + Send + Sync + 'static> Hash for Sha<D>
where
    hmac::Hmac<D>: Mac + KeyInit + Clone,
{
    fn algorithm(&self) -> HashAlgorithm {
        self.0
    }

    fn start(&self) -> Box<dyn HashContext> {
        Box::new(Context(D::new()))
    }

    fn hash(&self, parts: &[&[u8]]) -> Digest {
        let mut hash = D::new();
        parts.iter().for_each(|p| hash.update(p));
        Digest::new(&hash.finalize())
    }

    fn with_key(&self, key: &[u8], work: &mut dyn FnMut(&dyn Hmac)) {
        // RFC 2104 §2 hashes a long key and pads a short one, so that every length is a key.
        let key = <hmac::Hmac<D> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
        work(&Key(key));
    }
}

/// The inner and outer padded key blocks, hashed, on the stack; wiped by their library.
struct Key<D: EagerHash>(hmac::Hmac<D>);

impl<D: EagerHash> Hmac for Key<D>
where
    hmac::Hmac<D>: Mac + Clone,
{
    fn mac(&self, parts: &[&[u8]], out: &mut [u8]) {
        let mut mac = self.0.clone();
        parts.iter().for_each(|p| mac.update(p));
        let mut tag = mac.finalize().into_bytes();
        out.iter_mut().zip(tag.iter()).for_each(|(to, from)| *to = *from);
        // The value may be key material: HKDF is made of these.
        tag.as_mut_slice().zeroize();
    }
}

struct Context<D>(D);

impl<D: EagerHash + Send + Sync + 'static> HashContext for Context<D> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn fork(&self) -> Digest {
        Digest::new(&self.0.clone().finalize())
    }

    fn duplicate(&self) -> Box<dyn HashContext> {
        Box::new(Self(self.0.clone()))
    }
}
