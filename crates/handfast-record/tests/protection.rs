//! Sealing and opening: what goes in comes out, and nothing else does.

mod common;

use common::*;
use handfast_crypto::ContentType;
use handfast_record::{HEADROOM, Opened, Rule, Sealed, Sealer, TAILROOM};

const SIZES: [usize; 9] = [0, 1, 15, 16, 17, 255, 16_383, 16_384, 16_385];

#[test]
fn what_is_sealed_is_opened_with_every_suite_version_and_size() {
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        for size in SIZES {
            let text: Vec<u8> = (0..size).map(|i| i as u8).collect();
            let mut wire = seal(&mut sealer, DATA, &text);
            let (mut rest, mut got) = (&mut wire[..], Vec::new());
            while !rest.is_empty() {
                let Opened::Record { consumed, content_type, text } = opener.open(rest).expect("opened") else {
                    panic!("a whole record")
                };
                assert_eq!(content_type, DATA);
                got.extend_from_slice(&rest[text]);
                rest = &mut rest[consumed..];
            }
            assert_eq!(got, text);
        }
        assert_eq!((sealer.records(), opener.records()), (10, 10));
    }
}

#[test]
fn every_content_type_keeps_its_name() {
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        for (content_type, text) in [(HANDSHAKE, &[0, 0, 0, 0][..]), (ALERT, &[1, 0]), (DATA, b"x")] {
            let wire = seal(&mut sealer, content_type, text);
            assert_eq!(wire[0] == 23, way.is_13() || content_type == DATA);
            assert_eq!(open(&mut opener, &wire), (content_type, text.to_vec()));
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    for way in ways() {
        let wire = seal(&mut way.pair().0, DATA, b"attack at dawn");
        for at in 0..wire.len() {
            let mut wire = wire.clone();
            wire[at] ^= 0x01;
            let outcome = way.pair().1.open(&mut wire);
            let rule = outcome.as_ref().map_err(|e| e.rule);
            match at {
                // The type: 22 is a protected handshake record in 1.2 and a clear one in 1.3.
                0 if way.is_13() => assert_eq!(rule, Err(Rule::Unprotected)),
                1 | 2 => assert_eq!(rule, Err(Rule::RecordVersion)),
                3 => assert!(matches!(rule, Ok(Opened::More { .. }))),
                // One byte more (not there) or one byte less.
                4 => assert!(matches!(rule, Ok(Opened::More { .. }) | Err(Rule::BadRecordMac))),
                _ => assert_eq!(rule, Err(Rule::BadRecordMac), "byte {at}"),
            }
        }
    }
}

#[test]
fn a_replayed_dropped_or_reordered_record_is_refused() {
    for way in ways() {
        let (mut sealer, _) = way.pair();
        let (a, b) = (seal(&mut sealer, DATA, b"a"), seal(&mut sealer, DATA, b"b"));
        let (_, mut opener) = way.pair();
        open(&mut opener, &a);
        let error = opener.open(&mut a.clone()).expect_err("replayed");
        assert_eq!((error.rule, error.record), (Rule::BadRecordMac, 1));
        assert_eq!(way.pair().1.open(&mut b.clone()).expect_err("out of order").rule, Rule::BadRecordMac);
    }
}

#[test]
fn a_dead_half_stays_dead() {
    let (mut sealer, mut opener) = way13().pair();
    let good = seal(&mut sealer, DATA, b"x");
    let mut bad = good.clone();
    bad[8] ^= 1;
    assert_eq!(opener.open(&mut bad).expect_err("tampered").rule, Rule::BadRecordMac);
    assert_eq!(opener.open(&mut good.clone()).expect_err("dead").rule, Rule::BadRecordMac);
}

#[test]
fn wire_that_comes_byte_by_byte_opens_like_the_whole() {
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        let wire = seal(&mut sealer, DATA, b"in pieces");
        for have in 0..wire.len() {
            let need = if have < 5 { 5 } else { wire.len() };
            assert_eq!(opener.open(&mut wire[..have].to_vec()), Ok(Opened::More { need }));
        }
        assert_eq!(open(&mut opener, &wire).1, b"in pieces");
    }
}

