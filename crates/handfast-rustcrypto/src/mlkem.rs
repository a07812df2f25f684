//! ML-KEM (FIPS 203) from given random bytes: d and z make a key pair, m is encapsulated.

use alloc::boxed::Box;
use alloc::vec::Vec;
use handfast_crypto::group::{Group, KeyExchange};
use handfast_crypto::{CryptoError, NamedGroup, Random, Secret};
use ml_kem::kem::{Decapsulate, Key, KeyExport};
use ml_kem::{B32, Ciphertext, DecapsulationKey, EncapsulationKey, Seed};
use zeroize::Zeroizing;

/// A row is a parameter set of the library, and the name that it has in TLS.
macro_rules! parameter_sets {
    ($($Set:ident, $Pair:ident, $name:ident;)*) => {$(
        pub(crate) struct $Set;

        impl Group for $Set {
            fn group(&self) -> NamedGroup {
                NamedGroup::$name
            }

            fn start(&self, random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError> {
                // d and z of FIPS 203 §6.1, in this order.
                let mut seed = Zeroizing::new(Seed::default());
                random.fill(&mut seed)?;
                let private = Box::new(DecapsulationKey::<ml_kem::$Set>::from_seed(*seed));
                let public = private.encapsulation_key().to_bytes();
                Ok(Box::new($Pair { private, public }))
            }

            fn respond(&self, random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError> {
                // FIPS 203 §7.2: the length, and that no coefficient is the modulus or more.
                let key = share.try_into().map_err(|_| CryptoError::BadShare)?;
                let key = EncapsulationKey::<ml_kem::$Set>::new(key).map_err(|_| CryptoError::BadShare)?;
                let mut m = Zeroizing::new(B32::default());
                random.fill(&mut m)?;
                let (ciphertext, secret) = key.encapsulate_deterministic(&m);
                Ok((Vec::from(ciphertext.as_slice()), Secret::new(&Zeroizing::new(secret))))
            }
        }

        struct $Pair {
            /// Wiped when dropped, by its library.
            private: Box<DecapsulationKey<ml_kem::$Set>>,
            public: Key<EncapsulationKey<ml_kem::$Set>>,
        }

        impl KeyExchange for $Pair {
            fn group(&self) -> NamedGroup {
                NamedGroup::$name
            }

            fn share(&self) -> &[u8] {
                &self.public
            }

            fn finish(self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError> {
                let ciphertext: &Ciphertext<ml_kem::$Set> = share.try_into().map_err(|_| CryptoError::BadShare)?;
                Ok(Secret::new(&Zeroizing::new(self.private.decapsulate(ciphertext))))
            }
        }
    )*};
}

parameter_sets! {
    MlKem768, Pair768, MLKEM768;
    MlKem1024, Pair1024, MLKEM1024;
}
