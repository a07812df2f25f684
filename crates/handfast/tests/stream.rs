//! The blocking stream over transports that block, time out, break, or deliver in small portions.

mod common;

use common::{EACH, Heard, Peer, Portion, Wire, client, connected, data, server, server_handshake};
use handfast::record::Rule;
use handfast::{AlertDescription, ClientAuth, Error, Failure, Kind, Reply, Stream, Versions};
use std::io::{self, ErrorKind, Read, Write};

/// The error of ours inside of the standard library's.
fn ours(error: &io::Error) -> &Error {
    error.get_ref().and_then(|e| e.downcast_ref()).unwrap_or_else(|| panic!("{error} is the transport's"))
}

/// What a stream that could not be set up says, if it is TLS that failed.
fn failed(result: Result<Stream<Wire>, Failure>) -> Error {
    match result {
        Err(Failure::Tls(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it must fail"),
    }
}

fn read(stream: &mut Stream<Wire>) -> io::Result<Vec<u8>> {
    let mut buf = [0; 100];
    stream.read(&mut buf).map(|n| buf[..n].to_vec())
}

#[test]
fn plain_http_is_answered_with_an_alert_at_once() {
    let wire = Wire::to(Peer::Deaf);
    wire.state().waiting = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    let error = failed(Stream::accept(&server(Versions::ALL), wire.clone()));
    assert_eq!(error.not_tls().as_ref(), Some(b"GET /"));
    let state = wire.state();
    let alert = error.alert().unwrap();
    assert_eq!((&state.written[..], state.starved), (&[21, 3, 3, 0, 2, 2, alert.0][..], 0));
}

#[test]
fn a_client_answers_plain_http_at_once_too() {
    let wire = Wire::to(Peer::Deaf);
    wire.state().waiting = b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec();
    let error = failed(Stream::connect(&client(Versions::ALL), "localhost", wire.clone()));
    assert!(error.not_tls().is_some());
    let state = wire.state();
    assert_eq!((state.written.ends_with(&[2, error.alert().unwrap().0]), state.starved), (true, 0));
}

#[test]
fn what_a_blocked_write_has_sealed_is_not_sealed_again() {
    for versions in EACH {
        for kind in [ErrorKind::WouldBlock, ErrorKind::TimedOut] {
            for taken in [0, 10] {
                let (mut tls, wire) = connected(versions);
                if taken > 0 {
                    wire.state().writes.push_back(Ok(taken));
                }
                wire.state().writes.push_back(Err(kind));
                assert_eq!(tls.write(b"one ").unwrap(), 4, "once sealed, the text is taken");
                // The next call has nothing sealed, so its text is the caller's to offer again.
                wire.state().writes.push_back(Err(kind));
                assert_eq!(tls.write(b"two ").unwrap_err().kind(), kind);
                assert_eq!(tls.write(b"two ").unwrap(), 4);
                tls.flush().unwrap();
                assert_eq!(data(&wire.state().heard), b"one two ");
                assert_eq!(tls.counts().0, 8);
            }
        }
    }
}

#[test]
fn interrupted_calls_are_made_again() {
    for versions in EACH {
        let wire = Wire::shaking(server_handshake(versions));
        wire.state().writes.push_back(Err(ErrorKind::Interrupted));
        wire.state().reads.extend([ErrorKind::Interrupted; 2]);
        let mut tls = Stream::connect(&client(versions), "localhost", wire.clone()).unwrap();
        wire.state().writes.extend([Err(ErrorKind::Interrupted), Ok(3), Err(ErrorKind::Interrupted)]);
        tls.write_all(b"hello").unwrap();
        wire.say(|tx, wire| tx.send(&[b"world"], wire));
        wire.state().reads.push_back(ErrorKind::Interrupted);
        assert_eq!(read(&mut tls).unwrap(), b"world");
        wire.state().writes.push_back(Err(ErrorKind::Interrupted));
        tls.close().unwrap();
        assert_eq!(wire.state().heard, [Heard::Data(b"hello".to_vec()), Heard::Closed]);
    }
}

#[test]
fn a_stream_takes_records_in_any_portion() {
    for versions in EACH {
        for portion in [Portion::Everything, Portion::Record, Portion::Byte] {
            let wire = Wire::shaking(server_handshake(versions));
            wire.state().portion = portion;
            let mut tls = Stream::connect(&client(versions), "localhost", wire.clone()).unwrap();
            tls.write_all(b"hello").unwrap();
            for text in [b"a", b"b"] {
                wire.say(|tx, wire| tx.send(&[text], wire));
            }
            wire.say(|tx, wire| tx.close(wire));
            let mut text = Vec::new();
            tls.read_to_end(&mut text).unwrap();
            assert_eq!((&text[..], wire.state().starved), (&b"ab"[..], 0), "{portion:?}");
        }
    }
}

#[test]
fn after_a_fatal_alert_nothing_is_read_or_written() {
    for versions in EACH {
        let (mut tls, wire) = connected(versions);
        wire.say(|tx, wire| tx.reply(Reply::Alert(AlertDescription::INTERNAL_ERROR), wire));
        let error = read(&mut tls).unwrap_err();
        assert!(matches!(ours(&error).kind(), Kind::Alert { .. }));
        assert!(matches!(ours(&read(&mut tls).unwrap_err()).kind(), Kind::Over));
        assert!(matches!(ours(&tls.write(b"x").unwrap_err()).kind(), Kind::Misuse(_)));
        tls.close().unwrap();
        assert_eq!(wire.state().written, b"");
    }
}

#[test]
fn after_a_broken_record_one_alert_is_sent_and_nothing_more() {
    for versions in EACH {
        let (mut tls, wire) = connected(versions);
        wire.say(|tx, wire| tx.send(&[b"x"], wire));
        *wire.state().waiting.last_mut().unwrap() ^= 1;
        let error = read(&mut tls).unwrap_err();
        assert!(matches!(ours(&error).kind(), Kind::Record(e) if e.rule == Rule::BadRecordMac));
        let heard = wire.state().heard.clone();
        assert!(matches!(&heard[..], [Heard::Failed(why)] if why.contains("bad_record_mac")), "{heard:?}");
        let written = wire.state().written.len();
        assert!(matches!(ours(&read(&mut tls).unwrap_err()).kind(), Kind::Over));
        assert!(tls.write(b"x").is_err());
        tls.close().unwrap();
        assert_eq!(wire.state().written.len(), written);
    }
}

#[test]
fn an_alert_that_blocked_goes_with_the_next_call() {
    let (mut tls, wire) = connected(Versions::TLS1_3);
    wire.say(|tx, wire| tx.send(&[b"x"], wire));
    *wire.state().waiting.last_mut().unwrap() ^= 1;
    wire.state().writes.push_back(Err(ErrorKind::WouldBlock));
    assert!(matches!(ours(&read(&mut tls).unwrap_err()).kind(), Kind::Record(_)));
    tls.close().unwrap();
    assert!(matches!(&wire.state().heard[..], [Heard::Failed(why)] if why.contains("bad_record_mac")));
}

#[test]
fn an_alert_behind_data_that_blocked_is_not_lost() {
    for versions in EACH {
        let (mut tls, wire) = connected(versions);
        wire.state().writes.extend([Err(ErrorKind::WouldBlock); 3]);
        assert_eq!(tls.write(b"data").unwrap(), 4);
        wire.say(|tx, wire| tx.send(&[b"x"], wire));
        *wire.state().waiting.last_mut().unwrap() ^= 1;
        assert!(matches!(ours(&read(&mut tls).unwrap_err()).kind(), Kind::Record(_)));
        assert!(matches!(ours(&tls.write(b"more").unwrap_err()).kind(), Kind::Misuse(_)));
        let heard = wire.state().heard.clone();
        assert!(matches!(&heard[..], [Heard::Data(_), Heard::Failed(why)] if why.contains("bad_record_mac")));
    }
}

#[test]
fn a_key_update_that_could_not_be_answered_is_answered_before_the_next_data() {
    let (mut tls, wire) = connected(Versions::TLS1_3);
    wire.say(|tx, wire| tx.update_keys(true, wire));
    wire.state().writes.push_back(Err(ErrorKind::WouldBlock));
    assert_eq!(read(&mut tls).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(wire.state().heard, []);
    tls.write_all(b"x").unwrap();
    assert_eq!(wire.state().heard, [Heard::KeyUpdate(false), Heard::Data(b"x".to_vec())]);
}

#[test]
fn several_wishes_for_a_new_key_are_met_by_one() {
    let (mut tls, wire) = connected(Versions::TLS1_3);
    for _ in 0..3 {
        wire.with_tx(|tx| tx.peer_updated());
        wire.say(|tx, wire| tx.update_keys(true, wire));
    }
    wire.say(|tx, wire| tx.send(&[b"data"], wire));
    assert_eq!(read(&mut tls).unwrap(), b"data");
    tls.write_all(b"x").unwrap();
    assert_eq!(wire.state().heard, [Heard::KeyUpdate(false), Heard::Data(b"x".to_vec())]);
}

#[test]
fn a_stream_asks_twice_for_a_new_key_only_if_it_got_the_first() {
    let (mut tls, wire) = connected(Versions::TLS1_3);
    tls.update_keys(true).unwrap();
    tls.update_keys(true).unwrap();
    wire.say(|tx, wire| tx.update_keys(false, wire));
    wire.say(|tx, wire| tx.send(&[b"x"], wire));
    read(&mut tls).unwrap();
    tls.update_keys(true).unwrap();
    assert_eq!(wire.state().heard, [true, false, true].map(Heard::KeyUpdate));
}

#[test]
fn an_alert_that_cannot_be_sent_does_not_hide_why() {
    let wire = Wire::to(Peer::Deaf);
    wire.state().waiting = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    wire.state().writes.push_back(Err(ErrorKind::BrokenPipe));
    assert!(failed(Stream::accept(&server(Versions::ALL), wire)).not_tls().is_some());
}

#[test]
fn a_flight_that_cannot_be_sent_does_not_hide_the_alert_that_came() {
    // The server dislikes the ClientHello and goes away before all of it is there.
    let wire = Wire::to(Peer::Deaf);
    wire.state().waiting = vec![21, 3, 3, 0, 2, 2, 40];
    wire.state().writes.push_back(Err(ErrorKind::BrokenPipe));
    let error = failed(Stream::connect(&client(Versions::ALL), "localhost", wire));
    let told = AlertDescription::HANDSHAKE_FAILURE;
    assert!(matches!(error.kind(), Kind::Alert { description, .. } if *description == told));
    // With nothing to read it is the transport's error.
    let wire = Wire::to(Peer::Deaf);
    wire.state().writes.push_back(Err(ErrorKind::BrokenPipe));
    let result = Stream::connect(&client(Versions::ALL), "localhost", wire);
    assert!(matches!(result, Err(Failure::Io(error)) if error.error().kind() == ErrorKind::BrokenPipe));
}

#[test]
fn a_last_flight_that_cannot_be_sent_does_not_hide_it_either() {
    for versions in EACH {
        // The alert comes together with the server's flight, or after it.
        for portion in [Portion::Everything, Portion::Record, Portion::Byte] {
            let wire = Wire::shaking(server_handshake(versions));
            wire.state().portion = portion;
            wire.state().complains = true;
            wire.state().writes.extend([Ok(usize::MAX), Err(ErrorKind::BrokenPipe)]);
            let error = failed(Stream::connect(&client(versions), "localhost", wire));
            let told = AlertDescription::INTERNAL_ERROR;
            assert!(matches!(error.kind(), Kind::Alert { description, .. } if *description == told), "{error}");
        }
    }
}

#[test]
fn a_flight_that_cannot_be_sent_in_time_is_not_waited_for() {
    for versions in EACH {
        for kind in [ErrorKind::TimedOut, ErrorKind::WouldBlock] {
            let wire = Wire::shaking(server_handshake(versions));
            wire.state().writes.extend([Ok(usize::MAX), Err(kind)]);
            let result = Stream::connect(&client(versions), "localhost", wire.clone());
            assert!(matches!(result, Err(Failure::Io(error)) if error.error().kind() == kind));
            assert_eq!(wire.state().starved, 0, "the peer may be there and silent");
        }
    }
}

#[test]
fn a_close_that_blocked_can_be_called_again() {
    for versions in EACH {
        for taken in [0, 3] {
            let (mut tls, wire) = connected(versions);
            if taken > 0 {
                wire.state().writes.push_back(Ok(taken));
            }
            wire.state().writes.push_back(Err(ErrorKind::WouldBlock));
            assert_eq!(tls.close().unwrap_err().kind(), ErrorKind::WouldBlock);
            assert_eq!(wire.state().heard, []);
            wire.state().flushes.push_back(ErrorKind::WouldBlock);
            let flushed = wire.state().flushed;
            assert_eq!(tls.close().unwrap_err().kind(), ErrorKind::WouldBlock);
            assert_eq!(wire.state().flushed, flushed);
            tls.close().unwrap();
            assert_eq!(wire.state().flushed, flushed + 1);
            assert_eq!(wire.state().heard, [Heard::Closed]);
        }
    }
}

#[test]
fn a_stream_that_was_closed_still_reads() {
    for versions in EACH {
        let (mut tls, wire) = connected(versions);
        tls.close().unwrap();
        if versions == Versions::TLS1_3 {
            // There is no way to answer this any more, and no need to.
            wire.say(|tx, wire| tx.update_keys(true, wire));
        }
        wire.say(|tx, wire| tx.send(&[b"late"], wire));
        assert_eq!(read(&mut tls).unwrap(), b"late");
        wire.say(|tx, wire| tx.close(wire));
        assert_eq!(read(&mut tls).unwrap(), b"");
        assert_eq!(wire.state().heard, [Heard::Closed]);
    }
}

#[test]
fn data_after_close_notify_is_passed_over() {
    for versions in EACH {
        let (mut tls, wire) = connected(versions);
        wire.say(|tx, wire| tx.close(wire));
        wire.state().waiting.extend(b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(read(&mut tls).unwrap(), b"");
        assert_eq!(read(&mut tls).unwrap(), b"");
        tls.write_all(b"x").unwrap();
        assert_eq!(wire.state().heard, [Heard::Data(b"x".to_vec())]);
    }
}

#[test]
fn an_end_without_close_notify_is_a_truncation_every_time() {
    for versions in EACH {
        let (mut tls, wire) = connected(versions);
        wire.state().ended = true;
        for _ in 0..2 {
            let error = read(&mut tls).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
            assert!(matches!(ours(&error).kind(), Kind::Truncated));
        }
    }
}

#[test]
fn coming_apart_sends_what_is_sealed_and_owed() {
    for versions in EACH {
        let (mut tls, wire) = connected(versions);
        wire.state().writes.extend([Ok(7), Err(ErrorKind::TimedOut)]);
        assert_eq!(tls.write(b"hello").unwrap(), 5);
        let mut expected = vec![Heard::Data(b"hello".to_vec())];
        if versions == Versions::TLS1_3 {
            wire.say(|tx, wire| tx.update_keys(true, wire));
            expected.push(Heard::KeyUpdate(false));
        }
        for text in [b"now", b"due"] {
            wire.say(|tx, wire| tx.send(&[text], wire));
        }
        assert_eq!(read(&mut tls).unwrap(), b"now");
        let (_, mut rx, mut tx, _, mut rest) = tls.into_parts().unwrap();
        assert_eq!(wire.state().heard, expected);
        // What was read and not used belongs to the halves, which go on where the stream ended.
        let mut heard = Vec::new();
        common::listen(&mut rx, &mut rest, &mut heard).unwrap();
        assert_eq!(data(&heard), b"due");
        let mut sealed = vec![0; 100];
        let n = tx.send(&[b"more"], &mut sealed).unwrap().wire;
        wire.clone().write_all(&sealed[..n]).unwrap();
        assert_eq!(data(&wire.state().heard), b"hellomore");
    }
}

#[test]
fn a_refused_client_certificate_is_the_error_of_the_first_read() {
    let config = server(Versions::TLS1_3).with_client_auth(ClientAuth::Require, handfast::Roots::new());
    let wire = Wire::shaking(handfast::Handshake::server(&config));
    let mut tls = Stream::connect(&client(Versions::TLS1_3), "localhost", wire).unwrap();
    let error = read(&mut tls).unwrap_err();
    let told = AlertDescription::CERTIFICATE_REQUIRED;
    assert!(matches!(ours(&error).kind(), Kind::Alert { description, .. } if *description == told));
}