#[test]
fn sealing_in_place_gives_the_same_bytes_as_copying() {
    for way in ways() {
        for (size, pad) in [(0, 1), (1, 1), (100, 64), (16_384, 1), (16_000, 4096)] {
            let text = vec![5; size];
            let (mut copying, _) = way.pair();
            copying.set_padding(pad);
            let want = seal(&mut copying, DATA, &text);
            let (mut sealer, mut opener) = way.pair();
            sealer.set_padding(pad);
            assert!(sealer.headroom() <= HEADROOM);
            assert!(pad > 1 || sealer.tailroom(DATA, size) <= TAILROOM);
            let mut buf = vec![0xee; HEADROOM + size + sealer.tailroom(DATA, size)];
            buf[HEADROOM..HEADROOM + size].copy_from_slice(&text);
            let at = sealer.seal_in_place(DATA, &mut buf, HEADROOM..HEADROOM + size).expect("room");
            assert_eq!(buf[at.clone()], want);
            assert_eq!(open(&mut opener, &buf[at]), (DATA, text));
        }
    }
}

#[test]
fn in_place_sealing_without_room_changes_nothing() {
    for way in ways() {
        let (mut sealer, _) = way.pair();
        let (head, tail) = (sealer.headroom(), sealer.tailroom(DATA, 4));
        let mut buf = vec![1; head + 4 + tail];
        #[allow(clippy::reversed_empty_ranges, reason = "the point of the test")]
        let backwards = head + 4..head;
        for text in [head - 1..head + 3, head + 1..head + 5, usize::MAX - 3..usize::MAX, backwards] {
            let error = sealer.seal_in_place(DATA, &mut buf, text).expect_err("no room");
            assert!(matches!(error.rule, Rule::Room), "{error}");
        }
        assert_eq!(
            sealer.seal_in_place(DATA, &mut vec![0; 20_000], 20..16_405).expect_err("long").rule,
            Rule::TextTooLong
        );
        assert!(buf.iter().all(|&b| b == 1));
        assert_eq!(sealer.records(), 0);
        assert_eq!(sealer.seal_in_place(DATA, &mut buf, head..head + 4), Ok(0..head + 4 + tail));
    }
}

#[test]
fn parts_are_sealed_as_their_concatenation_and_cut_at_the_limit() {
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        sealer.set_max_text(64);
        let text: Vec<u8> = (0..150).collect();
        let parts = [&text[..1], &[], &text[1..70], &text[70..]];
        let mut wire = vec![0; sealer.wire_len(DATA, 150)];
        let sealed = sealer.seal(DATA, &parts, &mut wire).expect("sealed");
        assert_eq!(sealed, Sealed { text: 150, wire: wire.len() });
        let mut lengths = Vec::new();
        let mut got = Vec::new();
        let mut rest = &mut wire[..];
        while !rest.is_empty() {
            let Ok(Opened::Record { consumed, text, .. }) = opener.open(rest) else { panic!("a record") };
            lengths.push(text.len());
            got.extend_from_slice(&rest[text]);
            rest = &mut rest[consumed..];
        }
        assert_eq!((lengths, got), (vec![64, 64, 22], text));
    }
}

#[test]
fn too_little_wire_gets_as_many_whole_records_as_fit() {
    let (mut sealer, _) = way13().pair();
    sealer.set_max_text(100);
    let one = sealer.wire_len(DATA, 100);
    let mut wire = vec![0; 2 * one + 10];
    assert_eq!(sealer.seal(DATA, &[&[0; 300]], &mut wire), Ok(Sealed { text: 200, wire: 2 * one }));
    assert_eq!(sealer.seal(DATA, &[&[0; 300]], &mut wire[..one - 1]), Ok(Sealed { text: 0, wire: 0 }));
    assert_eq!(sealer.records(), 2);
}

