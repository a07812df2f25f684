//! Two groups as one: whoever wants the secret has to break both.
//!
//! RFC 10024 joins a key encapsulation that a quantum computer should not break with a curve that
//! has been attacked for decades. Nothing is mixed: shares and secrets are laid end to end, in one
//! order, and the key schedule hashes what comes out.
//!
//! ```text
//!                 first              second
//! client's share  encapsulation key  public key      1184 + 32 bytes for X25519MLKEM768
//! server's share  ciphertext         public key      1088 + 32
//! secret          of the KEM         of the curve      32 + 32
//! ```

use crate::group::{Group, KeyExchange};
use crate::{CryptoError, NamedGroup, Random, Secret};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A group made of two others of the same backend. X25519MLKEM768 puts the KEM first, other than its
/// name says; SecP256r1MLKEM768 and SecP384r1MLKEM1024 put the curve first (RFC 10024 §4).
///
/// Both halves draw from the same source, the first one before the second.
pub struct Hybrid {
    /// The name of the whole.
    pub group: NamedGroup,
    /// What stands first in every share and in the secret.
    pub first: &'static dyn Group,
    /// What follows.
    pub second: &'static dyn Group,
    /// How many bytes of a client's share are the first group's.
    pub client: usize,
    /// How many bytes of a server's share are the first group's.
    pub server: usize,
}

impl Hybrid {
    /// X25519MLKEM768 (RFC 10024 §4.1): `mlkem768` first, then `x25519`.
    pub const fn x25519_mlkem768(mlkem768: &'static dyn Group, x25519: &'static dyn Group) -> Self {
        Self { group: NamedGroup::X25519MLKEM768, first: mlkem768, second: x25519, client: 1184, server: 1088 }
    }
}

impl Group for Hybrid {
    fn group(&self) -> NamedGroup {
        self.group
    }

    fn start(&self, random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError> {
        let (first, second) = (self.first.start(random)?, self.second.start(random)?);
        let share = [first.share(), second.share()].concat();
        Ok(Box::new(Pair { group: self.group, first, second, share, theirs: self.server }))
    }

    fn respond(&self, random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError> {
        // What is left for the second group has the right length or is refused by that group.
        let (first, second) = share.split_at_checked(self.client).ok_or(CryptoError::BadShare)?;
        let (mut ours, first) = self.first.respond(random, first)?;
        let (rest, second) = self.second.respond(random, second)?;
        ours.extend(rest);
        Ok((ours, joined(&first, &second)))
    }
}

struct Pair {
    group: NamedGroup,
    first: Box<dyn KeyExchange>,
    second: Box<dyn KeyExchange>,
    share: Vec<u8>,
    /// How many bytes of the peer's share are for `first`.
    theirs: usize,
}

impl KeyExchange for Pair {
    fn group(&self) -> NamedGroup {
        self.group
    }

    fn share(&self) -> &[u8] {
        &self.share
    }

    fn finish(self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError> {
        let (first, second) = share.split_at_checked(self.theirs).ok_or(CryptoError::BadShare)?;
        Ok(joined(&self.first.finish(first)?, &self.second.finish(second)?))
    }
}

/// One secret behind the other.
fn joined(first: &Secret, second: &Secret) -> Secret {
    let mut whole = Secret::zeroed(first.bytes().len() + second.bytes().len());
    let halves = first.bytes().iter().chain(second.bytes());
    whole.bytes_mut().iter_mut().zip(halves).for_each(|(out, byte)| *out = *byte);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// A group whose shares have one length in each direction and whose secret is its own letter and
    /// the peer's share.
    struct Letter(u8, usize, usize);

    struct Waiting(Vec<u8>, usize);

    impl Group for Letter {
        fn group(&self) -> NamedGroup {
            NamedGroup(self.0.into())
        }
        fn start(&self, _random: &dyn Random) -> Result<Box<dyn KeyExchange>, CryptoError> {
            Ok(Box::new(Waiting(vec![self.0; self.1], self.2)))
        }
        fn respond(&self, _random: &dyn Random, share: &[u8]) -> Result<(Vec<u8>, Secret), CryptoError> {
            let ours = vec![self.0.to_ascii_uppercase(); self.2];
            if share.len() == self.1 { Ok((ours, Secret::new(share))) } else { Err(CryptoError::BadShare) }
        }
    }

    impl KeyExchange for Waiting {
        fn group(&self) -> NamedGroup {
            NamedGroup(0)
        }
        fn share(&self) -> &[u8] {
            &self.0
        }
        fn finish(self: Box<Self>, share: &[u8]) -> Result<Secret, CryptoError> {
            if share.len() == self.1 { Ok(Secret::new(share)) } else { Err(CryptoError::BadShare) }
        }
    }

    struct None;

    impl Random for None {
        fn fill(&self, _out: &mut [u8]) -> Result<(), CryptoError> {
            Ok(())
        }
    }

    const WHOLE: Hybrid = Hybrid {
        group: NamedGroup::X25519MLKEM768,
        first: &Letter(b'a', 3, 2),
        second: &Letter(b'b', 1, 4),
        client: 3,
        server: 2,
    };

    #[test]
    fn shares_and_secrets_stand_in_the_order_of_the_groups() {
        let ours = WHOLE.start(&None).unwrap();
        assert_eq!((ours.group(), ours.share()), (NamedGroup::X25519MLKEM768, &b"aaab"[..]));
        let (share, secret) = WHOLE.respond(&None, b"123x").unwrap();
        assert_eq!((&share[..], secret.bytes()), (&b"AABBBB"[..], &b"123x"[..]));
        assert_eq!(ours.finish(b"12wxyz").unwrap().bytes(), b"12wxyz");
    }

    #[test]
    fn a_share_of_any_other_length_is_refused() {
        for len in (0..10).filter(|len| *len != 4) {
            assert_eq!(WHOLE.respond(&None, &vec![0; len]).map(|_| ()), Err(CryptoError::BadShare), "{len}");
        }
        for len in (0..10).filter(|len| *len != 6) {
            let ours = WHOLE.start(&None).unwrap();
            assert_eq!(ours.finish(&vec![0; len]).map(|_| ()), Err(CryptoError::BadShare), "{len}");
        }
    }
}
