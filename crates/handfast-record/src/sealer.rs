use crate::keys::{Aad, Style};
use crate::{HEADER_LEN, MAX_TEXT, RecordError, RecordKeys, Rule};
use alloc::boxed::Box;
use core::ops::Range;
use handfast_codec::RecordHeader;
use handfast_crypto::aead::{AeadKey, TAG_LEN};
use handfast_crypto::{ContentType, ProtocolVersion};

/// Room before the text that suffices for [`Sealer::seal_in_place`] under any protection: the
/// header and the explicit nonce of AES-GCM in TLS 1.2.
pub const HEADROOM: usize = HEADER_LEN + 8;
/// Room behind the text that suffices under any protection without padding: the inner content type
/// and the tag.
pub const TAILROOM: usize = 1 + TAG_LEN;

/// The records of a key that no data may use: one for a KeyUpdate, one for an alert.
const RESERVE: u64 = 2;
/// The lowest limit that a caller can set: some data, and the reserve.
const LEAST_LIMIT: u64 = 2 * RESERVE;

/// What sealing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    /// How many bytes of text went out.
    pub text: usize,
    /// How many bytes of wire they became: whole records.
    pub wire: usize,
}

/// The write half of the record layer. It starts in the clear.
///
/// ```
/// use handfast_crypto::ContentType;
/// use handfast_record::{Sealed, Sealer};
/// let mut wire = [0; 16];
/// let sealed = Sealer::new().seal(ContentType::ALERT, &[&[2, 40]], &mut wire)?;
/// assert_eq!(sealed, Sealed { text: 2, wire: 7 });
/// assert_eq!(wire[..7], [21, 3, 3, 0, 2, 2, 40]);
/// # Ok::<(), handfast_record::RecordError>(())
/// ```
pub struct Sealer {
    keys: Option<RecordKeys>,
    seq: u64,
    /// What the present key may protect, and what the caller allows any key.
    limit: u64,
    cap: u64,
    max_text: u16,
    pad_to: u16,
    hello_version: ProtocolVersion,
}

impl Default for Sealer {
    fn default() -> Self {
        Self::new()
    }
}

/// The pieces of one record, by length.
struct Layout {
    /// Header and explicit nonce.
    head: usize,
    text: usize,
    /// Inner content type and padding.
    inner: usize,
    tag: usize,
}

impl Layout {
    const fn wire(&self) -> usize {
        self.head + self.text + self.inner + self.tag
    }
}

impl Sealer {
    /// In the clear, at the start of a connection.
    pub const fn new() -> Self {
        Self {
            keys: None,
            seq: 0,
            limit: u64::MAX,
            cap: u64::MAX,
            max_text: MAX_TEXT as u16,
            pad_to: 1,
            hello_version: ProtocolVersion::TLS1_2,
        }
    }

    /// From now on records are protected with `keys`, counted from 0, within the limit of their
    /// algorithm (RFC 9846 §5.5).
    pub fn install(&mut self, keys: RecordKeys) {
        self.limit = keys.algorithm().record_limit().min(self.cap);
        self.keys = Some(keys);
        self.seq = 0;
    }

    /// Whether records are protected.
    pub fn is_protected(&self) -> bool {
        self.keys.is_some()
    }

    /// Writes 0x0301 instead of 0x0303 into the headers of records in the clear: for a client's
    /// first ClientHello, and for nothing after it (RFC 9846 §5.1).
    pub fn set_initial_hello(&mut self, initial: bool) {
        self.hello_version = if initial { ProtocolVersion::TLS1_0 } else { ProtocolVersion::TLS1_2 };
    }

    /// Lowers the most text that goes into a record, where the peer wants it so (RFC 8449 §4; its
    /// number counts the inner content type of TLS 1.3, this one does not). Values outside of
    /// 63 to 2^14 are moved to the nearest.
    pub fn set_max_text(&mut self, max: usize) {
        self.max_text = max.clamp(63, MAX_TEXT) as u16;
    }