#[test]
fn padding_fills_up_to_a_multiple_and_never_beyond_the_limit() {
    let (mut sealer, mut opener) = way13().pair();
    sealer.set_padding(256);
    for (size, inner) in [(0, 256), (1, 256), (255, 256), (256, 512), (16_384, 16_385), (16_383, 16_384)] {
        let wire = seal(&mut sealer, DATA, &vec![3; size]);
        assert_eq!(wire.len(), 5 + inner + 16, "{size}");
        assert_eq!(open(&mut opener, &wire).1.len(), size);
    }
    // The padding of an alert hides that it is one.
    let wire = seal(&mut sealer, ALERT, &[1, 0]);
    assert_eq!((wire.len(), open(&mut opener, &wire)), (5 + 256 + 16, (ALERT, vec![1, 0])));
}

#[test]
fn a_key_that_is_spent_says_so_early_and_refuses_late() {
    for way in ways() {
        let (mut sealer, _) = way.pair();
        sealer.set_limit(32);
        for _ in 0..30 {
            assert!(!sealer.needs_key_update());
            seal(&mut sealer, DATA, b"x");
        }
        // Two records are kept back from data, for a KeyUpdate and an alert.
        assert!(sealer.needs_key_update());
        let error = sealer.seal(DATA, &[b"x"], &mut [0; 64]).expect_err("spent");
        assert_eq!((error.rule, error.record), (Rule::KeySpent, 30));
        seal(&mut sealer, ContentType::HANDSHAKE, b"x");
        seal(&mut sealer, ALERT, &[1, 0]);
        let error = sealer.seal(ALERT, &[&[1, 0]], &mut [0; 64]).expect_err("spent");
        assert_eq!((error.rule, error.record), (Rule::KeySpent, 32));
        // A limit that was set holds for the keys that follow.
        sealer.install(way.keys());
        for _ in 0..30 {
            assert!(!sealer.needs_key_update());
            seal(&mut sealer, DATA, b"x");
        }
        assert!(sealer.needs_key_update());
    }
}

#[test]
fn a_limit_leaves_room_for_data_and_is_never_raised() {
    for way in ways() {
        let (mut sealer, _) = way.pair();
        sealer.set_limit(0);
        sealer.set_limit(1 << 20);
        for _ in 0..2 {
            assert!(!sealer.needs_key_update());
            seal(&mut sealer, DATA, b"x");
        }
        assert!(sealer.needs_key_update());
        assert_eq!(sealer.seal(DATA, &[b"x"], &mut [0; 64]).expect_err("spent").rule, Rule::KeySpent);
        seal(&mut sealer, HANDSHAKE, b"x");
        seal(&mut sealer, ALERT, &[1, 0]);
    }
}

#[test]
fn a_limit_that_is_set_late_refuses_data_but_not_the_last_words() {
    let (mut sealer, _) = way13().pair();
    (0..10).for_each(|_| drop(seal(&mut sealer, DATA, b"x")));
    sealer.set_limit(4);
    assert!(sealer.needs_key_update());
    let error = sealer.seal(DATA, &[b"x"], &mut [0; 64]).expect_err("spent");
    assert_eq!((error.rule, error.record), (Rule::KeySpent, 10));
    seal(&mut sealer, HANDSHAKE, b"x");
    seal(&mut sealer, ALERT, &[1, 0]);
    assert_eq!(sealer.seal(ALERT, &[&[1, 0]], &mut [0; 64]).expect_err("spent").rule, Rule::KeySpent);
}

