//! The seeds of each target, in the form that it reads.

use crate::Seeds;
use handfast_codec::{
    Alert, AlertDescription, AlertLevel, CipherSuite, ContentType, ExtensionType, KeyShareEntry, KeyUpdateRequest,
    NamedGroup, ProtocolVersion, PskIdentity, PskKeyExchangeMode, RecordHeader, SignatureScheme, encode,
};
use handfast_fuzz::honest::{Role, Setup, Wire, record};
use handfast_fuzz::pki;
use handfast_fuzz::records;

/// The seeds of this target.
pub(crate) fn seeds(target: &str) -> Seeds {
    match target {
        "codec_message" => messages(),
        "codec_small" => small(),
        "record_open" => wires(),
        "record_seal_open" => texts(),
        "joiner" => pieces(),
        "client_machine" => machines(Role::Client),
        "server_machine" => machines(Role::Server),
        "certificate" => chains(),
        "pem" => files(),
        "connection" => connections(),
        _ => Seeds::new(),
    }
}

/// A piece behind its length of two bytes.
fn piece(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes(), bytes].concat()
}

fn version(setup: Setup) -> u8 {
    if matches!(setup, Setup::Tls12 | Setup::Auth12) { 2 } else { 3 }
}

fn messages() -> Seeds {
    let mut seeds = Seeds::new();
    for setup in Setup::ALL {
        for role in [Role::Client, Role::Server] {
            for (n, wire) in record(setup).to(role).iter().enumerate() {
                let Wire::Message(bytes) = wire else { continue };
                let seed = [&[version(setup)], &bytes[..]].concat();
                if !seeds.values().any(|s: &Vec<u8>| *s == seed) {
                    seeds.insert(format!("{setup:?}-{role:?}-{n}").to_lowercase(), seed);
                }
            }
        }
    }
    let mut add = |name: &str, version: u8, write: &dyn Fn(&mut Vec<u8>) -> Result<(), handfast_codec::EncodeError>| {
        let mut seed = vec![version];
        write(&mut seed).expect("a seed fits");
        seeds.insert(name.into(), seed);
    };
    let share = KeyShareEntry { group: NamedGroup::X25519, key_exchange: &[9; 32] };
    let identity = PskIdentity { identity: b"ticket", obfuscated_ticket_age: 77 };
    add("client-hello-full", 0, &|out| {
        let cipher_suites = &[CipherSuite::TLS_AES_128_GCM_SHA256, CipherSuite(0x0a0a)];
        let hello = encode::ClientHello { cipher_suites, ..encode::ClientHello::new(&[7; 32]) };
        encode::client_hello(out, &hello, |x| {
            x.server_name(pki::HOST);
            x.status_request();
            x.supported_groups(&[NamedGroup::X25519, NamedGroup::SECP256R1]);
            x.signature_algorithms(&[SignatureScheme::ED25519]);
            x.application_layer_protocol_negotiation(&["h2", "http/1.1"]);
            x.empty(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP);
            x.padding(3);
            x.extended_main_secret();
            x.record_size_limit(64);
            x.session_ticket(&[]);
            x.early_data();
            x.supported_versions(&[ProtocolVersion::TLS1_3, ProtocolVersion::TLS1_2]);
            x.cookie(&[1]);
            x.psk_key_exchange_modes(&[PskKeyExchangeMode::PSK_DHE_KE]);
            x.certificate_authorities(&[[0x30, 0]]);
            x.post_handshake_auth();
            x.client_shares([share]);
            x.renegotiation_info(&[]);
            x.offered_psks(&[identity, identity], &[32, 48]);
        })
    });
    add("key-update", 3, &|out| encode::key_update(out, KeyUpdateRequest::UPDATE_REQUESTED));
    for (name, bytes) in [
        ("hello-request", &[0, 0, 0, 0][..]),
        ("end-of-early-data", &[5, 0, 0, 0]),
        ("ticket", &[4, 0, 0, 14, 0, 0, 0, 60, 0, 0, 0, 1, 1, 0, 0, 1, b't', 0, 0]),
        ("ticket12", &[4, 0, 0, 7, 0, 0, 0, 60, 0, 1, b't']),
        ("certificate-status", &[22, 0, 0, 5, 1, 0, 0, 1, 0x30]),
        ("compressed-certificate", &[25, 0, 0, 9, 0, 1, 0, 0, 9, 0, 0, 1, 7]),
    ] {
        let version =
            if name.ends_with("12") || name == "certificate-status" || name == "hello-request" { 2 } else { 3 };
        seeds.insert(name.into(), [&[version], bytes].concat());
    }
    seeds
}

fn small() -> Seeds {
    let header = RecordHeader {
        content_type: ContentType::HANDSHAKE,
        legacy_record_version: ProtocolVersion::TLS1_2,
        length: 512,
    };
    let alert = Alert { level: AlertLevel::FATAL, description: AlertDescription::DECODE_ERROR };
    Seeds::from([
        ("header".into(), header.to_bytes().to_vec()),
        ("alert".into(), alert.to_bytes().to_vec()),
        ("change-cipher-spec".into(), vec![1]),
        ("message-header".into(), vec![1, 0, 2, 0]),
    ])
}

