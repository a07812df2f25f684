//! The halves of a connection without I/O, and the handshake before them: failures are final, keys
//! keep room for the last word, nothing happens twice.

mod common;

use common::{EACH, Heard, Wire, client_handshake, data, halves, pump, server_handshake};
use handfast::record::{MAX_TEXT, MAX_WIRE, Rule};
use handfast::{
    AlertDescription, Error, Handshake, Kind, Next, Question, Received, Reply, RxEvent, Sealed, Stream, Versions,
};
use std::io::{Read, Write};

fn spent(error: &Error) -> bool {
    matches!(error.kind(), Kind::Record(error) if error.rule == Rule::KeySpent)
}

/// The loop of the documentation of `Handshake`, word by word.
fn documented(mut hs: Handshake, mut tcp: impl Read + Write) -> Result<(), Box<dyn std::error::Error>> {
    let (mut wire, mut held) = (vec![0; MAX_WIRE], 0);
    loop {
        match hs.next()? {
            Next::Send => {
                let n = tcp.write(hs.outgoing())?;
                hs.sent(n);
            }
            Next::Receive => {
                let used = hs.receive(&mut wire[..held]);
                wire.copy_within(used..held, 0);
                held -= used;
                if used == 0 && hs.wants_more() {
                    match tcp.read(&mut wire[held..])? {
                        0 => hs.ended(),
                        n => held += n,
                    }
                }
            }
            Next::Ask(question) => hs.resolve(question),
            Next::Done => break,
            _ => unreachable!("every question was answered at once"),
        }
    }
    hs.finish()?;
    Ok(())
}

#[test]
fn the_documented_loop_takes_records_in_any_portion() {
    use common::Portion::{Byte, Everything, Record};
    for versions in EACH {
        for portion in [Everything, Record, Byte] {
            for ours in [true, false] {
                let (us, peer) = match ours {
                    true => (client_handshake(versions), server_handshake(versions)),
                    false => (server_handshake(versions), client_handshake(versions)),
                };
                let wire = Wire::shaking(peer);
                wire.state().portion = portion;
                documented(us, wire.clone()).unwrap_or_else(|e| panic!("{versions:?} {portion:?} {ours}: {e}"));
                let state = wire.state();
                assert_eq!((state.starved, &state.heard[..]), (0, &[][..]));
            }
        }
    }
}

#[test]
fn the_documented_loop_says_its_alert_before_it_reads_on() {
    let wire = Wire::to(common::Peer::Deaf);
    wire.state().waiting = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    let error = documented(server_handshake(Versions::ALL), wire.clone()).unwrap_err();
    assert!(error.downcast::<Error>().unwrap().not_tls().is_some());
    let state = wire.state();
    assert_eq!((state.starved, &state.written[..5]), (0, &[21, 3, 3, 0, 2][..]));
}

#[test]
fn a_client_drops_a_change_cipher_spec_before_the_server_hello() {
    for (versions, dropped) in [(Versions::ALL, true), (Versions::TLS1_3, true), (Versions::TLS1_2, false)] {
        let (mut client, mut ccs) = (client_handshake(versions), vec![20, 3, 3, 0, 1, 1]);
        assert_eq!(pump(&mut client, &mut ccs, &mut Vec::new()).is_ok(), dropped, "{versions:?}");
    }
}

#[test]
fn an_answer_after_the_failure_changes_nothing() {
    let (mut client, mut server) = (client_handshake(Versions::TLS1_3), server_handshake(Versions::TLS1_3));
    let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
    pump(&mut client, &mut Vec::new(), &mut to_server).unwrap();
    pump(&mut server, &mut to_server, &mut to_client).unwrap();
    let judge = loop {
        match client.next().unwrap() {
            Next::Receive => {
                let used = client.receive(&mut to_client);
                to_client.drain(..used);
            }
            Next::Send => client.sent(usize::MAX),
            Next::Ask(Question::Judge(judge)) => break judge,
            other => panic!("{other:?}"),
        }
    };
    client.ended();
    client.answer(judge.clone().accept());
    assert_eq!(client.outgoing(), b"", "neither a flight nor an alert");
    assert!(matches!(client.next().unwrap_err().kind(), Kind::Truncated));
    client.answer(judge.accept());
    assert_eq!(client.outgoing(), b"");
    assert!(matches!(client.next().unwrap_err().kind(), Kind::Misuse("the handshake is over")));
}

