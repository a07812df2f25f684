//! Where a narration is written: lines of bounded width, from any thread.

use super::Check;
use std::borrow::Cow;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// No line is longer, in columns.
pub const WIDTH: usize = 100;

/// Where the text of a message begins, and that of a note.
const TEXT: usize = 49;
const NOTE: usize = 12;

/// A narration while it grows; times count from when it was made.
pub struct Page {
    started: Instant,
    out: Mutex<Box<dyn Write + Send>>,
    checks: Mutex<Vec<Check>>,
}

impl Page {
    /// An empty page that is written to `out`, line by line.
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self { started: Instant::now(), out: Mutex::new(out), checks: Mutex::default() }
    }

    /// Milliseconds since the page was made.
    pub fn ms(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1000.0
    }

    /// The checks that were told so far, in order.
    pub fn checks(&self) -> Vec<Check> {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn checked(&self, check: Check) {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).push(check);
    }

    /// Text behind a lead, on as many lines as it takes, which begin below the text.
    pub fn told(&self, lead: &str, text: &str) {
        self.put(&wrap(lead, text, lead.chars().count()));
    }

    /// A line that stands alone, such as a title.
    pub fn line(&self, text: &str) {
        self.put(&wrap("", text, 4));
    }

    /// A message: when, what, how long, which way, and what is worth knowing, a line for each fact.
    pub fn message(&self, name: &str, size: Option<usize>, arrow: &str, facts: &[String]) {
        self.put(&self.message_lines(name, size, arrow, facts));
    }

    /// The lines of [`Page::message`], with the time of now.
    pub(super) fn message_lines(&self, name: &str, size: Option<usize>, arrow: &str, facts: &[String]) -> String {
        let ms = self.ms();
        let size = size.map_or_else(String::new, |n| format!("{n} B"));
        let mut lead = format!("{ms:5.1} ms  {name:<19} {size:>6}  {arrow:<9}  ");
        let mut lines = String::new();
        for fact in facts.iter().map(String::as_str).chain(facts.is_empty().then_some("")) {
            lines.push_str(&wrap(&lead, fact, TEXT));
            lead = " ".repeat(TEXT);
        }
        lines
    }

    pub(super) fn put(&self, lines: &str) {
        // Nobody may be reading any more; the connection goes on all the same.
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        _ = out.write_all(lines.as_bytes());
    }
}

/// Something between the messages: `?` a choice or a check, `~` a moment of the key schedule, `!` an
/// alert.
pub(super) fn note(mark: char, text: &str) -> String {
    wrap(&format!("{mark:>11} "), text, NOTE)
}

/// `lead` and `text`, broken between words at [`WIDTH`]; later lines begin at column `indent`.
/// Nothing on it moves a cursor or turns the reading direction, whoever wrote the text.
pub fn wrap(lead: &str, text: &str, indent: usize) -> String {
    let text = &*harmless(text);
    let mut out = String::from(lead);
    let mut column = lead.chars().count();
    if column + text.chars().count() <= WIDTH {
        return format!("{}\n", format!("{lead}{text}").trim_end());
    }
    let mut fresh = true;
    for word in text.split_whitespace() {
        let long = word.chars().count();
        if !fresh && column + 1 + long > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
            fresh = true;
        }
        if !fresh {
            out.push(' ');
            column += 1;
        }
        // A word that fits nowhere is broken wherever the line ends.
        for c in word.chars() {
            if column >= WIDTH {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            }
            out.push(c);
            column += 1;
        }
        fresh = false;
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// The text with what a terminal would obey written as numbers. What peers chose to write is escaped
/// where it is put into words; this is the second lock on that door.
fn harmless(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| {
        (c.is_control() && !c.is_ascii_whitespace())
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if !text.contains(|c| obeyed(c) || c == '\n' || c == '\r') {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match c {
        '\n' | '\r' => " ".into(),
        _ if obeyed(c) => c.escape_unicode().to_string(),
        _ => c.to_string(),
    };
    Cow::Owned(text.chars().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_page() {
        let text = format!("{} {} end", "word ".repeat(60), "x".repeat(250));
        let lines = wrap("  lead ", &text, 10);
        assert!(lines.lines().count() > 5);
        assert!(lines.lines().all(|l| l.chars().count() <= WIDTH), "{lines}");
        assert!(lines.lines().skip(1).all(|l| l.starts_with(&" ".repeat(10))), "{lines}");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_gets_on_the_page() {
        assert_eq!(wrap("", "a\u{1b}[31m\u{202e}b\nc\u{9b}", 0), "a\\u{1b}[31m\\u{202e}b c\\u{9b}\n");
        assert_eq!(wrap("  ", "äöü 漢字 …", 0), "  äöü 漢字 …\n");
    }

    #[test]
    fn words_are_kept_whole_and_in_order() {
        let text = "one fact per line, and no more than a hundred columns of it ".repeat(4);
        let words: Vec<_> = text.split_whitespace().collect();
        assert_eq!(wrap("", &text, 4).split_whitespace().collect::<Vec<_>>(), words);
    }
}
