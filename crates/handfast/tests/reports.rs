//! What a report says of a handshake that fails, without a socket.

use handfast::report::{Cause, Confidence, Doing, Fault, Role, Transport};
use handfast::{ClientConfig, Handshake, Next, Report, Roots};

fn client() -> Handshake {
    let config = ClientConfig::new(handfast_rustcrypto::provider(), Roots::new());
    let mut client = Handshake::client(&config, "server.test").unwrap();
    assert!(matches!(client.next(), Ok(Next::Send)));
    client.sent(usize::MAX);
    client
}

/// What a client that has sent its ClientHello reports when this comes.
fn answered(wire: &[u8]) -> Report {
    let mut client = client();
    client.receive(&mut wire.to_vec());
    loop {
        match client.next() {
            Ok(Next::Send) => client.sent(usize::MAX),
            Ok(other) => panic!("{other:?}"),
            Err(error) => return error.report(),
        }
    }
}

fn alert(number: u8) -> Report {
    answered(&[21, 3, 3, 0, 2, 2, number])
}

#[test]
fn alerts_that_say_what_they_mean_are_believed() {
    for (number, cause, exit) in [
        (20, Cause::PeerSawDamage, 61),
        (42, Cause::CertificateAlert, 71),
        (47, Cause::PeerSaysBreach, 63),
        (51, Cause::PeerDoubtsProof, 60),
        (86, Cause::FallbackRefused, 30),
        (112, Cause::NameRefused, 35),
        (115, Cause::PskRefused, 36),
        (120, Cause::NoCommonAlpn, 34),
    ] {
        let report = alert(number);
        assert_eq!((report.cause, report.cause.exit()), (cause, exit), "{report}");
        assert_eq!((report.confidence, report.complained), (Confidence::Certain, Some(Role::Server)));
        assert_eq!((report.step.doing, report.step.state), (Doing::Awaiting, "WaitSh"));
    }
}

#[test]
fn a_bare_handshake_failure_is_not_guessed_at() {
    let report = alert(40);
    assert_eq!((report.cause, report.confidence), (Cause::RefusedOffer, Confidence::VeryLikely));
    for cause in [Cause::NoCommonSuite, Cause::NoCommonGroup, Cause::NoCommonScheme, Cause::NameRefused] {
        assert!(report.others.contains(&cause), "{report}");
    }
    assert!(report.to_string().contains("its own log says which"), "{report}");
}

#[test]
fn an_alert_without_a_row_is_left_unexplained() {
    let report = alert(121);
    assert_eq!((report.cause, report.confidence), (Cause::Unexplained, Confidence::OneOf));
    assert!(report.verdict.contains("ech_required"), "{report}");
}

#[test]
fn a_limit_is_reported_with_what_was_spent() {
    let report = answered(&[22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff]);
    assert_eq!((report.cause, report.fault), (Cause::LimitReached, Fault::Side(Role::Server)));
    let spent = report.spent.expect("numbers");
    assert_eq!((spent.limit, spent.spent), (64 * 1024, 0xff_ffff));
}

#[test]
fn a_wrong_call_is_nobody_elses_fault() {
    let config = ClientConfig::new(handfast_rustcrypto::provider(), Roots::new());
    let Err(error) = Handshake::client(&config, "no name") else { panic!("that is no name") };
    let report = error.report();
    assert_eq!((report.cause, report.fault), (Cause::OwnTrouble, Fault::Side(Role::Client)));
}

#[test]
fn what_fails_before_tls_has_its_row_too() {
    for (transport, cause, exit) in [
        (Transport::Lookup, Cause::NameLookup, 10),
        (Transport::Refused, Cause::PortClosed, 11),
        (Transport::Unreachable, Cause::Unreachable, 11),
        (Transport::ConnectTimeout, Cause::NoAnswer, 12),
    ] {
        let report = Report::of_transport(Role::Client, transport);
        assert_eq!((report.cause, report.cause.exit()), (cause, exit));
        assert_eq!((report.step.doing, report.alert), (Doing::Connecting, None));
    }
}

#[test]
fn a_message_that_cannot_be_read_is_named_with_field_and_byte() {
    // A ServerHello whose session id is longer than 32 bytes.
    let mut hello = vec![22, 3, 3, 0, 79, 2, 0, 0, 75, 3, 3];
    hello.extend([7; 32]);
    hello.push(40);
    hello.extend([0; 40]);
    let report = answered(&hello);
    assert_eq!((report.cause, report.confidence), (Cause::MalformedMessage, Confidence::Certain));
    assert_eq!((report.step.message.as_str(), report.step.offset), ("ServerHello", Some(38)));
    assert_eq!(report.step.field.as_deref(), Some("legacy_session_id_echo"));
    assert!(report.to_string().contains("ServerHello, byte 38 (legacy_session_id_echo), state WaitSh"), "{report}");
}

#[test]
fn a_cut_names_the_message_and_how_much_of_it_had_come() {
    let mut client = client();
    client.receive(&mut [22, 3, 3, 0, 20, 2, 0, 0, 60, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    client.ended();
    let Err(error) = client.next() else { panic!("it was cut") };
    let report = error.report();
    assert_eq!((report.cause, report.cause.exit()), (Cause::CutInMessage, 62));
    assert!(report.verdict.ends_with("inside ServerHello (20 of 64 bytes)"), "{report}");
}
