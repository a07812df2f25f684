//! The machines against peers that say anything.

use crate::Input;
use crate::honest::{Rig, Role, Setup, Wire, honest_answer, record};
use crate::pki;
use handfast_crypto::{AlertDescription, CipherSuite, CryptoError, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_handshake::{Answer, Question, ask};
use std::sync::Arc;

/// A client with arbitrary messages after any number of honest ones.
pub fn client_machine(data: &[u8]) {
    let _ = run(Role::Client, data);
}

/// A server with arbitrary messages after any number of honest ones.
pub fn server_machine(data: &[u8]) {
    let _ = run(Role::Server, data);
}

/// How many steps one input may make.
const STEPS: usize = 40;

/// What was done to a machine, as far as it decides whether it may connect.
struct Story<'a> {
    script: &'a [Wire],
    /// How much of the script was fed, in order and with nothing else in between.
    told: usize,
    honest: bool,
    judged: Option<bool>,
}

impl Story<'_> {
    fn note(&mut self, wire: &Wire) {
        self.honest &= self.script.get(self.told) == Some(wire);
        self.told += 1;
    }
}

/// RFC 5246 §7.4.1.1: a client ignores a HelloRequest, in the midst of an honest handshake too.
fn is_ignored(wire: &Wire, version: Option<ProtocolVersion>, role: Role) -> bool {
    let request = matches!(wire, Wire::Message(bytes) if bytes.len() == 4 && bytes[0] == 0);
    role == Role::Client && version != Some(ProtocolVersion::TLS1_3) && request
}

/// ```text
///  setup | honest steps | then: op | …its arguments
/// ```
///
/// 0 to 7 send something ([`wire`]), 8 to 11 answer honestly what is asked, 12 to 15 answer anything;
/// 0x80 says that more bytes wait behind it. Returns whether the handshake was completed.
fn run(role: Role, data: &[u8]) -> bool {
    let mut input = Input::new(data);
    let setup = Setup::ALL[usize::from(input.u8()) % Setup::ALL.len()];
    let script = record(setup).to(role);
    let mut rig = Rig::new(role, setup);
    let mut story = Story { script, told: 0, honest: true, judged: None };
    for wire in &script[..usize::from(input.u8()) % (script.len() + 1)] {
        answer_honestly(&mut rig, &mut story);
        story.note(wire);
        rig.feed(wire, true).expect("the honest part of the handshake");
    }
    let mut over = false;
    for _ in 0..STEPS {
        if input.is_empty() || rig.connected {
            break;
        }
        let op = input.u8();
        let aligned = op & 0x80 == 0;
        let step = match (op & 0x0f, rig.question.take()) {
            (8..=11, Some(question)) => {
                story.judged = story.judged.or(matches!(question, Question::Judge(_)).then_some(true));
                rig.answer(honest_answer(question), aligned)
            }
            (8..=11, None) => continue,
            (12.., _) => {
                let (answer, judged) = any_answer(&mut input);
                story.judged = judged.or(story.judged);
                rig.answer(answer, aligned)
            }
            (op, open) => {
                rig.question = open;
                let wire = wire(op, script, story.told, &mut input);
                if is_ignored(&wire, rig.version(), role) {
                    rig.feed(&wire, aligned).expect("what is ignored is no error");
                    continue;
                }
                story.note(&wire);
                rig.feed(&wire, aligned)
            }
        };
        assert!(!over || step.is_err(), "a machine that is over went on");
        over |= step.is_err();
    }
    if rig.connected {
        assert!(story.honest, "connected although the peer said something else");
        assert!(role == Role::Server || story.judged == Some(true), "connected although nobody accepted the chain");
    }
    assert_ne!((rig.connected, story.judged), (true, Some(false)), "connected although the chain was refused");
    let connected = rig.connected;
    rig.finish();
    connected
}

