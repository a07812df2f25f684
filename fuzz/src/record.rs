//! The record layer: the split of the wire must not matter, tampering must show.

use crate::Input;
use handfast_crypto::aead::{AeadKey, NONCE_LEN};
use handfast_crypto::{AeadAlgorithm, ContentType, HandshakeType, ProtocolVersion};
use handfast_record::{CcsRule, Joiner, Opened, Opener, RecordError, RecordKeys, Sealer, Why};

const KEY: [u8; 32] = [7; 32];
const IV: [u8; NONCE_LEN] = [9; NONCE_LEN];

/// How records are protected in one run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plain,
    Protected(ProtocolVersion, AeadAlgorithm),
}

impl Mode {
    fn new(byte: u8) -> Self {
        match byte % 4 {
            0 => Self::Plain,
            1 => Self::Protected(ProtocolVersion::TLS1_3, AeadAlgorithm::Aes128Gcm),
            2 => Self::Protected(ProtocolVersion::TLS1_2, AeadAlgorithm::Aes128Gcm),
            _ => Self::Protected(ProtocolVersion::TLS1_2, AeadAlgorithm::ChaCha20Poly1305),
        }
    }

    fn keys(self) -> Option<RecordKeys> {
        let Self::Protected(version, algorithm) = self else { return None };
        let aead = crate::pki::provider(0).aead(algorithm).expect("the backend has it");
        let implicit = if version == ProtocolVersion::TLS1_2 { algorithm.explicit_nonce_len_1_2() } else { 0 };
        let keys = RecordKeys::new(aead, version, &KEY[..algorithm.key_len()], &IV[..NONCE_LEN - implicit]);
        Some(keys.expect("the lengths fit"))
    }

    fn sealer(self) -> Sealer {
        let mut sealer = Sealer::new();
        self.keys().into_iter().for_each(|keys| sealer.install(keys));
        sealer
    }

    fn opener(self) -> Opener {
        let mut opener = Opener::new();
        self.keys().into_iter().for_each(|keys| opener.install(keys));
        opener
    }
}

/// What came out of an opener and its joiner.
#[derive(Debug, PartialEq, Eq)]
enum Out {
    Record(ContentType, Vec<u8>),
    Dropped(Why),
    Message(Vec<u8>),
    Failed(RecordError),
}

fn most(kind: HandshakeType) -> usize {
    // Small, so that a fuzzer meets the limit.
    if kind == HandshakeType::CERTIFICATE { 4096 } else { 512 }
}

/// Feeds `wire` in pieces that end at `cuts` and collects what comes out.
fn collect(mut opener: Opener, wire: &[u8], cuts: impl Iterator<Item = usize>) -> Vec<Out> {
    let (mut out, mut joiner) = (Vec::new(), Joiner::new());
    let (mut buf, mut fed) = (Vec::new(), 0);
    for cut in cuts.map(|c| c.min(wire.len())).chain([wire.len()]) {
        if cut < fed {
            continue;
        }
        buf.extend_from_slice(&wire[fed..cut]);
        fed = cut;
        loop {
            let before = buf.len();
            match opener.open(&mut buf) {
                Ok(Opened::More { need }) => {
                    assert!(need > buf.len(), "asks for what it has");
                    break;
                }
                Ok(Opened::Record { consumed, content_type, text }) => {
                    assert!(text.start <= text.end && text.end <= consumed && consumed <= before);
                    let text = buf[text].to_vec();
                    buf.drain(..consumed);
                    if content_type != ContentType::HANDSHAKE {
                        let ordered = joiner.other_record();
                        out.push(Out::Record(content_type, text));
                        if let Err(error) = ordered {
                            out.push(Out::Failed(error));
                            return out;
                        }
                        continue;
                    }
                    let mut rest = &text[..];
                    loop {
                        match joiner.next(&mut rest, most) {
                            Ok(Some(message)) => out.push(Out::Message(message.to_vec())),
                            Ok(None) => break,
                            Err(error) => {
                                out.push(Out::Failed(error));
                                return out;
                            }
                        }
                    }
                    assert!(rest.is_empty(), "text was left over");
                    assert!(joiner.heap() <= 4096 + 4, "more collected than a message may have");
                }
                Ok(Opened::Dropped { consumed, why }) => {
                    assert!(consumed <= before);
                    buf.drain(..consumed);
                    out.push(Out::Dropped(why));
                }
                Err(error) => {
                    assert_eq!(opener.open(&mut buf).map_err(|e| e.rule), Err(error.rule), "an error does not last");
                    out.push(Out::Failed(error));
                    return out;
                }
            }
        }
    }
    out
}