    /// The most text that goes into a record, in bytes.
    pub fn max_text(&self) -> usize {
        usize::from(self.max_text)
    }

    /// In TLS 1.3, pads what is protected (text and content type) to a multiple of `multiple`
    /// bytes, as far as the record's limit allows (RFC 9846 §5.4). 1, the default, does not pad.
    pub fn set_padding(&mut self, multiple: u16) {
        self.pad_to = multiple.max(1);
    }

    /// Lowers how many records this key and those after it may protect; never raises it, and not
    /// below four. A key that has protected more already is spent, but for a KeyUpdate and an alert.
    pub fn set_limit(&mut self, records: u64) {
        self.cap = self.cap.min(records.max(LEAST_LIMIT));
        self.limit = self.limit.min(self.cap.max(self.seq.saturating_add(RESERVE)));
    }

    /// How many records were sealed under the current key.
    pub fn records(&self) -> u64 {
        self.seq
    }

    /// Whether the key is so far spent that the next message should be a KeyUpdate (or, where there
    /// is none, the end of the connection). A sixteenth of the limit is left then, and the records
    /// that are kept back from data at the least.
    pub fn needs_key_update(&self) -> bool {
        self.keys.is_some() && self.seq >= (self.limit - self.limit / 16).min(self.limit - RESERVE)
    }

    /// Drops the expanded key while the connection is idle; nothing can be sealed until
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

    /// The room that [`Self::seal_in_place`] needs before the text.
    pub fn headroom(&self) -> usize {
        HEADER_LEN + self.keys.as_ref().map_or(0, |k| k.style.explicit())
    }

    /// The room that [`Self::seal_in_place`] needs behind a text of this length, padding included.
    pub fn tailroom(&self, content_type: ContentType, text_len: usize) -> usize {
        let layout = self.layout(content_type, text_len.min(self.max_text()));
        layout.inner + layout.tag
    }

    /// How much wire [`Self::seal`] needs for all of a text of this length.
    pub fn wire_len(&self, content_type: ContentType, text_len: usize) -> usize {
        let max = self.max_text();
        let last = text_len % max;
        let whole = (text_len / max) * self.layout(content_type, max).wire();
        if last > 0 || text_len == 0 { whole + self.layout(content_type, last).wire() } else { whole }
    }

    /// Seals the concatenation of `text` into whole records at the front of `wire`, as many of them
    /// as there is text and room for; each byte is copied once. Too small a `wire` for the first
    /// record is no error but an empty [`Sealed`]. An empty text makes one empty record, of
    /// application data only.
    ///
    /// # Errors
    /// [`Rule::KeySpent`] if the key's limit allows not one record more; [`Rule::SealedEmpty`],
    /// [`Rule::SealedClear`], [`Rule::Parked`] for what must not be asked for. Nothing was sealed
    /// then.
    pub fn seal(&mut self, content_type: ContentType, text: &[&[u8]], wire: &mut [u8]) -> Result<Sealed, RecordError> {
        let total: usize = text.iter().map(|part| part.len()).sum();
        self.check(content_type, total)?;
        let mut sealed = Sealed::default();
        let mut source = text.iter().copied().filter(|part| !part.is_empty());
        let mut part: &[u8] = &[];
        loop {
            let layout = self.layout(content_type, (total - sealed.text).min(self.max_text()));
            let Some(record) = wire.get_mut(sealed.wire..).and_then(|w| w.get_mut(..layout.wire())) else { break };
            if sealed.wire > 0 && self.check(content_type, layout.text).is_err() {
                break;
            }
            let mut out = record.get_mut(layout.head..layout.head + layout.text).unwrap_or(&mut []);
            while !out.is_empty() {
                if part.is_empty() {
                    let Some(next) = source.next() else { break };
                    part = next;
                }
                let n = out.len().min(part.len());
                let (now, later) = out.split_at_mut(n);
                let (from, rest) = part.split_at(n);
                now.copy_from_slice(from);
                (out, part) = (later, rest);
            }
            self.finish(content_type, &layout, record)?;
            sealed.text += layout.text;
            sealed.wire += layout.wire();
            if sealed.text == total {
                break;
            }
        }
        Ok(sealed)
    }