#[test]
fn a_long_text_stops_where_the_key_is_spent() {
    let (mut sealer, _) = way13().pair();
    sealer.set_limit(4);
    sealer.set_max_text(100);
    let mut wire = vec![0; 1000];
    assert_eq!(sealer.seal(DATA, &[&[0; 300]], &mut wire).expect("two fit").text, 200);
    assert_eq!(sealer.seal(DATA, &[&[0; 300]], &mut wire).expect_err("spent").rule, Rule::KeySpent);
}

#[test]
fn a_parked_half_waits_for_its_key_and_goes_on() {
    for way in ways() {
        let (mut sealer, mut opener) = way.pair();
        open(&mut opener, &seal(&mut sealer, DATA, b"before"));
        sealer.park();
        opener.park();
        assert!(sealer.is_parked() && opener.is_parked());
        assert_eq!(sealer.seal(DATA, &[b"x"], &mut [0; 64]).expect_err("parked").rule, Rule::Parked);
        sealer.wake(way.expanded());
        let wire = seal(&mut sealer, DATA, b"after");
        assert_eq!(opener.open(&mut wire.clone()).expect_err("parked").rule, Rule::Parked);
        opener.wake(way.expanded());
        assert!(!opener.is_parked());
        assert_eq!(open(&mut opener, &wire).1, b"after");
    }
}

#[test]
fn what_must_not_be_sent_is_not_sealed() {
    let mut clear = Sealer::new();
    let rule = |r: Result<Sealed, handfast_record::RecordError>| r.expect_err("refused").rule;
    assert_eq!(rule(clear.seal(DATA, &[b"x"], &mut [0; 64])), Rule::SealedClear);
    for content_type in [HANDSHAKE, ALERT, CCS] {
        assert_eq!(rule(clear.seal(content_type, &[b""], &mut [0; 64])), Rule::SealedEmpty);
    }
}

#[test]
fn headers_in_the_clear_carry_the_version_of_the_moment() {
    let mut sealer = Sealer::new();
    sealer.set_initial_hello(true);
    assert_eq!(seal(&mut sealer, HANDSHAKE, &[1])[..5], [22, 3, 1, 0, 1]);
    sealer.set_initial_hello(false);
    assert_eq!(seal(&mut sealer, HANDSHAKE, &[1])[..5], [22, 3, 3, 0, 1]);
    sealer.set_initial_hello(true);
    sealer.install(way13().keys());
    assert_eq!(seal(&mut sealer, HANDSHAKE, &[1])[..3], [23, 3, 3]);
}

#[test]
fn a_change_cipher_spec_is_in_the_clear_in_tls13_and_takes_no_number() {
    let (mut sealer, _) = way13().pair();
    assert_eq!(seal(&mut sealer, CCS, &[1]), [20, 3, 3, 0, 1, 1]);
    assert_eq!(sealer.records(), 0);
}

#[test]
fn the_explicit_nonce_of_gcm_in_tls12_is_taken_from_the_record() {
    let way = way12();
    let nonce = [&[9; 4][..], &[1, 2, 3, 4, 5, 6, 7, 8]].concat();
    let mut text = *b"hello";
    let aad = [0, 0, 0, 0, 0, 0, 0, 0, 23, 3, 3, 0, 5];
    let tag = way.expanded().seal(nonce[..].try_into().expect("12"), &aad, &mut text).expect("sealed");
    let wire = [&[23, 3, 3, 0, 29][..], &nonce[4..], &text, &tag].concat();
    assert_eq!(open(&mut way.pair().1, &wire), (ContentType::APPLICATION_DATA, b"hello".to_vec()));
}

#[test]
fn the_halves_are_small() {
    assert!(size_of::<handfast_record::Opener>() <= 96, "{}", size_of::<handfast_record::Opener>());
    assert!(size_of::<Sealer>() <= 96, "{}", size_of::<Sealer>());
    assert!(size_of::<handfast_record::Joiner>() <= 32);
    println!("{} {}", size_of::<handfast_record::Opener>(), size_of::<Sealer>());
}
