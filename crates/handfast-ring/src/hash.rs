use alloc::boxed::Box;
use handfast_crypto::hash::{Hash, HashContext, Hmac};
use handfast_crypto::{Digest, HashAlgorithm};
use ring::{digest, hmac};

pub(crate) const ALL: &[&dyn Hash] = &[
    &Sha { name: HashAlgorithm::Sha256, digest: &digest::SHA256, hmac: hmac::HMAC_SHA256 },
    &Sha { name: HashAlgorithm::Sha384, digest: &digest::SHA384, hmac: hmac::HMAC_SHA384 },
    &Sha { name: HashAlgorithm::Sha512, digest: &digest::SHA512, hmac: hmac::HMAC_SHA512 },
];

struct Sha {
    name: HashAlgorithm,
    digest: &'static digest::Algorithm,
    hmac: hmac::Algorithm,
}

impl Hash for Sha {
    fn algorithm(&self) -> HashAlgorithm {
        self.name
    }

    fn start(&self) -> Box<dyn HashContext> {
        Box::new(Context(digest::Context::new(self.digest)))
    }

    fn hash(&self, parts: &[&[u8]]) -> Digest {
        let mut context = digest::Context::new(self.digest);
        parts.iter().for_each(|p| context.update(p));
        Digest::new(context.finish().as_ref())
    }

    fn with_key(&self, key: &[u8], work: &mut dyn FnMut(&dyn Hmac)) {
        work(&Key(hmac::Key::new(self.hmac, key)));
    }
}

/// The inner and outer padded key blocks, hashed, on the stack.
struct Key(hmac::Key);

impl Hmac for Key {
    fn mac(&self, parts: &[&[u8]], out: &mut [u8]) {
        let mut context = hmac::Context::with_key(&self.0);
        parts.iter().for_each(|p| context.update(p));
        let tag = context.sign();
        out.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
    }
}

struct Context(digest::Context);

impl HashContext for Context {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn fork(&self) -> Digest {
        // ring's context holds its state and block inline, so the clone stays on the stack.
        Digest::new(self.0.clone().finish().as_ref())
    }

    fn duplicate(&self) -> Box<dyn HashContext> {
        Box::new(Self(self.0.clone()))
    }
}
