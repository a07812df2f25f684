use crate::keys::{Aad, Style};
use crate::{HEADER_LEN, MAX_SEALED_1_2, MAX_SEALED_1_3, MAX_TEXT, RecordError, RecordKeys, Rule};
use alloc::boxed::Box;
use core::ops::Range;
use handfast_codec::RecordHeader;
use handfast_crypto::aead::{AeadKey, TAG_LEN};
use handfast_crypto::{AlertDescription, AlertLevel, ContentType, ProtocolVersion};

/// How many records without content may follow one another: empty application data and
/// change_cipher_spec, both legal, both free for the sender.
pub const MAX_IDLE: u8 = 32;
/// How many warning alerts other than close_notify may follow one another.
pub const MAX_WARNINGS: u8 = 4;

/// What became of the bytes at the front of the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// No whole record yet: call again with at least `need` bytes, counted from the same place.
    More {
        /// The least length of the wire, in bytes.
        need: usize,
    },
    /// A record.
    Record {
        /// Its length on the wire.
        consumed: usize,
        /// What it holds.
        content_type: ContentType,
        /// Where its text now stands in the wire.
        text: Range<usize>,
    },
    /// A record that means nothing and is to be skipped.
    Dropped {
        /// Its length on the wire.
        consumed: usize,
        /// Why it means nothing.
        why: Why,
    },
}

/// Why a record was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// A change_cipher_spec for the eyes of middleboxes (RFC 9846 §E.4).
    Compatibility,
    /// Early data that this server does not take (RFC 9846 §4.3.10).
    EarlyData,
}

/// What to do with a change_cipher_spec in the clear (RFC 9846 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CcsRule {
    /// It is an error: before the first ClientHello, and after the handshake.
    Refuse,
    /// Drop it: during a TLS 1.3 handshake.
    Drop,
    /// Deliver it: during a TLS 1.2 handshake, where it is part of the protocol.
    Deliver,
}

/// The read half of the record layer.
///
/// It starts in the clear and refuses change_cipher_spec; whoever runs the handshake tells it
/// what the version and the moment allow. After an error every further call repeats its rule.
///
/// ```
/// use handfast_record::{Opened, Opener};
/// let mut opener = Opener::new();
/// assert_eq!(opener.open(&mut [22, 3, 1, 0]), Ok(Opened::More { need: 5 }));
/// let mut wire = *b"GET / HTTP/1.1\r\n";
/// let error = opener.open(&mut wire).unwrap_err();
/// assert_eq!(error.to_string(), "the first bytes are no TLS record: the peer speaks another protocol \
///     (RFC 9846 §5.1): \"GET /\"");
/// ```
pub struct Opener {
    keys: Option<RecordKeys>,
    seq: u64,
    /// One more than how many bytes of undecryptable records may be dropped; 0 outside of that mode.
    skip: u32,
    /// How many such bytes were allowed, for the error that says so.
    allowed: u32,
    max_text: u16,
    idle: u8,
    warnings: u8,
    ccs: CcsRule,
    plain_alert: bool,
    /// Whether any record was ever read: until then, what is no record is no TLS at all.
    met: bool,
    failed: Option<Rule>,
}

impl Default for Opener {
    fn default() -> Self {
        Self::new()
    }
}

impl Opener {
    /// In the clear, at the start of a connection.
    pub const fn new() -> Self {
        Self {
            keys: None,
            seq: 0,
            skip: 0,
            allowed: 0,
            max_text: MAX_TEXT as u16,
            idle: 0,
            warnings: 0,
            ccs: CcsRule::Refuse,
            plain_alert: false,
            met: false,
            failed: None,
        }
    }

    /// From now on records are protected with `keys`, counted from 0. The caller has checked that
    /// no handshake message spans this change: [`Joiner::aligned`](crate::Joiner::aligned).
    pub fn install(&mut self, keys: RecordKeys) {
        self.keys = Some(keys);
        self.seq = 0;
        self.met = true;
    }

    /// What to do with a change_cipher_spec in the clear from now on.
    pub fn set_ccs(&mut self, rule: CcsRule) {
        self.ccs = rule;
    }

