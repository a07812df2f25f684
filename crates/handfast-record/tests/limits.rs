//! Every limit of the record layer at its edge: the last that is allowed passes, one more is refused
//! and says what was allowed and what came.

mod common;

use common::*;
use handfast_crypto::{AeadAlgorithm, AlertDescription, ContentType};
use handfast_record::{CcsRule, Joiner, MAX_IDLE, MAX_TEXT, MAX_WARNINGS, Opened, Opener, RecordError, Rule};

fn refused(opener: &mut Opener, wire: &[u8]) -> RecordError {
    opener.open(&mut wire.to_vec()).expect_err("one too many")
}

/// Rule, what it allows, what came.
fn figures(error: &RecordError) -> (Rule, u32, u32) {
    (error.rule, error.expected, error.found)
}

fn clear(content_type: u8, text: &[u8]) -> Vec<u8> {
    let [high, low] = (text.len() as u16).to_be_bytes();
    [&[content_type, 3, 3, high, low], text].concat()
}

#[test]
fn empty_records_are_counted_until_one_has_content() {
    let most = u32::from(MAX_IDLE);
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        for _ in 0..2 {
            (0..most).for_each(|_| drop(open(&mut opener, &seal(&mut sealer, DATA, b""))));
            open(&mut opener, &seal(&mut sealer, DATA, b"x"));
        }
        (0..most).for_each(|_| drop(open(&mut opener, &seal(&mut sealer, DATA, b""))));
        let error = refused(&mut opener, &seal(&mut sealer, DATA, b""));
        assert_eq!(figures(&error), (Rule::TooManyIdle, most, most + 1));
    }
}

#[test]
fn change_cipher_specs_that_are_dropped_are_counted_with_them() {
    let most = u32::from(MAX_IDLE);
    for mut opener in [Opener::new(), way13().pair().1] {
        opener.set_ccs(CcsRule::Drop);
        for _ in 0..most {
            assert!(matches!(opener.open(&mut clear(20, &[1])), Ok(Opened::Dropped { .. })));
        }
        let error = refused(&mut opener, &clear(20, &[1]));
        assert_eq!(figures(&error), (Rule::TooManyIdle, most, most + 1));
        assert_eq!(error.alert(), AlertDescription::UNEXPECTED_MESSAGE);
    }
}

#[test]
fn warnings_are_counted_until_something_else_has_content() {
    let most = u32::from(MAX_WARNINGS);
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        for _ in 0..2 {
            (0..most).for_each(|_| drop(open(&mut opener, &seal(&mut sealer, ALERT, &[1, 90]))));
            open(&mut opener, &seal(&mut sealer, DATA, b"x"));
        }
        (0..most).for_each(|_| drop(open(&mut opener, &seal(&mut sealer, ALERT, &[1, 90]))));
        let error = refused(&mut opener, &seal(&mut sealer, ALERT, &[1, 90]));
        assert_eq!(figures(&error), (Rule::TooManyWarnings, most, most + 1));
    }
}

#[test]
fn early_data_is_passed_over_to_the_last_byte_allowed_and_the_sum_is_told() {
    for mut opener in [Opener::new(), way13().pair().1] {
        opener.skip_early_data(100);
        for len in [60, 40] {
            assert!(matches!(opener.open(&mut clear(23, &vec![0; len])), Ok(Opened::Dropped { .. })));
        }
        assert_eq!(figures(&refused(&mut opener, &clear(23, &[0]))), (Rule::TooMuchEarlyData, 100, 101));
    }
    for mut opener in [Opener::new(), way13().pair().1] {
        opener.skip_early_data(100);
        opener.open(&mut clear(23, &[0; 90])).expect("within the limit");
        assert_eq!(figures(&refused(&mut opener, &clear(23, &[0; 20]))), (Rule::TooMuchEarlyData, 100, 110));
    }
}