fn answer_honestly(rig: &mut Rig, story: &mut Story<'_>) {
    while let Some(question) = rig.question.take() {
        story.judged = story.judged.or(matches!(question, Question::Judge(_)).then_some(true));
        rig.answer(honest_answer(question), true).expect("an honest answer");
    }
}

/// Something to send: made up, or taken from the script, as it is or changed.
fn wire(op: u8, script: &[Wire], told: usize, input: &mut Input<'_>) -> Wire {
    let pick = |n: u8| script[usize::from(n) % script.len()].clone();
    match op {
        0 => Wire::Message(input.piece().to_vec()),
        1 | 2 => {
            let (kind, body) = (input.u8(), input.piece());
            let [_, a, b, c] = (body.len() as u32).to_be_bytes();
            Wire::Message([&[kind, a, b, c], body].concat())
        }
        3 => pick(input.u8()),
        4 | 5 => {
            // The next honest message, or another one, with some of its bytes replaced.
            let n = input.u8();
            let mut wire = if op == 4 { script.get(told).cloned().unwrap_or(Wire::ChangeCipherSpec) } else { pick(n) };
            if let Wire::Message(bytes) = &mut wire {
                let place = usize::from(input.u16()) % bytes.len().max(1);
                for (old, new) in bytes[place..].iter_mut().zip(input.piece()) {
                    *old = *new;
                }
            }
            wire
        }
        6 => script.get(told).cloned().unwrap_or(Wire::ChangeCipherSpec),
        _ => Wire::ChangeCipherSpec,
    }
}

/// An answer, also one to a question that nobody asked; and what it says about a chain.
fn any_answer(input: &mut Input<'_>) -> (Answer, Option<bool>) {
    let (version, suite) = (ProtocolVersion::TLS1_3, CipherSuite::TLS_AES_128_GCM_SHA256);
    let choose = || ask::Choose { client_hello: Arc::from([]), server_name: None, schemes: Vec::new() };
    let authenticate =
        || ask::Authenticate { version, schemes: Vec::new(), authorities: Vec::new(), types: Vec::new() };
    let sign =
        || ask::Sign { credential: pki::server().clone(), scheme: SignatureScheme::ED25519, message: Vec::new() };
    let judge = || ask::Judge {
        chain: Arc::default(),
        name: None,
        ocsp: Arc::from([]),
        version,
        suite,
        group: NamedGroup::X25519,
    };
    match input.u8() % 10 {
        0 => (choose().answer(Arc::from([])), None),
        1 => (choose().answer(Arc::from([pki::client().clone(), pki::server().clone()])), None),
        2 => (choose().refuse(AlertDescription::UNRECOGNIZED_NAME, "no"), None),
        3 => (authenticate().decline(), None),
        4 => (authenticate().answer(pki::server().clone()), None),
        5 => (sign().answer(Ok(input.piece().to_vec())), None),
        6 => (sign().answer(Err(CryptoError::Random)), None),
        7 => (judge().refuse(AlertDescription::BAD_CERTIFICATE, "no".into()), Some(false)),
        _ => (judge().accept(), Some(true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_program_connects_and_a_changed_one_does_not() {
        for role in [Role::Client, Role::Server] {
            for (number, setup) in (0..).zip(Setup::ALL) {
                let steps = record(setup).to(role).len();
                let honest = [&[number, 0][..], &[8, 8, 8, 6].repeat(steps), &[8, 8, 8]].concat();
                assert!(run(role, &honest), "{role:?} {setup:?}");
                for step in 0..steps {
                    let mut changed = honest.clone();
                    // A message instead of the honest one: the same with its last byte replaced.
                    let last = match &record(setup).to(role)[step] {
                        Wire::Message(bytes) => bytes.len() - 1,
                        Wire::ChangeCipherSpec => continue,
                    };
                    let [high, low] = (last as u16).to_be_bytes();
                    changed.splice(5 + 4 * step..6 + 4 * step, [4, 0, high, low, 0, 1, 0xaa]);
                    assert!(!run(role, &changed), "{role:?} {setup:?} {step}");
                }
            }
        }
    }
}