#[test]
fn reading_ends_with_the_first_error_and_the_secrets_with_it() {
    for versions in EACH {
        let (mut client, mut server) = halves(versions);
        let mut bad = server.send(b"tampered with");
        *bad.last_mut().unwrap() ^= 1;
        let failed = client.rx.receive(&mut bad).unwrap_err();
        assert!(matches!(failed.error.kind(), Kind::Record(e) if e.rule == Rule::BadRecordMac));
        assert_eq!(failed.reply, Some(Reply::Alert(AlertDescription::BAD_RECORD_MAC)));
        assert_eq!(client.rx.heap(), 0, "no secret is left");
        for wire in [&mut server.send(b"in good health")[..], &mut []] {
            let failed = client.rx.receive(wire).unwrap_err();
            assert!(matches!(failed.error.kind(), Kind::Over));
            assert_eq!(failed.reply, None, "there is one alert");
        }
        assert!(client.rx.transport_ended().is_err());
    }
}

#[test]
fn a_fatal_alert_ends_reading_and_needs_no_answer() {
    for versions in EACH {
        let (mut client, mut server) = halves(versions);
        let mut alert = server.seal(|tx, wire| tx.reply(Reply::Alert(AlertDescription::INTERNAL_ERROR), wire));
        let failed = client.rx.receive(&mut alert).unwrap_err();
        let told = AlertDescription::INTERNAL_ERROR;
        assert!(matches!(failed.error.kind(), Kind::Alert { description, .. } if *description == told));
        assert_eq!((failed.reply, client.rx.heap()), (None, 0));
        let failed = client.rx.receive(&mut []).unwrap_err();
        assert!(matches!(failed.error.kind(), Kind::Over) && failed.reply.is_none());
        // Who is told so aborts the writing half, and who sent it has ended its own.
        client.tx.abort();
        for end in [&mut client, &mut server] {
            assert!(end.tx.is_closed() && end.tx.heap() == 0);
            assert!(matches!(end.tx.send(&[b"x"], &mut [0; 64]).unwrap_err().kind(), Kind::Misuse(_)));
            assert_eq!(end.tx.reply(Reply::Alert(told), &mut [0; 64]).unwrap(), Sealed::default());
        }
    }
}

#[test]
fn user_canceled_is_no_error_in_tls13_and_one_in_tls12() {
    let canceled = AlertDescription::USER_CANCELED;
    for versions in EACH {
        let (mut client, mut server) = halves(versions);
        let mut alert = server.seal(|tx, wire| tx.reply(Reply::Alert(canceled), wire));
        match client.rx.receive(&mut alert) {
            Ok(received) => {
                assert_eq!((versions, received.unwrap().event), (Versions::TLS1_3, RxEvent::Nothing));
                assert!(client.rx.receive(&mut []).unwrap().is_none());
            }
            Err(failed) => {
                assert_eq!((versions, failed.reply), (Versions::TLS1_2, None));
                assert!(matches!(failed.error.kind(), Kind::Alert { description, .. } if *description == canceled));
            }
        }
    }
}

#[test]
fn what_follows_close_notify_is_passed_over() {
    for versions in EACH {
        let (mut client, mut server) = halves(versions);
        let wire = [server.send(b"last"), server.seal(|tx, wire| tx.close(wire)), b"anything at all".to_vec()];
        assert_eq!(client.hear(wire.concat()), [Heard::Data(b"last".to_vec()), Heard::Closed]);
        assert!(client.rx.is_closed() && client.rx.transport_ended().is_ok());
        let passed = client.rx.receive(&mut [0xff; 9]).unwrap();
        assert_eq!(passed, Some(Received { consumed: 9, event: RxEvent::Nothing }));
        assert_eq!(client.rx.receive(&mut []).unwrap(), None);
        // The other direction lives on.
        let wire = client.send(b"still here");
        assert_eq!(data(&server.hear(wire)), b"still here");
    }
}

