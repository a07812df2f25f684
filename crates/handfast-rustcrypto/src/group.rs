use crate::mlkem::{MlKem768, MlKem1024};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;
use handfast_crypto::group::{Group, KeyExchange};
use handfast_crypto::hybrid::Hybrid;
use handfast_crypto::{CryptoError, NamedGroup, Random, Secret};
use p256::NistP256;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, PublicKey, SecretKey};
use p384::NistP384;
use p521::NistP521;
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

pub(crate) const ALL: &[&dyn Group] = &[
    &X25519,
    &Curve::<NistP256> { name: NamedGroup::SECP256R1, top: 0xff, curve: PhantomData },
    &Curve::<NistP384> { name: NamedGroup::SECP384R1, top: 0xff, curve: PhantomData },
    &Hybrid::x25519_mlkem768(&MlKem768, &X25519),
    &MlKem1024,
    &Curve::<NistP521> { name: NamedGroup::SECP521R1, top: 0x01, curve: PhantomData },
];

/// How often a private key that is zero or not below the group order is drawn again. A real source
/// needs a second draw once in 2^32 times, so this many failures mean that the source is broken.
const DRAWS: usize = 16;

struct X25519;

impl X25519 {
    fn pair(random: &dyn Random) -> Result<X25519Pair, CryptoError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes)?;
        let private = StaticSecret::from(*bytes);
        let public = x25519_dalek::PublicKey::from(&private).to_bytes();
        Ok(X25519Pair { private, public })
    }
}

impl Group for X25519 {
    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }

    fn start(&self, random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError> {
        Ok(Box::new(Self::pair(random)?))
    }

    fn respond(&self, random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError> {
        let pair = Self::pair(random)?;
        Ok((Vec::from(pair.public), pair.agree(share)?))
    }
}

struct X25519Pair {
    /// "Static" in its library's words, since only that type can be made from given bytes; it is
    /// used once and wiped like the others.
    private: StaticSecret,
    public: [u8; 32],
}

impl X25519Pair {
    fn agree(&self, share: &[u8]) -> Result<Secret, CryptoError> {
        let share: [u8; 32] = share.try_into().map_err(|_| CryptoError::BadShare)?;
        let secret = self.private.diffie_hellman(&share.into());
        // RFC 9846 §7.4.2: a share of small order gives all zeros, whatever our key is.
        if secret.was_contributory() { Ok(Secret::new(secret.as_bytes())) } else { Err(CryptoError::BadShare) }
    }
}

impl KeyExchange for X25519Pair {
    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }

    fn share(&self) -> &[u8] {
        &self.public
    }

    fn finish(self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError> {
        self.agree(share)
    }
}

/// A curve of NIST.
struct Curve<C> {
    name: NamedGroup,
    /// The bits of a private key's first byte that the group order has: 521 bits are not whole bytes.
    top: u8,
    curve: PhantomData<fn() -> C>,
}

impl<C> Curve<C>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    fn pair(&self, random: &dyn Random) -> Result<CurvePair<C>, CryptoError> {
        let mut bytes = Zeroizing::new(FieldBytes::<C>::default());
        for _ in 0..DRAWS {
            random.fill(&mut bytes)?;
            if let Some(first) = bytes.first_mut() {
                *first &= self.top;
            }
            if let Ok(private) = SecretKey::<C>::from_bytes(&bytes) {
                let public = Vec::from(private.public_key().to_sec1_point(false).as_bytes());
                return Ok(CurvePair { group: self.name, private, public });
            }
        }
        Err(CryptoError::Random)
    }
}

impl<C> Group for Curve<C>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    fn group(&self) -> NamedGroup {
        self.name
    }

    fn start(&self, random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError> {
        Ok(Box::new(self.pair(random)?))
    }

    fn respond(&self, random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError> {
        let pair = self.pair(random)?;
        let secret = pair.agree(share)?;
        Ok((pair.public, secret))
    }
}

struct CurvePair<C: CurveArithmetic> {
    group: NamedGroup,
    private: SecretKey<C>,
    public: Vec<u8>,
}

impl<C> CurvePair<C>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    fn agree(&self, share: &[u8]) -> Result<Secret, CryptoError> {
        // RFC 9846 §4.3.8.2: the uncompressed form only, and the point must be on the curve.
        if !is_uncompressed(share, self.public.len()) {
            return Err(CryptoError::BadShare);
        }
        let share = PublicKey::<C>::from_sec1_bytes(share).map_err(|_| CryptoError::BadShare)?;
        Ok(Secret::new(self.private.diffie_hellman(&share).raw_secret_bytes()))
    }
}

impl<C> KeyExchange for CurvePair<C>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    fn group(&self) -> NamedGroup {
        self.group
    }

    fn share(&self) -> &[u8] {
        &self.public
    }

    fn finish(self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError> {
        self.agree(share)
    }
}

/// Whether `point` looks like an uncompressed point of `len` bytes.
pub(crate) fn is_uncompressed(point: &[u8], len: usize) -> bool {
    point.len() == len && point.first() == Some(&4)
}
