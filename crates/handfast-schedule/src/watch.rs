/// Follows the derivations of a schedule one by one, or does not.
///
/// What a watch sees is secret: whoever turns it on owns where the bytes go.
///
/// ```
/// use handfast_schedule::Watch;
/// let mut names = Vec::new();
/// let mut note = |step: &handfast_schedule::Step<'_>| names.push(step.name);
/// let mut watch = Watch::new(&mut note);
/// let mut nobody = Watch::off();
/// # let _ = (&mut watch, &mut nobody);
/// ```
pub struct Watch<'a>(Option<&'a mut dyn FnMut(&Step<'_>)>);

impl<'a> Watch<'a> {
    /// Nobody watches; a derivation then costs one comparison more than without.
    pub const fn off() -> Self {
        Self(None)
    }

    /// `see` is called after each derivation, in order.
    pub fn new(see: &'a mut dyn FnMut(&Step<'_>)) -> Self {
        Self(Some(see))
    }

    pub(crate) fn step(&mut self, name: &'static str, operation: Operation<'_>, output: &[u8]) {
        if let Some(see) = &mut self.0 {
            see(&Step { name, operation, output });
        }
    }
}

/// One derivation: what it is called, how it was made, what came out.
pub struct Step<'a> {
    /// The output's name in the RFC, as `client_handshake_traffic_secret`.
    pub name: &'static str,
    /// How the output was made.
    pub operation: Operation<'a>,
    /// The output. Secret.
    pub output: &'a [u8],
}

/// The three ways of making a secret out of another.
#[non_exhaustive]
pub enum Operation<'a> {
    /// HKDF-Extract (RFC 5869 §2.2).
    Extract {
        /// The name of the secret that is the salt; `"0"` for none.
        salt: &'static str,
        /// The input keying material: a PSK or shared secret, or as many zeros. Secret.
        input: &'a [u8],
    },
    /// HKDF-Expand-Label (RFC 9846 §7.1).
    ExpandLabel {
        /// The name of the secret that was expanded.
        from: &'static str,
        /// The label, without the `"tls13 "` that stands before each.
        label: &'static str,
        /// The context: a transcript hash, a nonce, or nothing.
        context: &'a [u8],
    },
    /// The PRF of TLS 1.2 (RFC 5246 §5).
    Prf {
        /// The name of the secret.
        from: &'static str,
        /// The label.
        label: &'static str,
        /// The seed, in the pieces it was given in.
        seed: &'a [&'a [u8]],
    },
}