#[test]
fn no_header_asks_for_more_than_the_longest_record() {
    for versions in EACH {
        let (client, _) = halves(versions);
        for length in 0..=u16::MAX {
            let [high, low] = length.to_be_bytes();
            let needed = client.rx.needed(&[23, 3, 3, high, low]);
            assert_eq!(needed, (5 + usize::from(length)).min(MAX_WIRE));
        }
        assert_eq!(client.rx.needed(&[23, 3, 3, 0xff]), 5);
    }
}

#[test]
fn a_header_that_asks_for_more_is_refused_before_the_rest_has_come() {
    for versions in EACH {
        let (mut client, _) = halves(versions);
        let failed = client.rx.receive(&mut [23, 3, 3, 0xff, 0xff]).unwrap_err();
        assert_eq!(failed.reply, Some(Reply::Alert(AlertDescription::RECORD_OVERFLOW)));
    }
}

#[test]
fn a_long_send_changes_keys_as_it_goes() {
    for limit in [0, 4, 5, 16, 17] {
        let (mut client, mut server) = halves(Versions::TLS1_3);
        client.tx.set_record_limit(limit);
        let text: Vec<u8> = (0..40 * MAX_TEXT as u32 + 7).map(|n| n as u8).collect();
        let (mut sent, mut updates, mut got) = (0, 0, Vec::new());
        while sent < text.len() {
            let mut wire = vec![0; client.tx.needed(text.len() - sent)];
            let sealed = client.tx.send(&[&text[sent..]], &mut wire).unwrap();
            assert!(sealed.text > 0, "it goes on");
            sent += sealed.text;
            wire.truncate(sealed.wire);
            let heard = server.hear(wire);
            updates += heard.iter().filter(|h| **h == Heard::KeyUpdate(false)).count();
            got.extend(data(&heard));
        }
        assert!(got == text);
        let least = 41 / limit.max(4) as usize;
        assert!(updates >= least, "{updates} updates with a limit of {limit}");
        assert_eq!(server.hear(client.seal(|tx, wire| tx.close(wire))), [Heard::Closed]);
    }
}

#[test]
fn closing_works_after_any_number_of_records() {
    for limit in [0, 6] {
        for records in 0..20 {
            let (mut client, mut server) = halves(Versions::TLS1_3);
            client.tx.set_record_limit(limit);
            for _ in 0..records {
                let wire = client.send(b"x");
                server.hear(wire);
            }
            assert_eq!(server.hear(client.seal(|tx, wire| tx.close(wire))), [Heard::Closed], "{records}");
        }
    }
}

#[test]
fn a_limit_below_what_was_sent_already_asks_for_a_new_key_at_once() {
    let (mut client, mut server) = halves(Versions::TLS1_3);
    for _ in 0..20 {
        let wire = client.send(b"x");
        server.hear(wire);
    }
    client.tx.set_record_limit(8);
    let wire = client.send(b"y");
    assert_eq!(server.hear(wire), [Heard::KeyUpdate(false), Heard::Data(b"y".to_vec())]);
    assert_eq!(server.hear(client.seal(|tx, wire| tx.close(wire))), [Heard::Closed]);
}

#[test]
fn a_spent_tls12_key_still_says_close_notify() {
    let (mut client, mut server) = halves(Versions::TLS1_2);
    client.tx.set_record_limit(8);
    let mut wire = [0; 128];
    let error = loop {
        match client.tx.send(&[b"x"], &mut wire) {
            Ok(sealed) => drop(server.hear(wire[..sealed.wire].to_vec())),
            Err(error) => break error,
        }
    };
    assert!(spent(&error), "{error}");
    assert_eq!(server.hear(client.seal(|tx, wire| tx.close(wire))), [Heard::Closed]);
}

#[test]
fn a_record_limit_survives_a_key_update() {
    let (mut client, mut server) = halves(Versions::TLS1_3);
    client.tx.set_record_limit(10);
    let wire = client.seal(|tx, wire| tx.update_keys(false, wire));
    assert_eq!(server.hear(wire), [Heard::KeyUpdate(false)]);
    for _ in 0..8 {
        assert!(!client.tx.needs_key_update());
        let wire = client.send(b"x");
        server.hear(wire);
    }
    assert!(client.tx.needs_key_update());
}