/// The handshake's text of one direction.
fn text(setup: Setup, role: Role) -> Vec<u8> {
    let bytes = |wire: &Wire| match wire {
        Wire::Message(bytes) => bytes.clone(),
        Wire::ChangeCipherSpec => Vec::new(),
    };
    record(setup).to(role).iter().flat_map(bytes).collect()
}

/// Programs of `record_open`: mode, flags, early data to skip, step, then instructions.
fn wires() -> Seeds {
    let sealed = |kind: u8, text: &[u8]| [&[2, kind], &piece(text)[..]].concat();
    let framed = |kind: u8, text: &[u8]| [&[1, kind, 3, 3], &piece(text)[..]].concat();
    let forged = |inner: &[u8]| [&[3], &piece(inner)[..]].concat();
    let mut seeds = Seeds::new();
    let mut add = |name: String, head: [u8; 4], parts: &[Vec<u8>]| {
        seeds.insert(name, [&head[..], &parts.concat()].concat());
    };
    let hello = text(Setup::Tls13, Role::Server);
    let flight = text(Setup::Tls13, Role::Client);
    for mode in 0..4 {
        let typical = [
            sealed(22, &hello[..200.min(hello.len())]),
            sealed(22, &hello[200.min(hello.len())..]),
            sealed(22, &flight[..600.min(flight.len())]),
            sealed(21, &[1, 0]),
        ];
        add(format!("handshake-{mode}"), [mode, 1, 0, 7], &typical);
        add(format!("data-{mode}"), [mode, 0, 0, 3], &[sealed(23, b"text"), sealed(23, &[]), sealed(23, &[7; 100])]);
        add(format!("interleaved-{mode}"), [mode, 2, 0, 5], &[sealed(22, &[20, 0, 0, 9, 1]), sealed(21, &[1, 90])]);
        add(
            format!("clear-{mode}"),
            [mode, 1, 0, 2],
            &[framed(20, &[1]), framed(21, &[2, 40]), framed(22, &flight[..40])],
        );
        add(
            format!("skip-{mode}"),
            [mode, 9, 100, 9],
            &[framed(23, &[5; 90]), framed(22, &[1, 0, 0, 0]), sealed(23, b"x")],
        );
        add(format!("small-{mode}"), [mode, 16, 0, 11], &[sealed(23, &[3; 64]), sealed(23, &[3; 65])]);
    }
    add(
        "padding".into(),
        [1, 1, 0, 4],
        &[forged(&[b'h', b'i', 23, 0, 0, 0]), forged(&[20, 0, 0, 0, 22, 0]), forged(&[0; 9])],
    );
    add("inner-ccs".into(), [1, 1, 0, 4], &[forged(&[1, 20])]);
    add("http".into(), [0, 0, 0, 4], &[[&[0][..], &piece(b"GET / HTTP/1.1\r\n\r\n")].concat()]);
    seeds
}

/// Programs of `record_seal_open`: mode, size, padding, place and value of a change, then texts.
fn texts() -> Seeds {
    let mut seeds = Seeds::new();
    for mode in 0..4 {
        for (name, max, padding, place, xor) in [
            ("plain", 16384, 1, 0, 0),
            ("padded", 100, 64, 3, 1),
            ("changed", 64, 1, 90, 0x80),
            ("tag", 512, 1, 20, 0xff),
        ] {
            let [high, low] = u16::to_be_bytes(max);
            let [far, near] = u16::to_be_bytes(place);
            let mut seed = vec![mode, high, low, padding, far, near, xor];
            seed.extend([&[0][..], &piece(b"application data")].concat());
            seed.extend([&[1][..], &piece(&[20; 150])].concat());
            seed.extend([&[2][..], &piece(&[1, 0])].concat());
            seed.extend([&[0][..], &piece(&[])].concat());
            seeds.insert(format!("{name}-{mode}"), seed);
        }
    }
    seeds
}

fn pieces() -> Seeds {
    let mut seeds = Seeds::new();
    for (setup, size) in [(Setup::Tls13, 5), (Setup::Tls12, 250), (Setup::Auth13, 33)] {
        let all = text(setup, Role::Client);
        let parts = all.chunks(size).take(1600 / (size + 1));
        seeds.insert(format!("{setup:?}").to_lowercase(), parts.flat_map(|p| [&[p.len() as u8], p].concat()).collect());
    }
    seeds.insert("too-long".into(), vec![4, 20, 0, 2, 1, 3, 1, 1, 1]);
    seeds.insert("empty".into(), vec![4, 14, 0, 0, 0, 0, 4, 14, 0, 0, 0]);
    seeds
}

