//! Reads annotated hex as a person would, knowing nothing but how it looks, and holds it against the
//! bytes that it claims to show.

use handfast_cli::bytes::{Anatomy, Kind, annotated, dissect};

/// A field as it was printed: its name with what stands behind it, and its bytes.
struct Printed {
    text: String,
    bytes: Vec<u8>,
}

/// The fields of a print and what it says of a broken rule. Panics if any line is out of place: an
/// offset that is not the next byte, a field without a name, bytes without a field.
fn read(text: &str) -> (Vec<Printed>, Option<String>) {
    let mut fields: Vec<Printed> = Vec::new();
    let (mut at, mut owed) = (0, 0_usize);
    let mut refused = None;
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
        let said = line.trim_start();
        if let Some(why) = said.strip_prefix("refused: ") {
            assert_eq!(owed, 0, "bytes are missing before: {line}");
            refused = Some(why.to_string());
            continue;
        }
        let (Some(offset), Some(cell)) = (line.get(..6), line.get(8..)) else { panic!("what is this? {line:?}") };
        let Ok(offset) = offset.trim().parse::<usize>() else {
            // A line that goes on.
            assert!(line.starts_with("        "), "{line:?}");
            match (&mut refused, fields.last_mut()) {
                (Some(why), _) => why.push_str(&format!(" {said}")),
                (None, Some(field)) => field.text.push_str(&format!(" {said}")),
                (None, None) => panic!("nothing goes on in {line:?}"),
            }
            continue;
        };
        assert_eq!(offset, at, "the next byte in {line:?}");
        if let Some(size) = cell.strip_prefix('[') {
            assert_eq!(owed, 0, "bytes are missing before {line:?}");
            owed = size.split_once(" bytes]").expect(line).0.parse().expect(line);
            fields.push(Printed { text: name(line), bytes: Vec::new() });
            continue;
        }
        let hex = if owed > 0 { cell } else { cell.get(..23).unwrap_or(cell) };
        let bytes: Vec<u8> = hex.split_whitespace().map(|pair| u8::from_str_radix(pair, 16).expect(line)).collect();
        assert!(!bytes.is_empty(), "{line:?}");
        at += bytes.len();
        if owed > 0 {
            owed = owed.checked_sub(bytes.len()).expect("no more bytes than the field has");
            fields.last_mut().expect("a field").bytes.extend(bytes);
        } else {
            fields.push(Printed { text: name(line), bytes });
        }
    }
    assert_eq!(owed, 0, "bytes are missing at the end");
    (fields, refused)
}

/// The name of a field, which its first line has.
fn name(line: &str) -> String {
    let text = line.get(33..).unwrap_or_default();
    assert!(!text.trim().is_empty(), "a field without a name: {line:?}");
    text.into()
}

/// Asserts that the print of a message shows every byte once, each under a name, and says so if the
/// message breaks a rule. Gives the rule's sentence.
pub(crate) fn proven(kind: Kind, bytes: &[u8]) -> Option<String> {
    let text = annotated(kind, bytes);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    let (fields, refused) = read(&text);
    let printed: Vec<u8> = fields.iter().flat_map(|field| field.bytes.iter().copied()).collect();
    assert!(printed == bytes, "{}\n{text}", hex(bytes));

    let Anatomy { parts, broken } = dissect(kind, bytes);
    assert_eq!(fields.len(), parts.len(), "{text}");
    assert_eq!(refused.is_some(), broken.is_some(), "{text}");
    let mut end = 0;
    for (part, field) in parts.iter().zip(&fields) {
        assert_eq!((part.range.start, part.range.len()), (end, field.bytes.len()), "{text}");
        assert_ne!(part.name, "not named", "{text}");
        end = part.range.end;
    }
    assert_eq!(end, bytes.len());
    // What was not read is one field, the last one, and is there only if a rule was broken.
    let unread = parts.iter().filter(|part| part.name == "not read").count();
    match &broken {
        Some(error) if unread > 0 => {
            assert_eq!((unread, parts.last().unwrap().value.as_str()), (1, error.to_string().as_str()));
        }
        _ => assert_eq!(unread, 0, "{text}"),
    }
    refused
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
