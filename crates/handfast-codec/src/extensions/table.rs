//! Which extension may stand in which message (the table of RFC 9846 §4.3), as data.

use alloc::{vec, vec::Vec};

use handfast_crypto::ExtensionType;

/// A message that carries extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Place {
    /// ClientHello, of either version.
    ClientHello,
    /// ServerHello of TLS 1.3.
    ServerHello,
    /// HelloRetryRequest.
    HelloRetryRequest,
    /// EncryptedExtensions.
    EncryptedExtensions,
    /// An entry of a TLS 1.3 Certificate.
    Certificate,
    /// CertificateRequest of TLS 1.3.
    CertificateRequest,
    /// NewSessionTicket of TLS 1.3.
    NewSessionTicket,
    /// ServerHello of TLS 1.2, which also carries what TLS 1.3 moved to EncryptedExtensions.
    ServerHello12,
}

/// One extension and the messages it may stand in.
#[derive(Clone, Copy, Debug)]
pub struct Placement {
    /// The extension.
    pub extension: ExtensionType,
    /// Where it may stand.
    pub places: &'static [Place],
    /// Where its syntax is given.
    pub section: &'static str,
}

macro_rules! placements {
    ($( $extension:ident: $( $place:ident )*, $section:literal; )*) => {
        /// Every extension that we recognise, in the order of their numbers. An extension without a row is
        /// unknown: it may stand anywhere and is ignored (RFC 9846 §4.3).
        pub const PLACEMENTS: &[Placement] = &[ $(
            Placement {
                extension: ExtensionType::$extension,
                places: &[ $( placements!(@ $place) ),* ],
                section: $section,
            },
        )* ];
    };
    (@ CH) => { Place::ClientHello };
    (@ SH) => { Place::ServerHello };
    (@ HRR) => { Place::HelloRetryRequest };
    (@ EE) => { Place::EncryptedExtensions };
    (@ CT) => { Place::Certificate };
    (@ CR) => { Place::CertificateRequest };
    (@ NST) => { Place::NewSessionTicket };
    (@ SH12) => { Place::ServerHello12 };
}

// SH12 is the ServerHello of TLS 1.2: each extension's own RFC says whether a server answers it there.
placements! {
    SERVER_NAME: CH EE CR SH12, "RFC 6066 §3";
    MAX_FRAGMENT_LENGTH: CH EE SH12, "RFC 6066 §4";
    CLIENT_CERTIFICATE_URL: CH SH12, "RFC 6066 §5";
    TRUSTED_CA_KEYS: CH SH12, "RFC 6066 §6";
    TRUNCATED_HMAC: CH SH12, "RFC 6066 §7";
    STATUS_REQUEST: CH CR CT SH12, "RFC 6066 §8";
    // departs: RFC 8422 §5.2 gives a TLS 1.2 server no such answer, but servers in the field send it.
    SUPPORTED_GROUPS: CH EE SH12, "RFC 9846 §4.3.7";
    EC_POINT_FORMATS: CH SH12, "RFC 8422 §5.1.2";
    SIGNATURE_ALGORITHMS: CH CR, "RFC 9846 §4.3.3";
    USE_SRTP: CH EE SH12, "RFC 5764 §4.1";
    HEARTBEAT: CH EE SH12, "RFC 6520 §2";
    APPLICATION_LAYER_PROTOCOL_NEGOTIATION: CH EE SH12, "RFC 7301 §3.1";
    STATUS_REQUEST_V2: CH SH12, "RFC 6961 §2.2";
    // departs: RFC 9846 lists transparency_info in its stead; RFC 8446 §4.2 and the field use this one.
    SIGNED_CERTIFICATE_TIMESTAMP: CH CR CT SH12, "RFC 6962 §3.3.1";
    CLIENT_CERTIFICATE_TYPE: CH EE SH12, "RFC 7250 §3";
    SERVER_CERTIFICATE_TYPE: CH EE SH12, "RFC 7250 §3";
    PADDING: CH, "RFC 7685 §3";
    ENCRYPT_THEN_MAC: CH SH12, "RFC 7366 §2";
    EXTENDED_MAIN_SECRET: CH SH12, "RFC 7627 §5.1";
    COMPRESS_CERTIFICATE: CH CR, "RFC 8879 §3";
    RECORD_SIZE_LIMIT: CH EE SH12, "RFC 8449 §4";
    DELEGATED_CREDENTIAL: CH CR CT, "RFC 9345 §4.1";
    SESSION_TICKET: CH SH12, "RFC 5077 §3.2";
    PRE_SHARED_KEY: CH SH, "RFC 9846 §4.3.11";
    EARLY_DATA: CH EE NST, "RFC 9846 §4.3.10";
    SUPPORTED_VERSIONS: CH SH HRR, "RFC 9846 §4.3.1";
    COOKIE: CH HRR, "RFC 9846 §4.3.2";
    PSK_KEY_EXCHANGE_MODES: CH, "RFC 9846 §4.3.9";
    CERTIFICATE_AUTHORITIES: CH CR, "RFC 9846 §4.3.4";
    OID_FILTERS: CR, "RFC 9846 §4.3.5";
    POST_HANDSHAKE_AUTH: CH, "RFC 9846 §4.3.6";
    SIGNATURE_ALGORITHMS_CERT: CH CR, "RFC 9846 §4.3.3";
    KEY_SHARE: CH SH HRR, "RFC 9846 §4.3.8";
    QUIC_TRANSPORT_PARAMETERS: CH EE, "RFC 9001 §8.2";
    ECH_OUTER_EXTENSIONS: CH, "RFC 9849 §5.1";
    ENCRYPTED_CLIENT_HELLO: CH HRR EE, "RFC 9849 §5";
    RENEGOTIATION_INFO: CH SH12, "RFC 5746 §3.2";
}

