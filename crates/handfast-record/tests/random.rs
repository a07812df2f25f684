//! Whatever comes, nothing panics, and what is consumed is within what was given.

mod common;

use common::*;
use handfast_record::{CcsRule, Opened, Opener};
use proptest::prelude::*;

fn drain(mut opener: Opener, ccs: u8, skip: u32, wire: &mut [u8]) {
    opener.set_ccs([CcsRule::Refuse, CcsRule::Drop, CcsRule::Deliver][usize::from(ccs % 3)]);
    opener.skip_early_data(skip);
    let mut at = 0;
    while let Ok(opened) = opener.open(&mut wire[at..]) {
        match opened {
            Opened::More { need } => {
                assert!(need > wire.len() - at);
                break;
            }
            Opened::Record { consumed, text, .. } => {
                assert!(consumed >= 5 && text.end <= consumed && text.start <= text.end);
                at += consumed;
            }
            Opened::Dropped { consumed, .. } => at += consumed,
        }
        assert!(at <= wire.len());
    }
}

proptest! {
    #[test]
    fn random_wire_never_panics(
        records in prop::collection::vec((19_u8..26, 2_u8..5, 0_u8..6, prop::collection::vec(any::<u8>(), 0..60)), 0..8),
        tail in prop::collection::vec(any::<u8>(), 0..10),
        ccs: u8,
        skip in 0_u32..200,
    ) {
        let mut wire = Vec::new();
        for (t, major, minor, body) in records {
            wire.extend([t, major, minor, 0, body.len() as u8]);
            wire.extend(body);
        }
        wire.extend(tail);
        drain(Opener::new(), ccs, skip, &mut wire.clone());
        drain(way13().pair().1, ccs, skip, &mut wire.clone());
        drain(way12().pair().1, ccs, skip, &mut wire);
    }

    #[test]
    fn random_inner_plaintext_never_panics(inner in prop::collection::vec(prop_oneof![Just(0_u8), 19_u8..26, any::<u8>()], 0..40)) {
        let way = way13();
        let mut wire = forge13(&way, 0, &inner);
        let whole = wire.len();
        if let Ok(opened) = way.pair().1.open(&mut wire) {
            let Opened::Record { consumed, content_type, text } = opened else { panic!("a whole record") };
            prop_assert_eq!(consumed, whole);
            prop_assert_eq!(&wire[text.clone()], &inner[..text.len()]);
            prop_assert_eq!(inner[text.len()], content_type.0);
            prop_assert!(inner[text.len() + 1..].iter().all(|&b| b == 0));
        }
    }

    #[test]
    fn random_sealing_comes_back(size in 0_usize..3000, max in 64_usize..1500, pad in 1_u16..600, cut in 0_usize..3000) {
        for way in [way13(), way12()] {
            let (mut sealer, mut opener) = way.pair();
            sealer.set_max_text(max);
            sealer.set_padding(pad);
            opener.set_max_text(max);
            let text: Vec<u8> = (0..size).map(|i| i as u8).collect();
            let cut = cut.min(size);
            let mut wire = vec![0; sealer.wire_len(DATA, size)];
            let sealed = sealer.seal(DATA, &[&text[..cut], &text[cut..]], &mut wire).expect("sealed");
            prop_assert_eq!((sealed.text, sealed.wire), (size, wire.len()));
            let (mut at, mut got) = (0, Vec::new());
            while at < wire.len() {
                let Ok(Opened::Record { consumed, text, .. }) = opener.open(&mut wire[at..]) else { panic!("a record") };
                got.extend_from_slice(&wire[at..][text]);
                at += consumed;
            }
            prop_assert_eq!(got, text);
        }
    }
}