#[test]
fn empty_early_data_is_not_free() {
    let mut opener = Opener::new();
    opener.skip_early_data(10);
    for _ in 0..10 {
        assert!(matches!(opener.open(&mut clear(23, &[])), Ok(Opened::Dropped { .. })));
    }
    assert_eq!(figures(&refused(&mut opener, &clear(23, &[]))), (Rule::TooMuchEarlyData, 10, 11));
}

#[test]
fn where_no_early_data_is_allowed_none_passes() {
    let mut opener = Opener::new();
    opener.skip_early_data(0);
    assert_eq!(figures(&refused(&mut opener, &clear(23, &[0]))), (Rule::TooMuchEarlyData, 0, 1));
}

#[test]
fn a_record_holds_as_much_text_as_the_limit_and_not_a_byte_more() {
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        assert_eq!(open(&mut opener, &seal(&mut sealer, DATA, &vec![7; MAX_TEXT])).1.len(), MAX_TEXT);
        opener.set_max_text(MAX_TEXT - 1);
        let error = refused(&mut opener, &seal(&mut sealer, DATA, &vec![7; MAX_TEXT]));
        // In TLS 1.3 the limit counts the content type too.
        let extra = u32::from(way.is_13());
        let (max, found) = (MAX_TEXT as u32 - 1 + extra, MAX_TEXT as u32 + extra);
        assert_eq!(figures(&error), (Rule::TextTooLong, max, found));
    }
}

#[test]
fn a_spent_key_says_its_limit_and_which_record_was_refused() {
    for way in ways() {
        let (mut sealer, _) = way.pair();
        sealer.set_limit(10);
        (0..8).for_each(|_| drop(seal(&mut sealer, DATA, b"x")));
        let data = sealer.seal(DATA, &[b"x"], &mut [0; 64]).expect_err("kept for the last words");
        assert_eq!(figures(&data), (Rule::KeySpent, 8, 9));
        (0..2).for_each(|_| drop(seal(&mut sealer, ALERT, &[1, 0])));
        let alert = sealer.seal(ALERT, &[&[1, 0]], &mut [0; 64]).expect_err("spent");
        assert_eq!(figures(&alert), (Rule::KeySpent, 10, 11));
        assert!(alert.to_string().ends_with("expected 10, found 11"), "{alert}");
    }
}

#[test]
fn a_key_of_aes_gcm_is_changed_before_its_confidentiality_is_spent() {
    // RFC 9846 §5.5: 2^24.5 full records.
    let most = 2_f64.powf(24.5) as u64;
    for algorithm in [AeadAlgorithm::Aes128Gcm, AeadAlgorithm::Aes256Gcm] {
        assert_eq!(algorithm.record_limit(), most);
    }
    assert_eq!(AeadAlgorithm::ChaCha20Poly1305.record_limit(), u64::MAX, "the sequence number ends first");
}

#[test]
fn as_much_is_put_aside_as_one_record_holds() {
    let mut joiner = Joiner::new();
    joiner.keep(&vec![0; MAX_TEXT]).expect("one record");
    let error = joiner.keep(&[0]).expect_err("more");
    assert_eq!(figures(&error), (Rule::Undelivered, MAX_TEXT as u32, MAX_TEXT as u32 + 1));
}

#[test]
fn a_message_is_as_long_as_its_type_allows_and_no_longer() {
    for max in [0, 1, 1000] {
        let body = vec![0; max + 1];
        let message = |len: usize| [&[20, 0, (len >> 8) as u8, len as u8], &body[..len]].concat();
        let whole = message(max);
        assert_eq!(Joiner::new().next(&mut &whole[..], |_| max), Ok(Some(&whole[..])));
        let error = Joiner::new().next(&mut &message(max + 1)[..], |_| max).map(drop).expect_err("too long");
        assert_eq!(figures(&error), (Rule::MessageTooLong, max as u32, max as u32 + 1));
    }
}

#[test]
fn the_types_that_are_empty_for_free_are_one_only() {
    for kind in [ContentType::HANDSHAKE, ContentType::ALERT] {
        let error = refused(&mut Opener::new(), &clear(kind.0, &[]));
        assert_eq!(figures(&error), (Rule::EmptyFragment, 1, 0));
    }
}