/// Programs of the machines: setup, honest steps, then instructions.
fn machines(role: Role) -> Seeds {
    let mut seeds = Seeds::new();
    for (number, setup) in Setup::ALL.into_iter().enumerate() {
        let steps = record(setup).to(role).len() as u8;
        let mut add = |name: &str, honest: u8, program: &[u8]| {
            let head = [number as u8, honest];
            seeds.insert(format!("{setup:?}-{name}").to_lowercase(), [&head[..], program].concat());
        };
        // All of it, with three answers where questions may stand open.
        let whole: Vec<u8> = (0..steps).flat_map(|_| [8, 8, 8, 6]).chain([8, 8, 8]).collect();
        add("honest", 0, &whole);
        add("answers", steps, &[8, 8, 8]);
        add("refused", steps - 1, &[6, 12, 7]);
        add("repeated", 1, &[3, 0]);
        add("skipped", 1, &[8, 8, 3, 2]);
        add("misaligned", steps - 1, &[8, 0x86]);
        add("ccs", 1, &[7]);
        add("signature", 1, &[8, 12, 5, 0, 2, 1, 1, 6]);
        let patch = [&[8, 8, 4, 0, 0, 40][..], &piece(&[0; 4])].concat();
        add("changed-first", 0, &patch[2..]);
        add("changed-later", steps / 2, &patch);
        add("changed-last", steps - 1, &patch);
    }
    seeds
}

/// Programs of `certificate`: instructions, the genuine one's number in the upper half.
fn chains() -> Seeds {
    let mut seeds = Seeds::new();
    for (n, (name, der)) in pki::CERTIFICATES.iter().enumerate() {
        let number = (n as u8) << 4;
        seeds.insert((*name).into(), [&[1], *der].concat());
        seeds.insert(format!("{name}-alone"), vec![number | 2]);
        seeds.insert(format!("{name}-changed"), vec![number | 3, 0, 100, 1]);
        seeds.insert(format!("{name}-below-middle"), vec![number | 2, 0x22]);
    }
    seeds
}

fn files() -> Seeds {
    let block = |label: &str, der: &[u8]| {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for chunk in der.chunks(3) {
            let bits = (0..3).fold(0_usize, |n, i| n << 8 | usize::from(*chunk.get(i).unwrap_or(&0)));
            for i in 0..4 {
                let digit = char::from(DIGITS[bits >> (18 - 6 * i) & 63]);
                text.push(if i <= chunk.len() { digit } else { '=' });
            }
            if text.len() % 65 == 64 {
                text.push('\n');
            }
        }
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", text.trim_end())
    };
    let server = block("CERTIFICATE", pki::certificate("server"));
    let key = block("PRIVATE KEY", &pki::key(pki::SERVER_KEY));
    let sec1 =
        [&[0x30, 49, 2, 1, 1, 4, 32][..], &[1; 32], &[0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]].concat();
    let texts = [
        ("chain", format!("{server}{}", block("CERTIFICATE", pki::certificate("middle")))),
        ("credential", format!("a remark\n{server}{key}")),
        ("mismatch", format!("{server}{}", block("PRIVATE KEY", &pki::key(pki::CLIENT_KEY)))),
        ("ec", block("EC PRIVATE KEY", &sec1)),
        ("rsa", block("RSA PRIVATE KEY", &[0x30, 3, 2, 1, 0])),
        ("encrypted", block("ENCRYPTED PRIVATE KEY", &[0x30, 0])),
        ("crlf", server.replace('\n', "\r\n")),
        ("unended", server[..server.len() / 2].to_owned()),
        ("other", block("X509 CRL", &[0x30, 0])),
    ];
    texts.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect()
}

/// Programs of `connection`: role and setup, stride, then instructions.
fn connections() -> Seeds {
    let mut seeds = Seeds::new();
    for (number, setup) in (0_u8..).zip(Setup::ALL) {
        for (bit, role) in [(0, Role::Client), (1, Role::Server)] {
            let mut add = |name: &str, program: &[u8]| {
                let head = [number << 1 | bit, 7];
                seeds.insert(format!("{setup:?}-{role:?}-{name}").to_lowercase(), [&head[..], program].concat());
            };
            let steps = records(setup, role).len();
            let honest = vec![5; steps];
            add("honest", &honest);
            add("skipped", &[&honest[..steps / 2], &[4], &honest[steps / 2..]].concat());
            let change = [&[3, 0, 9][..], &piece(&[0xff, 0])].concat();
            add("changed", &[&honest[..steps / 2], &change, &honest[steps / 2..]].concat());
            let alert = [&[1, 21, 3, 3][..], &piece(&[1, 90])].concat();
            add("alert", &[&alert, &honest[..2], &alert, &honest[2..]].concat());
            let spec = [&[1, 20, 3, 3][..], &piece(&[1])].concat();
            add("ccs", &[&honest[..1], &spec, &honest[1..]].concat());
            if (setup, role) == (Setup::Tls13, Role::Server) {
                // Something behind close_notify.
                add("behind", &[&honest[..], &[2, 0]].concat());
            }
        }
    }
    seeds
}
