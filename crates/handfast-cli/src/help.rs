//! What stands at the end of `--help`, made from the tables that it tells about; and how wrong
//! usage is told.

use crate::exit;
use crate::legacy;
use crate::narrate::wrap;

/// The end of the help of the tool itself.
pub fn statuses() -> String {
    let mut text = String::from("Exit statuses:\n");
    for (status, meaning) in exit::TABLE {
        text.push_str(&wrap(&format!("  {status:>2}  "), meaning, 6));
    }
    text.trim_end().into()
}

/// The end of `handfast client --help`.
pub fn client() -> String {
    format!("{}\n{}{}", wrap("", &spellings("client"), 0), wrap("", KEY_LOG, 0), framed())
}

/// The end of `handfast explain --help`.
pub fn explain() -> String {
    const ORDER: &str = "The narration goes to standard output as it happens: times count from the TCP connection; \
        ? marks a choice or a check, ~ a change of keys, ! trouble. A failure is then told on standard error as \
        handfast client tells it, with the same exit status. No application data is sent.";
    const HEX: &str = "In annotated hex a field of more than eight bytes has its name above its bytes. What a message \
        holds beyond the point where it breaks a rule is the field \"not read\".";
    let first = [ORDER, HEX].map(|text| wrap("", text, 0)).join("\n");
    format!("{first}\n{}\n{}{}", wrap("", &spellings("client"), 0), wrap("", KEY_LOG, 0), framed())
}

/// The end of `handfast server --help`.
pub fn server() -> String {
    const SERVICE: &str = "Without --www and --echo what the clients send is printed on standard output, and nothing \
        is sent back.";
    const LINES: &str = "Each client gets a line on standard error: \"ok\", or \"x\" with the reason and the [status N] \
        that --once would exit with.";
    let first = [wrap("", SERVICE, 0), wrap("", LINES, 0)].join("\n");
    format!("{first}\n{}\n{}{}", wrap("", &spellings("server"), 0), wrap("", KEY_LOG, 0), framed())
}

/// A sentence about wrong usage, or what clap says of it, on lines that fit the page.
pub fn usage(text: &str) -> String {
    text.lines().map(|line| wrap("", line, line.len() - line.trim_start().len())).collect()
}

const KEY_LOG: &str = "The environment variable SSLKEYLOGFILE stands for --keylogfile where that is not given.";

fn framed() -> String {
    format!("\n{}", statuses())
}

fn spellings(command: &str) -> String {
    format!("The spellings of openssl are understood too: {}", legacy::spellings(command).join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::narrate::WIDTH;

    #[test]
    fn the_end_of_each_help_fits_the_page_and_has_every_status() {
        for text in [statuses(), client(), explain(), server()] {
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
            assert!(exit::TABLE.iter().all(|(status, _)| text.contains(&format!("\n  {status:>2}  "))), "{text}");
        }
        assert!(client().contains("-servername") && client().contains("SSLKEYLOGFILE"));
        assert!(server().contains("Without --www and --echo") && server().contains("[status N]"));
    }

    #[test]
    fn wrong_usage_is_wrapped_and_keeps_its_margins() {
        let text = usage(&format!("error: {}\n\n  tip: x", "word ".repeat(40)));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.ends_with("\n\n  tip: x\n"), "{text}");
    }
}
