use crate::mlkem::{MlKem768, MlKem1024};
use crate::p521::P521;
use alloc::boxed::Box;
use alloc::vec::Vec;
use handfast_crypto::group::{Group, KeyExchange};
use handfast_crypto::hybrid::Hybrid;
use handfast_crypto::{CryptoError, NamedGroup, Random, Secret};
use ring::agreement::{self, EphemeralPrivateKey, PublicKey, UnparsedPublicKey, agree_ephemeral};
use ring::rand::SystemRandom;

pub(crate) const ALL: &[&dyn Group] = &[
    &X25519,
    &Curve { name: NamedGroup::SECP256R1, ring: &agreement::ECDH_P256 },
    &Curve { name: NamedGroup::SECP384R1, ring: &agreement::ECDH_P384 },
    &Hybrid::x25519_mlkem768(&MlKem768, &X25519),
    &MlKem1024,
    &P521,
];

const X25519: Curve = Curve { name: NamedGroup::X25519, ring: &agreement::X25519 };

#[derive(Clone, Copy)]
struct Curve {
    name: NamedGroup,
    ring: &'static agreement::Algorithm,
}

impl Curve {
    fn pair(self) -> Result<Pair, CryptoError> {
        let private =
            EphemeralPrivateKey::generate(self.ring, &SystemRandom::new()).map_err(|_| CryptoError::Random)?;
        let public = private.compute_public_key().map_err(|_| CryptoError::Random)?;
        Ok(Pair { curve: self, private, public })
    }
}

impl Group for Curve {
    fn group(&self) -> NamedGroup {
        self.name
    }

    fn start(&self, _random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError> {
        Ok(Box::new(self.pair()?))
    }

    fn respond(&self, _random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError> {
        let pair = self.pair()?;
        let ours = Vec::from(pair.public.as_ref());
        Ok((ours, pair.agree(share)?))
    }
}

struct Pair {
    curve: Curve,
    private: EphemeralPrivateKey,
    public: PublicKey,
}

impl Pair {
    /// ring checks length, encoding (uncompressed only) and curve of a point, and that X25519
    /// does not come out as all zeros (RFC 9846 §4.3.8.2, §7.4.2).
    fn agree(self, share: &[u8]) -> Result<Secret, CryptoError> {
        agree_ephemeral(self.private, &UnparsedPublicKey::new(self.curve.ring, share), Secret::new)
            .map_err(|_| CryptoError::BadShare)
    }
}

impl KeyExchange for Pair {
    fn group(&self) -> NamedGroup {
        self.curve.name
    }

    fn share(&self) -> &[u8] {
        self.public.as_ref()
    }

    fn finish(self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError> {
        self.agree(share)
    }
}