/// A TLS 1.3 record with any inner plaintext, which our own half would refuse to make.
fn forge(key: &dyn AeadKey, seq: u64, inner: &[u8], wire: &mut Vec<u8>) {
    let mut nonce = IV;
    for (n, s) in nonce[4..].iter_mut().zip(seq.to_be_bytes()) {
        *n ^= s;
    }
    let [high, low] = ((inner.len() + 16) as u16).to_be_bytes();
    let header = [23, 3, 3, high, low];
    let mut body = inner.to_vec();
    let tag = key.seal(&nonce, &header, &mut body).expect("a record's length");
    wire.extend(header.iter().chain(&body).chain(&tag));
}

/// A program that writes a wire (raw bytes, true records, records with any inner plaintext), which
/// is then read whole, byte by byte and in pieces.
pub fn record_open(data: &[u8]) {
    let mut input = Input::new(data);
    let mode = Mode::new(input.u8());
    let (flags, skip, step) = (input.u8(), input.u8(), usize::from(input.u8()).max(2));
    let mut sealer = mode.sealer();
    let mut wire = Vec::new();
    let forging = crate::pki::provider(0).aead(AeadAlgorithm::Aes128Gcm).and_then(|a| a.key(&KEY[..16]).ok());
    let mut seq = 0;
    while !input.is_empty() && wire.len() < 1 << 14 {
        match input.u8() % 4 {
            0 => wire.extend(input.piece()),
            1 => {
                // A record with a true length, so that the next one is found.
                let head = input.bytes(3);
                let body = input.piece();
                wire.extend(head);
                wire.extend((body.len() as u16).to_be_bytes());
                wire.extend(body);
            }
            2 => {
                let (kind, text) = (ContentType(input.u8()), input.piece());
                let start = wire.len();
                wire.resize(start + sealer.wire_len(kind, text.len()), 0);
                let sealed = sealer.seal(kind, &[text], &mut wire[start..]).map_or(0, |sealed| sealed.wire);
                wire.truncate(start + sealed);
                seq = sealer.records();
            }
            _ => {
                if let Some(key) = &forging {
                    forge(&**key, seq, input.piece(), &mut wire);
                    seq += 1;
                }
            }
        }
    }
    let opener = || {
        let mut opener = mode.opener();
        opener.set_ccs([CcsRule::Refuse, CcsRule::Drop, CcsRule::Deliver][usize::from(flags & 3).min(2)]);
        if flags & 4 != 0 {
            opener.allow_plain_alert();
        }
        if flags & 8 != 0 {
            opener.skip_early_data(u32::from(skip) * 8);
        }
        if flags & 16 != 0 {
            opener.set_max_text(64);
        }
        opener
    };
    let whole = collect(opener(), &wire, std::iter::empty());
    assert_eq!(collect(opener(), &wire, 0..wire.len()), whole, "byte by byte is not the same");
    assert_eq!(collect(opener(), &wire, (0..wire.len()).step_by(step)), whole, "pieces are not the same");
}