    /// Seals the text that stands at `text` in `buf` as one record around it, without a copy, and
    /// returns where the record stands. There must be [`Self::headroom`] before the text and
    /// [`Self::tailroom`] behind it; what stands there is overwritten.
    ///
    /// # Errors
    /// [`Rule::Room`] if the text does not lie in `buf` with that room around it;
    /// [`Rule::TextTooLong`] if it is longer than [`Self::max_text`]; and as for [`Self::seal`].
    pub fn seal_in_place(
        &mut self,
        content_type: ContentType,
        buf: &mut [u8],
        text: Range<usize>,
    ) -> Result<Range<usize>, RecordError> {
        let room = |expected, found| RecordError::new(Rule::Room, expected, found);
        let len = buf.get(text.clone()).ok_or(room(text.end, buf.len()))?.len();
        self.check(content_type, len)?;
        if len > self.max_text() {
            return Err(RecordError::new(Rule::TextTooLong, self.max_text(), len));
        }
        let layout = self.layout(content_type, len);
        let start = text.start.checked_sub(layout.head).ok_or(room(layout.head, text.start))?;
        let whole = start..start + layout.wire();
        let (needed, found) = (whole.end, buf.len());
        let record = buf.get_mut(whole.clone()).ok_or(room(needed, found))?;
        self.finish(content_type, &layout, record)?;
        Ok(whole)
    }

    /// In TLS 1.3 a change_cipher_spec is for middleboxes and always in the clear (RFC 9846 §5).
    fn protection(&self, content_type: ContentType) -> Option<&RecordKeys> {
        let clear = content_type == ContentType::CHANGE_CIPHER_SPEC;
        self.keys.as_ref().filter(|k| !(clear && k.style == Style::Tls13))
    }

    fn layout(&self, content_type: ContentType, text: usize) -> Layout {
        match self.protection(content_type).map(|k| k.style) {
            None => Layout { head: HEADER_LEN, text, inner: 0, tag: 0 },
            Some(Style::Tls13) => {
                // Padding ends where the record's limit does, which counts the type too.
                let whole = (text + 1).next_multiple_of(usize::from(self.pad_to)).min(self.max_text() + 1);
                Layout { head: HEADER_LEN, text, inner: whole.max(text + 1) - text, tag: TAG_LEN }
            }
            Some(style) => Layout { head: HEADER_LEN + style.explicit(), text, inner: 0, tag: TAG_LEN },
        }
    }

    fn check(&self, content_type: ContentType, text_len: usize) -> Result<(), RecordError> {
        if text_len == 0 && content_type != ContentType::APPLICATION_DATA {
            return Err(RecordError::new(Rule::SealedEmpty, 1, 0));
        }
        match self.protection(content_type) {
            None if content_type == ContentType::APPLICATION_DATA => Err(RecordError::new(Rule::SealedClear, 0, 0)),
            None => Ok(()),
            Some(_) if self.seq == u64::MAX => {
                Err(RecordError { record: self.seq, ..RecordError::new(Rule::SequenceSpent, 0, 0) })
            }
            Some(keys) => {
                // Data leaves room for what has to be said about the end of a key.
                let kept = if content_type == ContentType::APPLICATION_DATA { RESERVE } else { 0 };
                let limit = self.limit - kept;
                if self.seq >= limit {
                    let spent = self.seq.saturating_add(1);
                    return Err(RecordError { record: self.seq, ..RecordError::spent(Rule::KeySpent, limit, spent) });
                }
                keys.key().map(|_| ())
            }
        }
    }