/// The row of an extension that we recognise.
pub fn placement(extension: ExtensionType) -> Option<&'static Placement> {
    let row = PLACEMENTS.binary_search_by_key(&extension.0, |p| p.extension.0).ok()?;
    PLACEMENTS.get(row)
}

/// Whether the extension may stand in the message; one that we do not know may stand anywhere.
pub fn may_stand(extension: ExtensionType, place: Place) -> bool {
    placement(extension).is_none_or(|row| row.places.contains(&place))
}

/// The 16-bit values met so far in a block. Adding is constant time however many a peer sends.
///
/// ```text
/// 0..64 ─► one bit each       the rest ─► `few`, until it is full ─► 8 KiB of bits, once
/// ```
#[derive(Default)]
pub(crate) struct Seen {
    low: u64,
    few: [u16; 8],
    used: usize,
    many: Vec<u64>,
}

impl Seen {
    /// Adds the value; `false` if it was there.
    pub(crate) fn insert(&mut self, value: u16) -> bool {
        if value < 64 {
            return set(core::slice::from_mut(&mut self.low), value);
        }
        if let Some(few) = self.few.get(..self.used)
            && few.contains(&value)
        {
            return false;
        }
        if let Some(free) = self.few.get_mut(self.used) {
            *free = value;
            self.used += 1;
            return true;
        }
        if self.many.is_empty() {
            self.many = vec![0; 1 << 10];
        }
        set(&mut self.many, value)
    }
}

/// Sets bit `value`; `false` if it was set.
fn set(words: &mut [u64], value: u16) -> bool {
    let Some(word) = words.get_mut(usize::from(value >> 6)) else { return false };
    let bit = 1 << (value & 63);
    let new = *word & bit == 0;
    *word |= bit;
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_in_order() {
        assert!(PLACEMENTS.is_sorted_by_key(|p| p.extension.0));
    }

    #[test]
    fn every_registered_extension_but_flags_has_a_row() {
        let without: Vec<_> = ExtensionType::KNOWN.iter().filter(|&&e| placement(e).is_none()).collect();
        // tls_flags is recognised by name alone: nothing here reads it.
        assert_eq!(without, [&ExtensionType::TLS_FLAGS]);
    }

    #[test]
    fn an_unknown_extension_may_stand_anywhere() {
        assert!(may_stand(ExtensionType(0x1234), Place::NewSessionTicket));
        assert!(!may_stand(ExtensionType::KEY_SHARE, Place::NewSessionTicket));
    }

    #[test]
    fn a_value_is_new_exactly_once() {
        let mut seen = Seen::default();
        assert!((0..=u16::MAX).all(|v| seen.insert(v)));
        assert!(!(0..=u16::MAX).any(|v| seen.insert(v)));
    }
}