    /// For a server that refuses early data: drops records of application data in the clear (until
    /// the next handshake record), or those that do not decrypt (until the first that does), as
    /// long as their ciphertexts do not exceed `allowed` bytes together (RFC 9846 §4.3.10).
    pub fn skip_early_data(&mut self, allowed: u32) {
        self.allowed = allowed;
        self.skip = allowed.saturating_add(1);
    }

    /// For a server that has just installed its first keys: an alert in the clear is taken until
    /// the first record decrypts. A client that cannot read the ServerHello has no keys to
    /// protect its complaint with. No other alert in the clear is taken once keys are in place:
    /// a server that sends protected records has them, and so would have its alerts.
    pub fn allow_plain_alert(&mut self) {
        self.plain_alert = true;
    }

    /// Lowers the most text we take in a record, type and padding not counted, where the peer has
    /// been told so (RFC 8449 §4). Values outside of 63 to 2^14 are moved to the nearest.
    pub fn set_max_text(&mut self, max: usize) {
        self.max_text = max.clamp(63, MAX_TEXT) as u16;
    }

    /// Whether records are protected.
    pub fn is_protected(&self) -> bool {
        self.keys.is_some()
    }

    /// How many records were opened under the current key. Not limited but by the sequence number:
    /// the sender answers for the limits of the key, and one record that does not decrypt ends
    /// the connection (RFC 9846 §5.5).
    pub fn records(&self) -> u64 {
        self.seq
    }

    /// Drops the expanded key while the connection is idle; nothing can be opened until
    /// [`Self::wake`]. Does nothing in the clear.
    pub fn park(&mut self) {
        if let Some(keys) = &mut self.keys {
            keys.park();
        }
    }

    /// Puts back the expanded key. It must be the same key.
    pub fn wake(&mut self, key: Box<dyn AeadKey>) {
        if let Some(keys) = &mut self.keys {
            keys.wake(key);
        }
    }

    /// Whether [`Self::wake`] is due.
    pub fn is_parked(&self) -> bool {
        self.keys.as_ref().is_some_and(|k| !k.is_awake())
    }

    /// Opens the record at the front of `wire`, in place. The header is judged as soon as it is
    /// there, before the rest has come.
    ///
    /// # Errors
    /// The rule that the peer broke; the connection is over. [`Rule::Parked`] if the key is parked:
    /// the one error that changes nothing.
    pub fn open(&mut self, wire: &mut [u8]) -> Result<Opened, RecordError> {
        if let Some(rule) = self.failed {
            return Err(RecordError::new(rule, 0, 0));
        }
        let (Some(header), Some(rest)) = (RecordHeader::parse(wire), wire.get_mut(HEADER_LEN..)) else {
            return Ok(Opened::More { need: HEADER_LEN });
        };
        let opened = self.judge(header).and_then(|clear| {
            let length = usize::from(header.length);
            match rest.get_mut(..length) {
                None => Ok(Opened::More { need: HEADER_LEN + length }),
                Some(body) if clear => self.take_clear(header, body),
                Some(body) => self.take_protected(header, body),
            }
        });
        opened.map_err(|e| {
            if e.rule != Rule::Parked {
                self.failed = Some(e.rule);
            }
            e.at(header, self.seq)
        })
    }

