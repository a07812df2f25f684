use crate::{MAX_TEXT, RecordError, Rule};
use alloc::vec::Vec;
use handfast_crypto::HandshakeType;

/// The length of a handshake message's header: type and length (RFC 9846 §4).
const MESSAGE_HEADER: usize = 4;
/// How much may be put aside: what one record can hold.
const MAX_KEPT: usize = MAX_TEXT;

/// Turns the text of handshake records back into whole messages (RFC 9846 §5.1).
///
/// A message that lies whole in its record is lent from there; only one that does not is
/// collected here, in a buffer that grows as bytes arrive (never beyond twice what has come, nor
/// beyond the announced length) and is freed once it is drained.
///
/// ```
/// use handfast_record::Joiner;
/// let mut joiner = Joiner::new();
/// let mut text: &[u8] = &[20, 0, 0, 2, 7, 8, 14, 0];
/// assert_eq!(joiner.next(&mut text, |_| 36)?, Some(&[20, 0, 0, 2, 7, 8][..]));
/// assert_eq!(joiner.next(&mut text, |_| 36)?, None);
/// assert!(!joiner.is_empty());
/// let mut text: &[u8] = &[0, 0];
/// assert_eq!(joiner.next(&mut text, |_| 36)?, Some(&[14, 0, 0, 0][..]));
/// assert!(joiner.is_empty());
/// # Ok::<(), handfast_record::RecordError>(())
/// ```
#[derive(Default)]
pub struct Joiner {
    /// ```text
    ///  | delivered | whole messages, then the start of one |
    ///  0         start                                   len
    /// ```
    buf: Vec<u8>,
    start: usize,
}

impl Joiner {
    /// With nothing collected.
    pub const fn new() -> Self {
        Self { buf: Vec::new(), start: 0 }
    }

