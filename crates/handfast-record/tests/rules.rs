//! What a peer may not send: each rule of the record layer, broken.

mod common;

use common::*;
use handfast_crypto::AlertDescription;
use handfast_record::{CcsRule, Opened, Opener, RecordError, Rule, Why};

fn refused(opener: &mut Opener, wire: &[u8]) -> RecordError {
    match opener.open(&mut wire.to_vec()) {
        Err(error) => error,
        Ok(opened) => panic!("{opened:?}"),
    }
}

fn clear(content_type: u8, text: &[u8]) -> Vec<u8> {
    let [high, low] = (text.len() as u16).to_be_bytes();
    [&[content_type, 3, 3, high, low], text].concat()
}

#[test]
fn other_protocols_are_recognised_from_their_first_bytes() {
    for first in [
        &b"GET / HTTP/1.1"[..],
        b"HTTP/1.1 400",
        b"SSH-2.0-x",
        b"220 mail",
        b"\x80\x2e\x01\x03\x01",
        b"\x16\xfe\xfd\0\0",
    ] {
        let error = refused(&mut Opener::new(), first);
        assert_eq!((error.rule, &error.header[..]), (Rule::NotTls, &first[..5]));
    }
}

#[test]
fn a_strange_type_after_tls_has_begun_is_unexpected() {
    let mut opener = Opener::new();
    open(&mut opener, &clear(22, &[1, 0, 0, 0]));
    let error = refused(&mut opener, &[24, 3, 3, 0, 1]);
    assert_eq!((error.rule, error.found, error.alert()), (Rule::UnknownType, 24, AlertDescription::UNEXPECTED_MESSAGE));
    let mut opener = Opener::new();
    open(&mut opener, &clear(22, &[1, 0, 0, 0]));
    assert_eq!(refused(&mut opener, &[22, 2, 0, 0, 1]).rule, Rule::RecordVersion);
}

#[test]
fn any_version_with_the_right_first_byte_is_ignored_in_the_clear() {
    for minor in [0, 1, 3, 4, 255] {
        assert_eq!(open(&mut Opener::new(), &[22, 3, minor, 0, 1, 1]).0, HANDSHAKE);
    }
}

#[test]
fn a_record_that_is_too_long_is_refused_by_its_header() {
    let header = |t: u8, len: usize| [t, 3, 3, (len >> 8) as u8, len as u8];
    let check = |opener: &dyn Fn() -> Opener, t: u8, max: usize| {
        let more = opener().open(&mut header(t, max));
        assert_eq!(more, Ok(Opened::More { need: 5 + max }));
        let error = refused(&mut opener(), &header(t, max + 1));
        let got = (error.rule, error.expected as usize, error.found as usize, error.alert());
        assert_eq!(got, (Rule::RecordTooLong, max, max + 1, AlertDescription::RECORD_OVERFLOW));
    };
    check(&Opener::new, 22, 1 << 14);
    check(&|| way13().pair().1, 23, (1 << 14) + 256);
    check(&|| way12().pair().1, 23, (1 << 14) + 2048);
}

#[test]
fn protected_text_that_is_too_long_is_refused() {
    let way = way13();
    let mut inner = vec![0; 16_386];
    inner[0] = 23;
    assert_eq!(refused(&mut way.pair().1, &forge13(&way, 0, &inner)).rule, Rule::TextTooLong);
    assert_eq!(open(&mut way.pair().1, &forge13(&way, 0, &inner[..16_385])), (DATA, vec![]));
    // 2^14 bytes of text fit, and with a lower limit less.
    let mut inner = vec![1; 101];
    inner[100] = 23;
    let (_, mut opener) = way.pair();
    opener.set_max_text(100);
    assert_eq!(open(&mut opener, &forge13(&way, 0, &inner)).1.len(), 100);
    inner.push(0);
    assert_eq!(refused(&mut opener, &forge13(&way, 1, &inner)).alert(), AlertDescription::RECORD_OVERFLOW);
}

#[test]
fn too_long_a_text_is_refused_in_tls12_too() {
    let way = way12();
    let (mut sealer, mut opener) = way.pair();
    opener.set_max_text(100);
    let wire = seal(&mut sealer, DATA, &[0; 101]);
    let error = refused(&mut opener, &wire);
    assert_eq!((error.rule, error.expected, error.found), (Rule::TextTooLong, 100, 101));
}