/// Texts are sealed and opened again; then one byte of the wire is changed.
pub fn record_seal_open(data: &[u8]) {
    let mut input = Input::new(data);
    let mode = Mode::new(input.u8());
    let (mut sealer, max, padding) = (mode.sealer(), usize::from(input.u16()), input.u8());
    let (place, xor) = (usize::from(input.u16()), input.u8());
    sealer.set_max_text(max);
    sealer.set_padding(u16::from(padding).max(1));
    let max = sealer.max_text();
    let (mut wire, mut sent) = (Vec::new(), Vec::new());
    while !input.is_empty() && wire.len() < 1 << 14 {
        let kind =
            [ContentType::APPLICATION_DATA, ContentType::HANDSHAKE, ContentType::ALERT][usize::from(input.u8() % 3)];
        let text = input.piece();
        let start = wire.len();
        let room = sealer.wire_len(kind, text.len());
        wire.resize(start + room, 0);
        match sealer.seal(kind, &[&text[..text.len() / 2], &text[text.len() / 2..]], &mut wire[start..]) {
            Ok(sealed) => {
                assert_eq!((sealed.text, sealed.wire), (text.len(), room), "not all of it, or not as announced");
                if text.is_empty() {
                    sent.push((kind, text));
                }
                sent.extend(text.chunks(max).map(|chunk| (kind, chunk)));
            }
            Err(_) => {
                assert!(text.is_empty() || mode == Mode::Plain, "refused to seal {} bytes", text.len());
                wire.truncate(start);
            }
        }
    }
    let open = |wire: &mut [u8]| {
        let (mut opener, mut at, mut got) = (mode.opener(), 0, Vec::new());
        while let Ok(Opened::Record { consumed, content_type, text }) = opener.open(&mut wire[at..]) {
            got.push((content_type, wire[at..][text].to_vec()));
            at += consumed;
        }
        (at, got)
    };
    let (read, got) = open(&mut wire.clone());
    // The opener has opinions on what a sealer may be told to send: alerts of another length than
    // two, long runs of empty records. Up to there all must come back.
    let legal = sent.iter().position(|(kind, text)| *kind == ContentType::ALERT && text.len() != 2);
    let legal = legal.unwrap_or(sent.len());
    assert!(got.len() == legal || got.len() >= 4, "{} of {legal} records came back", got.len());
    assert!(got.len() <= legal && got.iter().zip(&sent).all(|(a, b)| a.0 == b.0 && a.1 == b.1));

    if mode == Mode::Plain || xor == 0 || read == 0 {
        return;
    }
    wire.truncate(read);
    let place = place % read;
    wire[place] ^= xor;
    let (reached, changed) = open(&mut wire);
    assert!(reached <= place, "the change at {place} did not show");
    assert_eq!(changed[..], got[..changed.len()]);
}

/// The text of handshake records, in the pieces that the input says and whole.
pub fn joiner(data: &[u8]) {
    let mut input = Input::new(data);
    let (mut pieces, mut all) = (Vec::new(), Vec::new());
    while !input.is_empty() && all.len() < 1 << 13 {
        let n = input.u8();
        let piece = input.bytes(usize::from(n));
        pieces.push(piece);
        all.extend_from_slice(piece);
    }
    let run = |pieces: &mut dyn Iterator<Item = &[u8]>, keep: bool| {
        let (mut joiner, mut out, mut came) = (Joiner::new(), Vec::new(), 0);
        for piece in pieces {
            came += piece.len();
            let mut text = piece;
            if keep && joiner.keep(text).is_ok() {
                text = &[];
            }
            loop {
                let before = text.len();
                match joiner.next(&mut text, most) {
                    Ok(Some(message)) => {
                        assert!(message.len() >= 4);
                        out.push(Ok(message.to_vec()));
                    }
                    Ok(None) => break,
                    Err(error) => {
                        out.push(Err((error.rule, error.expected, error.found)));
                        return out;
                    }
                }
                assert!(text.len() <= before);
            }
            assert!(text.is_empty());
            assert!(joiner.heap() <= 2 * came.max(4), "{} bytes held of {came}", joiner.heap());
        }
        let delivered: usize = out.iter().flatten().map(Vec::len).sum();
        assert_eq!(joiner.aligned(&[]).is_ok(), delivered == came);
        assert_eq!(joiner.is_empty(), delivered == came);
        out
    };
    let whole = run(&mut std::iter::once(&all[..]), false);
    assert_eq!(run(&mut pieces.iter().copied(), false), whole, "the split matters");
    assert_eq!(run(&mut all.chunks(1), false), whole, "byte by byte is not the same");
    assert_eq!(run(&mut pieces.iter().copied(), true), whole, "what was put aside changed");
}
