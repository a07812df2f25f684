//! Handshake messages out of records.

use handfast_crypto::{AlertDescription, HandshakeType};
use handfast_record::{Joiner, RecordError, Rule};
use proptest::prelude::{any as arbitrary, prop, prop_assert, prop_assert_eq, proptest};

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u32).to_be_bytes();
    [&[kind], &len[1..], body].concat()
}

fn any(_: HandshakeType) -> usize {
    1 << 16
}

/// Feeds one record's text and collects what comes out.
fn feed(joiner: &mut Joiner, mut text: &[u8], out: &mut Vec<Vec<u8>>) -> Result<(), RecordError> {
    while let Some(message) = joiner.next(&mut text, any)? {
        out.push(message.to_vec());
    }
    assert!(text.is_empty());
    Ok(())
}

#[test]
fn a_message_that_lies_whole_in_its_record_is_not_copied() {
    let mut joiner = Joiner::new();
    let both = [message(1, b"abc"), message(2, b"")].concat();
    let mut text = &both[..];
    let first = joiner.next(&mut text, any).expect("allowed").expect("whole");
    assert!(core::ptr::eq(first, &both[..7]));
    assert_eq!(joiner.next(&mut text, any), Ok(Some(&[2, 0, 0, 0][..])));
    assert_eq!(joiner.next(&mut text, any), Ok(None));
    assert_eq!(joiner.heap(), 0);
}

#[test]
fn pieces_of_every_size_give_the_same_messages() {
    let messages = [message(11, &[7; 300]), message(15, &[8; 5]), message(20, &[9; 32]), message(4, b"")];
    let all = messages.concat();
    for size in 1..=all.len() {
        let (mut joiner, mut got) = (Joiner::new(), Vec::new());
        for piece in all.chunks(size) {
            feed(&mut joiner, piece, &mut got).expect("allowed");
        }
        assert_eq!(got, messages, "{size}");
        assert!(joiner.is_empty());
        assert_eq!(joiner.heap(), 0, "nothing is held once drained");
    }
}

#[test]
fn a_message_that_is_too_long_is_refused_by_its_header() {
    let max = |t| if t == HandshakeType::FINISHED { 48 } else { 1000 };
    for split in 1..5 {
        let wire = message(20, &[0; 49]);
        let mut joiner = Joiner::new();
        let mut text = &wire[..split];
        let first = joiner.next(&mut text, max).map(|m| m.is_some());
        let mut text = &wire[split..];
        let error = first.and_then(|_| joiner.next(&mut text, max).map(|m| m.is_some())).expect_err("too long");
        assert_eq!((error.rule, error.expected, error.found), (Rule::MessageTooLong, 48, 49));
        assert_eq!(error.alert(), AlertDescription::ILLEGAL_PARAMETER);
    }
    assert!(Joiner::new().next(&mut &message(11, &[0; 49])[..], max).is_ok());
}

#[test]
fn an_announced_length_reserves_nothing_before_bytes_arrive() {
    let mut joiner = Joiner::new();
    let mut text: &[u8] = &[11, 0, 0xff, 0xff, 1, 2, 3];
    assert_eq!(joiner.next(&mut text, any), Ok(None));
    assert!(joiner.heap() <= 16, "{}", joiner.heap());
    for _ in 0..100 {
        let mut text: &[u8] = &[0; 100];
        assert_eq!(joiner.next(&mut text, any), Ok(None));
    }
    assert!(joiner.heap() <= 2 * 10_007, "{}", joiner.heap());
}

#[test]
fn the_buffer_never_exceeds_the_message() {
    let wire = message(11, &vec![1; 60_000]);
    let (mut joiner, mut most) = (Joiner::new(), 0);
    for piece in wire.chunks(1000) {
        let mut text = piece;
        joiner.next(&mut text, any).expect("allowed");
        most = most.max(joiner.heap());
    }
    assert_eq!(most, wire.len());
}