#[test]
fn the_clear_is_refused_once_keys_are_in_place() {
    for (t, text) in [(22, &[1, 0, 0, 0][..]), (21, &[2, 40])] {
        assert_eq!(refused(&mut way13().pair().1, &clear(t, text)).rule, Rule::Unprotected);
        assert_eq!(refused(&mut way12().pair().1, &clear(t, text)).rule, Rule::BadRecordMac);
    }
    assert_eq!(refused(&mut Opener::new(), &clear(23, b"x")).rule, Rule::PlainApplicationData);
}

#[test]
fn a_server_takes_an_alert_in_the_clear_until_a_record_decrypts() {
    let (mut sealer, mut opener) = way13().pair();
    opener.allow_plain_alert();
    assert_eq!(open(&mut opener, &clear(21, &[2, 47])), (ALERT, vec![2, 47]));
    open(&mut opener, &seal(&mut sealer, HANDSHAKE, &[20, 0, 0, 0]));
    assert_eq!(refused(&mut opener, &clear(21, &[2, 47])).rule, Rule::Unprotected);
}

#[test]
fn a_change_cipher_spec_is_dropped_delivered_or_refused() {
    for mut opener in [Opener::new(), way13().pair().1] {
        opener.set_ccs(CcsRule::Drop);
        let dropped = opener.open(&mut clear(20, &[1]));
        assert_eq!(dropped, Ok(Opened::Dropped { consumed: 6, why: Why::Compatibility }));
        opener.set_ccs(CcsRule::Refuse);
        assert_eq!(refused(&mut opener, &clear(20, &[1])).rule, Rule::CcsNotAllowed);
    }
    let mut opener = Opener::new();
    opener.set_ccs(CcsRule::Deliver);
    assert_eq!(open(&mut opener, &clear(20, &[1])), (CCS, vec![1]));
    for text in [&[0][..], &[2], &[1, 1], &[]] {
        for rule in [CcsRule::Drop, CcsRule::Deliver] {
            let mut opener = Opener::new();
            opener.set_ccs(rule);
            let error = refused(&mut opener, &clear(20, text));
            assert_eq!((error.rule, error.alert()), (Rule::CcsValue, AlertDescription::UNEXPECTED_MESSAGE));
        }
    }
}

#[test]
fn a_dropped_change_cipher_spec_takes_no_number() {
    let (mut sealer, mut opener) = way13().pair();
    opener.set_ccs(CcsRule::Drop);
    opener.open(&mut clear(20, &[1])).expect("dropped");
    assert_eq!(open(&mut opener, &seal(&mut sealer, DATA, b"x")).1, b"x");
}

#[test]
fn a_protected_change_cipher_spec_is_refused() {
    let way = way13();
    let error = refused(&mut way.pair().1, &forge13(&way, 0, &[1, 20]));
    assert_eq!((error.rule, error.found), (Rule::InnerType, 20));
    let (mut sealer, mut opener) = way12().pair();
    assert_eq!(refused(&mut opener, &seal(&mut sealer, CCS, &[1])).rule, Rule::CcsNotAllowed);
}

#[test]
fn inner_types_and_padding_follow_their_rules() {
    let way = way13();
    for (inner, rule) in [
        (&[][..], Rule::NoContentType),
        (&[0; 40], Rule::NoContentType),
        (b"x\x18", Rule::InnerType),
        (b"x\xff\0\0", Rule::InnerType),
        (&[22], Rule::EmptyFragment),
        (&[22, 0, 0], Rule::EmptyFragment),
        (&[21], Rule::EmptyFragment),
        (&[1, 21], Rule::AlertLength),
        (&[1, 0, 1, 0, 21], Rule::AlertLength),
    ] {
        assert_eq!(refused(&mut way.pair().1, &forge13(&way, 0, inner)).rule, rule, "{inner:?}");
    }
    assert_eq!(open(&mut way.pair().1, &forge13(&way, 0, b"x\0\x17\0\0\0")), (DATA, b"x\0".to_vec()));
}

#[test]
fn empty_and_odd_fragments_in_the_clear_are_refused() {
    assert_eq!(refused(&mut Opener::new(), &clear(22, &[])).rule, Rule::EmptyFragment);
    assert_eq!(refused(&mut Opener::new(), &clear(21, &[])).rule, Rule::EmptyFragment);
    for text in [&[2][..], &[2, 40, 2], &[2, 40, 2, 40]] {
        assert_eq!(refused(&mut Opener::new(), &clear(21, text)).alert(), AlertDescription::DECODE_ERROR);
    }
}

#[test]
fn a_ciphertext_too_short_for_its_tag_is_a_bad_mac() {
    for way in ways() {
        for len in 0..if way.is_13() { 16 } else { 24 } {
            let outcome = refused(&mut way.pair().1, &clear(23, &vec![0; len]));
            assert_eq!(outcome.rule, Rule::BadRecordMac, "{len}");
        }
    }
}