    /// The next whole message, header included, from what was collected and then from the front of
    /// `text`, which is moved past what was taken. `None` means that all of `text` was taken and
    /// more is needed. `max` says how long a message of a type may be, its header not counted.
    ///
    /// ```text
    ///  record:  | …end of A | B | C | start of D… |
    ///               joined    └─lent┘   collected
    /// ```
    ///
    /// # Errors
    /// [`Rule::MessageTooLong`], with both lengths, as soon as the header of a message says so. The
    /// alert is illegal_parameter, not decode_error: 24 bits are a length that the syntax allows,
    /// what it says is refused.
    #[allow(clippy::should_implement_trait, reason = "it lends, which an iterator cannot")]
    pub fn next<'m, 't: 'm>(
        &'m mut self,
        text: &mut &'t [u8],
        max: impl Fn(HandshakeType) -> usize,
    ) -> Result<Option<&'m [u8]>, RecordError> {
        self.forget_delivered();
        if self.buf.is_empty() {
            if let Some(needed) = needed(text, &max)?
                && let Some((message, rest)) = text.split_at_checked(needed)
            {
                *text = rest;
                return Ok(Some(message));
            }
            if text.is_empty() {
                return Ok(None);
            }
        }
        // Header first, so that nothing of a body that is too long is ever collected.
        self.collect(text, MESSAGE_HEADER, MESSAGE_HEADER);
        let Some(needed) = needed(self.undelivered(), &max)? else { return Ok(None) };
        self.collect(text, needed, needed);
        if self.undelivered().len() < needed {
            return Ok(None);
        }
        let from = self.start;
        self.start += needed;
        Ok(self.buf.get(from..self.start))
    }

    /// As [`Self::next`], and whether nothing stands behind the message, neither here nor in `text`:
    /// what a key change asks for (RFC 9846 §5.1). While the message is lent, [`Self::aligned`]
    /// cannot be asked.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub fn next_with_alignment<'m, 't: 'm>(
        &'m mut self,
        text: &mut &'t [u8],
        max: impl Fn(HandshakeType) -> usize,
    ) -> Result<Option<(&'m [u8], bool)>, RecordError> {
        let before = self.undelivered().len() + text.len();
        let message = self.next(text, max)?;
        Ok(message.map(|message| (message, message.len() == before)))
    }

    /// Puts aside what is left of a record's text while no message may be delivered; the next calls
    /// of [`Self::next`] take it up. At most one record's worth.
    ///
    /// # Errors
    /// [`Rule::Undelivered`] if more would be put aside: the caller went on reading records.
    pub fn keep(&mut self, text: &[u8]) -> Result<(), RecordError> {
        self.forget_delivered();
        let found = self.undelivered().len() + text.len();
        if !text.is_empty() && found > MAX_KEPT {
            return Err(RecordError::new(Rule::Undelivered, MAX_KEPT, found));
        }
        let mut rest = text;
        self.collect(&mut rest, usize::MAX, found);
        Ok(())
    }

    /// Whether nothing waits here, neither whole nor in part. A message that [`Self::next`] has
    /// lent does not wait.
    pub fn is_empty(&self) -> bool {
        self.start == self.buf.len()
    }

    /// To be asked before a key change, with what is left of the current record's text: the message
    /// before a key change must end with its record (RFC 9846 §5.1).
    ///
    /// # Errors
    /// [`Rule::NotAligned`].
    pub fn aligned(&self, rest: &[u8]) -> Result<(), RecordError> {
        let waiting = self.undelivered().len() + rest.len();
        if waiting == 0 { Ok(()) } else { Err(RecordError::new(Rule::NotAligned, 0, waiting)) }
    }

    /// To be asked when a record of another type comes: it must not stand between the pieces of a
    /// message (RFC 9846 §5.1).
    ///
    /// # Errors
    /// [`Rule::Interleaved`].
    pub fn other_record(&self) -> Result<(), RecordError> {
        let waiting = self.undelivered().len();
        if waiting == 0 { Ok(()) } else { Err(RecordError::new(Rule::Interleaved, 0, waiting)) }
    }

    /// The message that has come in part: its type, how many bytes of it are here and how many it has,
    /// header included. None if nothing waits, or not even a header does.
    pub fn partial(&self) -> Option<(HandshakeType, usize, usize)> {
        let waiting = self.undelivered();
        let whole = needed(waiting, |_| usize::MAX).ok()??;
        let kind = HandshakeType(*waiting.first()?);
        (waiting.len() < whole).then_some((kind, waiting.len(), whole))
    }

    /// Frees the buffer if all of it was delivered. [`Self::next`] does so too.
    pub fn forget_delivered(&mut self) {
        if self.is_empty() {
            *self = Self::new();
        }
    }

    /// How many bytes of heap this holds.
    pub fn heap(&self) -> usize {
        self.buf.capacity()
    }

    fn undelivered(&self) -> &[u8] {
        self.buf.get(self.start..).unwrap_or(&[])
    }

    /// Moves bytes from `text` here until `upto` are undelivered. The buffer doubles as it grows but
    /// stays within `whole`, the length that will be needed in the end.
    fn collect(&mut self, text: &mut &[u8], upto: usize, whole: usize) {
        let have = self.undelivered().len();
        let take = upto.saturating_sub(have).min(text.len());
        let Some((now, rest)) = text.split_at_checked(take) else { return };
        if now.is_empty() {
            return;
        }
        self.buf.drain(..self.start);
        self.start = 0;
        if have + take > self.buf.capacity() {
            let grown = (have + take).max(whole.min(have.saturating_mul(2)));
            self.buf.reserve_exact(grown - have);
        }
        self.buf.extend_from_slice(now);
        *text = rest;
    }
}

/// The length of the message at the front of `bytes`, header included, once its header is there.
fn needed(bytes: &[u8], max: impl Fn(HandshakeType) -> usize) -> Result<Option<usize>, RecordError> {
    let Some(&[kind, a, b, c]) = bytes.first_chunk::<MESSAGE_HEADER>() else { return Ok(None) };
    let body = u32::from_be_bytes([0, a, b, c]) as usize;
    let max = max(HandshakeType(kind));
    if body > max {
        return Err(RecordError::new(Rule::MessageTooLong, max, body));
    }
    Ok(Some(MESSAGE_HEADER + body))
}