    /// All that a header alone can break; then whether this record is in the clear.
    fn judge(&self, header: RecordHeader) -> Result<bool, RecordError> {
        let RecordHeader { content_type, legacy_record_version: version, length } = header;
        let fail = |rule, expected: usize, found: usize| Err(RecordError::new(rule, expected, found));
        let known = matches!(
            content_type,
            ContentType::CHANGE_CIPHER_SPEC
                | ContentType::ALERT
                | ContentType::HANDSHAKE
                | ContentType::APPLICATION_DATA
        );
        if !self.met && (!known || version.0 >> 8 != 3) {
            return fail(Rule::NotTls, 0, 0);
        }
        if !known {
            return fail(Rule::UnknownType, 0, usize::from(content_type.0));
        }
        let style = self.keys.as_ref().map(|k| k.style);
        let clear = match (style, content_type) {
            (None, ContentType::APPLICATION_DATA) if self.skip > 0 => false,
            (None, ContentType::APPLICATION_DATA) => return fail(Rule::PlainApplicationData, 0, 0),
            (None, _) | (Some(Style::Tls13), ContentType::CHANGE_CIPHER_SPEC) => true,
            (Some(Style::Tls13), ContentType::ALERT) if self.plain_alert => true,
            (Some(Style::Tls13), ContentType::ALERT | ContentType::HANDSHAKE) => {
                let expected = usize::from(ContentType::APPLICATION_DATA.0);
                return fail(Rule::Unprotected, expected, usize::from(content_type.0));
            }
            (Some(_), _) => false,
        };
        // In the clear legacy_record_version is ignored (RFC 9846 §5.1), but for its first byte,
        // without which this is no record.
        let exact = style.is_some() && !clear;
        if version.0 >> 8 != 3 || exact && version != ProtocolVersion::TLS1_2 {
            return fail(Rule::RecordVersion, usize::from(ProtocolVersion::TLS1_2.0), usize::from(version.0));
        }
        let longest = match style {
            // The limit of RFC 8449 is for protected records only.
            _ if clear => MAX_TEXT,
            // Without keys this is early data to skip.
            None | Some(Style::Tls13) => MAX_SEALED_1_3,
            Some(Style::Gcm12 | Style::ChaCha12) => MAX_SEALED_1_2,
        };
        let length = usize::from(length);
        if length > longest {
            return fail(Rule::RecordTooLong, longest, length);
        }
        if !clear {
            return Ok(false);
        }
        match content_type {
            ContentType::CHANGE_CIPHER_SPEC if self.ccs == CcsRule::Refuse => fail(Rule::CcsNotAllowed, 0, 0),
            ContentType::CHANGE_CIPHER_SPEC if length != 1 => fail(Rule::CcsValue, 1, length),
            ContentType::HANDSHAKE | ContentType::ALERT if length == 0 => fail(Rule::EmptyFragment, 1, 0),
            ContentType::ALERT if length != 2 => fail(Rule::AlertLength, 2, length),
            _ => Ok(true),
        }
    }

    fn take_clear(&mut self, header: RecordHeader, body: &[u8]) -> Result<Opened, RecordError> {
        self.met = true;
        let consumed = HEADER_LEN + body.len();
        if header.content_type == ContentType::CHANGE_CIPHER_SPEC {
            if let Some(&found) = body.first().filter(|&&b| b != 1) {
                return Err(RecordError::new(Rule::CcsValue, 1, usize::from(found)));
            }
            if self.ccs == CcsRule::Drop {
                self.count_idle()?;
                return Ok(Opened::Dropped { consumed, why: Why::Compatibility });
            }
        }
        if self.keys.is_none() {
            // The second ClientHello ends what is skipped after a HelloRetryRequest.
            if header.content_type == ContentType::HANDSHAKE {
                self.skip = 0;
            }
            self.seq = self.seq.saturating_add(1);
        }
        self.settle(header.content_type, consumed, HEADER_LEN, body)
    }

    fn take_protected(&mut self, header: RecordHeader, body: &mut [u8]) -> Result<Opened, RecordError> {
        let consumed = HEADER_LEN + body.len();
        let Some(keys) = &self.keys else {
            return self.skip_record(consumed);
        };
        if self.seq == u64::MAX {
            return Err(RecordError::new(Rule::SequenceSpent, 0, 0));
        }
        let key = keys.key()?;
        let explicit = keys.style.explicit();
        let nonce = match body.first_chunk::<8>() {
            Some(chosen) if keys.style == Style::Gcm12 => keys.nonce_with(*chosen),
            _ => keys.nonce(self.seq),
        };
        let text_len = body.len().checked_sub(explicit + TAG_LEN);
        let aad = match keys.style {
            Style::Tls13 => Aad::tls13(header),
            Style::Gcm12 | Style::ChaCha12 => Aad::tls12(self.seq, header.content_type, text_len.unwrap_or(0)),
        };
        let opened = match (text_len, body.get_mut(explicit..)) {
            (Some(_), Some(sealed)) => key.open(&nonce, aad.bytes(), sealed).ok(),
            _ => None,
        };
        let Some(len) = opened else {
            if self.skip > 0 {
                return self.skip_record(consumed);
            }
            return Err(RecordError::new(Rule::BadRecordMac, 0, 0));
        };
        let style = keys.style;
        self.met = true;
        self.skip = 0;
        self.plain_alert = false;
        self.seq += 1;

        let inner = body.get(explicit..).and_then(|b| b.get(..len)).unwrap_or(&[]);
        let max = usize::from(self.max_text);
        let (content_type, text) = match style {
            Style::Tls13 => unpad(inner, max)?,
            // There is no second handshake, and so no second change_cipher_spec.
            _ if header.content_type == ContentType::CHANGE_CIPHER_SPEC => {
                return Err(RecordError::new(Rule::CcsNotAllowed, 0, 0));
            }
            Style::Gcm12 | Style::ChaCha12 => (header.content_type, inner),
        };
        if text.len() > max {
            return Err(RecordError::new(Rule::TextTooLong, max, text.len()));
        }
        self.settle(content_type, consumed, HEADER_LEN + explicit, text)
    }