#[test]
fn thirty_two_idle_records_are_borne_and_one_more_is_not() {
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        for _ in 0..32 {
            open(&mut opener, &seal(&mut sealer, DATA, b""));
        }
        open(&mut opener, &seal(&mut sealer, DATA, b"x"));
        for _ in 0..32 {
            open(&mut opener, &seal(&mut sealer, DATA, b""));
        }
        assert_eq!(refused(&mut opener, &seal(&mut sealer, DATA, b"")).rule, Rule::TooManyIdle);
    }
}

#[test]
fn four_warnings_are_borne_and_one_more_is_not() {
    let (mut sealer, mut opener) = way12().pair();
    for _ in 0..4 {
        open(&mut opener, &seal(&mut sealer, ALERT, &[1, 90]));
    }
    // Neither an idle record nor another close_notify resets the count.
    open(&mut opener, &seal(&mut sealer, DATA, b""));
    open(&mut opener, &seal(&mut sealer, ALERT, &[1, 0]));
    assert_eq!(refused(&mut opener, &seal(&mut sealer, ALERT, &[1, 90])).rule, Rule::TooManyWarnings);
}

#[test]
fn a_flood_of_user_canceled_is_refused_whatever_its_level_says() {
    // It is no error (RFC 9846 §6.1), and so could come for ever.
    for way in ways() {
        for level in [1, 2] {
            let (mut sealer, mut opener) = way.pair();
            for _ in 0..4 {
                open(&mut opener, &seal(&mut sealer, ALERT, &[level, 90]));
            }
            assert_eq!(refused(&mut opener, &seal(&mut sealer, ALERT, &[level, 90])).rule, Rule::TooManyWarnings);
        }
    }
}

#[test]
fn refused_early_data_is_dropped_until_a_record_decrypts() {
    let way = way13();
    let (mut sealer, mut opener) = way.pair();
    opener.skip_early_data(100);
    let early = clear(23, &[0xaa; 50]);
    for _ in 0..2 {
        let dropped = opener.open(&mut early.clone());
        assert_eq!(dropped, Ok(Opened::Dropped { consumed: 55, why: Why::EarlyData }));
    }
    assert_eq!(opener.records(), 0);
    open(&mut opener, &seal(&mut sealer, HANDSHAKE, &[20, 0, 0, 0]));
    assert_eq!(refused(&mut opener, &early).rule, Rule::BadRecordMac);
}

#[test]
fn early_data_before_a_second_hello_is_dropped_in_the_clear() {
    let mut opener = Opener::new();
    opener.set_ccs(CcsRule::Drop);
    opener.skip_early_data(100);
    let early = clear(23, &[0xaa; 30]);
    assert!(matches!(opener.open(&mut early.clone()), Ok(Opened::Dropped { why: Why::EarlyData, .. })));
    assert!(matches!(opener.open(&mut clear(20, &[1])), Ok(Opened::Dropped { why: Why::Compatibility, .. })));
    assert!(matches!(opener.open(&mut early.clone()), Ok(Opened::Dropped { .. })));
    open(&mut opener, &clear(22, &[1, 0, 0, 0]));
    assert_eq!(refused(&mut opener, &early).rule, Rule::PlainApplicationData);
}

#[test]
fn more_early_data_than_allowed_is_refused() {
    for mut opener in [Opener::new(), way13().pair().1] {
        opener.skip_early_data(100);
        opener.open(&mut clear(23, &[0; 100])).expect("dropped");
        // Not even records of nothing come without end.
        let error = refused(&mut opener, &clear(23, &[]));
        assert_eq!((error.rule, error.expected, error.found), (Rule::TooMuchEarlyData, 100, 101));
    }
}

#[test]
fn a_protected_record_of_another_version_is_refused() {
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        let mut wire = seal(&mut sealer, DATA, b"x");
        wire[2] = 4;
        assert_eq!(refused(&mut opener, &wire).rule, Rule::RecordVersion);
    }
}

#[test]
fn keys_of_the_wrong_shape_are_refused() {
    use handfast_crypto::ProtocolVersion;
    use handfast_record::RecordKeys;
    let aead = way13().aead;
    for (version, key, iv) in [
        (ProtocolVersion::TLS1_3, 15, 12),
        (ProtocolVersion::TLS1_3, 16, 4),
        (ProtocolVersion::TLS1_2, 16, 12),
        (ProtocolVersion::TLS1_1, 16, 12),
    ] {
        assert!(RecordKeys::new(aead, version, &[0; 32][..key], &[0; 12][..iv]).is_err());
    }
}