    /// Writes all but the text into `record`, which is as long as `layout` says, and encrypts.
    fn finish(&mut self, content_type: ContentType, layout: &Layout, record: &mut [u8]) -> Result<(), RecordError> {
        let room = RecordError::new(Rule::Room, layout.wire(), record.len());
        let length = (layout.wire() - HEADER_LEN) as u16;
        let (head, body) = record.split_first_chunk_mut::<HEADER_LEN>().ok_or(room)?;
        let Some(keys) = self.protection(content_type) else {
            *head = RecordHeader { content_type, legacy_record_version: self.hello_version, length }.to_bytes();
            return Ok(());
        };
        let tls13 = keys.style == Style::Tls13;
        let outer = if tls13 { ContentType::APPLICATION_DATA } else { content_type };
        let header = RecordHeader { content_type: outer, legacy_record_version: ProtocolVersion::TLS1_2, length };
        *head = header.to_bytes();
        let nonce = keys.nonce(self.seq);
        let (explicit, body) = body.split_at_mut_checked(keys.style.explicit()).ok_or(room)?;
        explicit.copy_from_slice(nonce.get(nonce.len() - explicit.len()..).ok_or(room)?);
        let (inner, tag) = body.split_last_chunk_mut::<TAG_LEN>().ok_or(room)?;
        if let Some((kind, zeros)) = inner.get_mut(layout.text..).and_then(|i| i.split_first_mut()) {
            *kind = content_type.0;
            zeros.fill(0);
        }
        let aad = if tls13 { Aad::tls13(header) } else { Aad::tls12(self.seq, content_type, layout.text) };
        let backend = |_| RecordError::new(Rule::Backend, 0, 0);
        *tag = keys.key()?.seal(&nonce, aad.bytes(), inner).map_err(backend)?;
        self.seq += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;
    use handfast_crypto::aead::{Aead, AeadKey, NONCE_LEN};
    use handfast_crypto::{AeadAlgorithm, CryptoError};

    /// A backend that works, or does not.
    struct Fake {
        works: bool,
    }

    impl Aead for Fake {
        fn algorithm(&self) -> AeadAlgorithm {
            AeadAlgorithm::ChaCha20Poly1305
        }

        fn key(&self, _: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
            Ok(Box::new(Self { works: self.works }))
        }
    }

    impl AeadKey for Fake {
        fn seal(&self, _: &[u8; NONCE_LEN], _: &[u8], _: &mut [u8]) -> Result<[u8; TAG_LEN], CryptoError> {
            if self.works { Ok([0; TAG_LEN]) } else { Err(CryptoError::Unsupported) }
        }

        fn open(&self, _: &[u8; NONCE_LEN], _: &[u8], sealed: &mut [u8]) -> Result<usize, CryptoError> {
            sealed.len().checked_sub(TAG_LEN).ok_or(CryptoError::BadTag)
        }
    }

    fn sealer(works: bool) -> Sealer {
        let mut sealer = Sealer::new();
        sealer.install(RecordKeys::new(&Fake { works }, ProtocolVersion::TLS1_3, &[0; 32], &[0; 12]).expect("keys"));
        sealer
    }

    #[test]
    fn a_sequence_number_never_wraps() {
        let mut sealer = sealer(true);
        sealer.seq = u64::MAX - 1;
        let mut wire = [0; 64];
        // The last number may be used by an alert; after it nothing is sealed.
        assert!(sealer.seal(ContentType::ALERT, &[&[1, 0]], &mut wire).is_ok());
        let error = sealer.seal(ContentType::ALERT, &[&[1, 0]], &mut wire).expect_err("spent");
        assert_eq!(error.rule, Rule::SequenceSpent);
    }

    #[test]
    fn a_backend_that_fails_seals_nothing() {
        let error = sealer(false).seal(ContentType::APPLICATION_DATA, &[b"x"], &mut [0; 64]).expect_err("fails");
        assert_eq!(error.rule, Rule::Backend);
    }
}