#[test]
fn a_wire_too_small_for_a_key_update_and_data_gets_neither() {
    let (mut client, mut server) = halves(Versions::TLS1_3);
    client.tx.set_record_limit(4);
    for _ in 0..2 {
        let wire = client.send(b"x");
        server.hear(wire);
    }
    assert!(client.tx.needs_key_update());
    let least = client.tx.needed(1);
    for room in 0..least {
        assert_eq!(client.tx.send(&[b"y"], &mut vec![0; room]).unwrap(), Sealed::default(), "{room}");
        assert!(client.tx.needs_key_update(), "{room}: the key is the old one");
    }
    let mut wire = vec![0; least];
    assert_eq!(client.tx.send(&[b"y"], &mut wire).unwrap(), Sealed { text: 1, wire: least });
    assert_eq!(server.hear(wire), [Heard::KeyUpdate(false), Heard::Data(b"y".to_vec())]);
}

#[test]
fn parked_halves_wake_by_themselves() {
    for versions in EACH {
        let (mut client, mut server) = halves(versions);
        for round in 0..4 {
            for end in [&mut client, &mut server] {
                end.tx.park();
                end.rx.park();
            }
            let wire = match round {
                1 if versions == Versions::TLS1_3 => client.seal(|tx, wire| tx.update_keys(false, wire)),
                2 => {
                    let mut buf = vec![0; 100];
                    let range = client.tx.seal_in_place(&mut buf, 40..50).unwrap();
                    buf[range].to_vec()
                }
                3 => client.seal(|tx, wire| tx.close(wire)),
                _ => client.send(b"awake"),
            };
            assert_eq!(server.hear(wire).len(), 1, "{versions:?}, {round}");
        }
    }
}

#[test]
fn two_wishes_for_a_new_key_are_one_request() {
    let (mut client, mut server) = halves(Versions::TLS1_3);
    let mut ask = |again: bool| {
        if again {
            client.tx.peer_updated();
        }
        let wire = client.seal(|tx, wire| tx.update_keys(true, wire));
        server.hear(wire)
    };
    assert_eq!(ask(false), [Heard::KeyUpdate(true)]);
    assert_eq!(ask(false), [Heard::KeyUpdate(false)]);
    assert_eq!(ask(true), [Heard::KeyUpdate(true)], "once it was met there may be another");
}

#[test]
fn a_request_that_found_no_room_was_not_made() {
    let (mut client, mut server) = halves(Versions::TLS1_3);
    assert_eq!(client.tx.update_keys(true, &mut [0; 10]).unwrap(), Sealed::default());
    assert_eq!(server.hear(client.seal(|tx, wire| tx.update_keys(true, wire))), [Heard::KeyUpdate(true)]);
}

#[test]
fn after_close_there_is_nothing_to_reply() {
    for versions in EACH {
        for reply in [Reply::KeyUpdate, Reply::Alert(AlertDescription::DECODE_ERROR)] {
            let (mut client, _) = halves(versions);
            client.seal(|tx, wire| tx.close(wire));
            assert_eq!(client.tx.reply(reply, &mut [0; 64]).unwrap(), Sealed::default());
            assert!(matches!(client.tx.close(&mut [0; 64]).unwrap_err().kind(), Kind::Misuse(_)));
        }
    }
}

#[test]
fn a_suite_list_of_one_version_decides_the_version() {
    let suites = |version| {
        let all = handfast::CipherSuite::SPOKEN.iter().copied();
        all.filter(|s| s.info().unwrap().version == version).collect::<Vec<_>>()
    };
    for versions in EACH {
        let wire = Wire::shaking(server_handshake(Versions::ALL));
        let config = common::client(Versions::ALL).with_suites(&suites(versions.max));
        let stream = Stream::connect(&config, "localhost", wire).unwrap();
        assert_eq!(stream.summary().version, versions.max);
        let config = common::server(Versions::ALL).with_suites(&suites(versions.max));
        let wire = Wire::shaking(Handshake::server(&config));
        let stream = Stream::connect(&common::client(Versions::ALL), "localhost", wire).unwrap();
        assert_eq!(stream.summary().version, versions.max);
    }
}
