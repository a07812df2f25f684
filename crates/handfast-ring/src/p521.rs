//! P-521, which ring lacks: the curve of RustCrypto with ring's randomness.

use alloc::boxed::Box;
use alloc::vec::Vec;
use handfast_crypto::group::{Group, KeyExchange};
use handfast_crypto::{CryptoError, NamedGroup, Random, Secret};
use p521::elliptic_curve::sec1::ToSec1Point;
use p521::{FieldBytes, PublicKey, SecretKey};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

/// The length of an uncompressed point.
const POINT: usize = 133;

/// How often a private key that is zero or not below the group order is drawn again. The order is
/// within 2^-260 of 2^521, so one failure means that the source is broken.
const DRAWS: usize = 2;

pub(crate) struct P521;

impl P521 {
    fn pair() -> Result<Pair, CryptoError> {
        let random = SystemRandom::new();
        let mut bytes = Zeroizing::new(FieldBytes::default());
        for _ in 0..DRAWS {
            random.fill(&mut bytes).map_err(|_| CryptoError::Random)?;
            // 66 bytes are 528 bits, and the order has 521.
            if let Some(top) = bytes.first_mut() {
                *top &= 1;
            }
            if let Ok(private) = SecretKey::from_bytes(&bytes) {
                let public = Vec::from(private.public_key().to_sec1_point(false).as_bytes());
                return Ok(Pair { private, public });
            }
        }
        Err(CryptoError::Random)
    }
}

impl Group for P521 {
    fn group(&self) -> NamedGroup {
        NamedGroup::SECP521R1
    }

    fn start(&self, _random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError> {
        Ok(Box::new(Self::pair()?))
    }

    fn respond(&self, _random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError> {
        let pair = Self::pair()?;
        let secret = pair.agree(share)?;
        Ok((pair.public, secret))
    }
}

struct Pair {
    /// Wiped when dropped, by its library.
    private: SecretKey,
    public: Vec<u8>,
}

impl Pair {
    fn agree(&self, share: &[u8]) -> Result<Secret, CryptoError> {
        // RFC 9846 §4.3.8.2: the uncompressed form only, and the point must be on the curve.
        if share.len() != POINT || share.first() != Some(&4) {
            return Err(CryptoError::BadShare);
        }
        let share = PublicKey::from_sec1_bytes(share).map_err(|_| CryptoError::BadShare)?;
        Ok(Secret::new(self.private.diffie_hellman(&share).raw_secret_bytes()))
    }
}

impl KeyExchange for Pair {
    fn group(&self) -> NamedGroup {
        NamedGroup::SECP521R1
    }

    fn share(&self) -> &[u8] {
        &self.public
    }

    fn finish(self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError> {
        self.agree(share)
    }
}