    fn skip_record(&mut self, consumed: usize) -> Result<Opened, RecordError> {
        self.met = true;
        // An empty ciphertext costs something too, so that there is no endless stream of them.
        let cost = (consumed - HEADER_LEN).max(1) as u32;
        match self.skip.checked_sub(cost) {
            Some(left) if left > 0 => self.skip = left,
            _ => {
                let before = self.allowed.saturating_sub(self.skip.saturating_sub(1));
                let (allowed, spent) = (self.allowed as usize, before.saturating_add(cost) as usize);
                return Err(RecordError::new(Rule::TooMuchEarlyData, allowed, spent));
            }
        }
        Ok(Opened::Dropped { consumed, why: Why::EarlyData })
    }

    /// The rules on content that hold for every protection.
    fn settle(
        &mut self,
        content_type: ContentType,
        consumed: usize,
        start: usize,
        text: &[u8],
    ) -> Result<Opened, RecordError> {
        match (content_type, text) {
            (ContentType::HANDSHAKE | ContentType::ALERT | ContentType::CHANGE_CIPHER_SPEC, []) => {
                return Err(RecordError::new(Rule::EmptyFragment, 1, 0));
            }
            (ContentType::ALERT, &[level, description]) => {
                // user_canceled is no error whatever its level says (RFC 9846 §6.1).
                let description = AlertDescription(description);
                let warns = (AlertLevel(level) == AlertLevel::WARNING && description != AlertDescription::CLOSE_NOTIFY)
                    || description == AlertDescription::USER_CANCELED;
                if warns {
                    self.warnings += 1;
                    if self.warnings > MAX_WARNINGS {
                        let (max, found) = (usize::from(MAX_WARNINGS), usize::from(self.warnings));
                        return Err(RecordError::new(Rule::TooManyWarnings, max, found));
                    }
                }
            }
            (ContentType::ALERT, _) => return Err(RecordError::new(Rule::AlertLength, 2, text.len())),
            (ContentType::APPLICATION_DATA, []) => self.count_idle()?,
            _ => (self.idle, self.warnings) = (0, 0),
        }
        Ok(Opened::Record { consumed, content_type, text: start..start + text.len() })
    }

    fn count_idle(&mut self) -> Result<(), RecordError> {
        self.idle += 1;
        if self.idle > MAX_IDLE {
            return Err(RecordError::new(Rule::TooManyIdle, usize::from(MAX_IDLE), usize::from(self.idle)));
        }
        Ok(())
    }
}

/// Splits a TLSInnerPlaintext into type and content (RFC 9846 §5.4). The scan's time depends on
/// the length of the padding, as does all that the application will do with the content.
fn unpad(inner: &[u8], max: usize) -> Result<(ContentType, &[u8]), RecordError> {
    // The limit covers type and padding too.
    if inner.len() > max + 1 {
        return Err(RecordError::new(Rule::TextTooLong, max + 1, inner.len()));
    }
    let mut rest = inner;
    while let [text @ .., last] = rest {
        match ContentType(*last) {
            ContentType(0) => rest = text,
            t @ (ContentType::HANDSHAKE | ContentType::ALERT | ContentType::APPLICATION_DATA) => return Ok((t, text)),
            t => return Err(RecordError::new(Rule::InnerType, 0, usize::from(t.0))),
        }
    }
    Err(RecordError::new(Rule::NoContentType, 1, 0))
}