#[test]
fn what_is_kept_is_delivered_later_in_order() {
    let record = [message(1, b"a"), message(2, b"b"), message(3, b"c")].concat();
    let mut joiner = Joiner::new();
    let mut text = &record[..];
    assert_eq!(joiner.next(&mut text, any), Ok(Some(&record[..5])));
    let rest = text;
    joiner.keep(rest).expect("one record");
    assert!(!joiner.is_empty() && joiner.aligned(&[]).is_err());
    let mut none: &[u8] = &[];
    assert_eq!(joiner.next(&mut none, any), Ok(Some(&record[5..10])));
    assert!(!joiner.is_empty());
    assert_eq!(joiner.next(&mut none, any), Ok(Some(&record[10..])));
    assert!(joiner.is_empty());
    assert_eq!(joiner.next(&mut none, any), Ok(None));
    assert_eq!(joiner.heap(), 0);
}

#[test]
fn no_more_than_a_record_is_kept() {
    let mut joiner = Joiner::new();
    joiner.keep(&[0; 16_384]).expect("one record");
    assert_eq!(joiner.keep(&[0]).expect_err("more").rule, Rule::Undelivered);
    assert_eq!(joiner.keep(&[]), Ok(()));
}

#[test]
fn a_key_change_within_a_record_is_refused() {
    let joiner = Joiner::new();
    assert_eq!(joiner.aligned(&[]), Ok(()));
    let error = joiner.aligned(&[1, 2]).expect_err("not at the end");
    assert_eq!((error.rule, error.found, error.alert()), (Rule::NotAligned, 2, AlertDescription::UNEXPECTED_MESSAGE));
}

#[test]
fn another_record_between_the_pieces_is_refused() {
    let mut joiner = Joiner::new();
    assert_eq!(joiner.other_record(), Ok(()));
    let mut text: &[u8] = &[11, 0];
    assert_eq!(joiner.next(&mut text, any), Ok(None));
    assert_eq!(joiner.other_record().expect_err("interleaved").rule, Rule::Interleaved);
    assert_eq!(joiner.aligned(&[]).expect_err("partial").rule, Rule::NotAligned);
}

proptest! {
    #[test]
    fn random_pieces_and_kept_rests_lose_nothing(
        bodies in prop::collection::vec(prop::collection::vec(arbitrary::<u8>(), 0..200), 1..12),
        cuts in prop::collection::vec((1_usize..400, arbitrary::<bool>()), 1..40),
    ) {
        let messages: Vec<_> = bodies.iter().map(|b| message(1, b)).collect();
        let all = messages.concat();
        let (mut joiner, mut got, mut rest) = (Joiner::new(), Vec::new(), &all[..]);
        let mut cuts = cuts.iter().cycle();
        while !rest.is_empty() {
            let (size, keep) = cuts.next().copied().unwrap_or((1, false));
            let (mut text, after) = rest.split_at(size.min(rest.len()));
            rest = after;
            while let Some(m) = joiner.next(&mut text, any).expect("allowed") {
                got.push(m.to_vec());
                if keep {
                    break;
                }
            }
            joiner.keep(text).expect("one record");
            let mut none: &[u8] = &[];
            while let Some(m) = joiner.next(&mut none, any).expect("allowed") {
                got.push(m.to_vec());
            }
        }
        prop_assert_eq!(got, messages);
        prop_assert!(joiner.is_empty());
    }

    #[test]
    fn random_bytes_never_panic(texts in prop::collection::vec(prop::collection::vec(arbitrary::<u8>(), 0..64), 0..20)) {
        let mut joiner = Joiner::new();
        for text in &texts {
            let mut text = &text[..];
            while let Ok(Some(m)) = joiner.next(&mut text, |_| 100) {
                prop_assert!(m.len() <= 104);
            }
            prop_assert!(joiner.heap() <= 104);
        }
    }
}

#[test]
fn a_message_that_has_come_in_part_says_how_much_of_it_is_here() {
    let mut joiner = Joiner::new();
    assert_eq!(joiner.partial(), None);
    let mut text: &[u8] = &[11, 0, 0];
    assert!(matches!(joiner.next(&mut text, |_| 100), Ok(None)));
    assert_eq!(joiner.partial(), None, "no header yet");
    let mut text: &[u8] = &[5, 1, 2];
    assert!(matches!(joiner.next(&mut text, |_| 100), Ok(None)));
    assert_eq!(joiner.partial(), Some((HandshakeType::CERTIFICATE, 6, 9)));
    let mut text: &[u8] = &[3, 4, 5];
    assert!(matches!(joiner.next(&mut text, |_| 100), Ok(Some(_))));
    assert_eq!(joiner.partial(), None);
}
