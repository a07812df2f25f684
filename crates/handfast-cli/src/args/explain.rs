//! The options of `handfast explain`: those of a client that pipes nothing, and what to show.

use super::ClientArgs;
use crate::names;
use clap::Args;

/// `handfast explain`: a client that tells what happens instead of piping data.
#[derive(Args, Clone, Debug)]
#[command(
    mut_arg("explain", |arg| arg.hide(true)),
    mut_arg("showcerts", |arg| arg.hide(true)),
    mut_arg("commands", |arg| arg.hide(true)),
    mut_arg("json", |arg| arg.help("Everything that is told as one JSON object on standard output")),
)]
pub struct ExplainArgs {
    /// Then print every message as annotated hex: each byte under the name of its field.
    #[arg(long)]
    pub bytes: bool,
    /// The annotated hex of one kind of message alone (ServerHello), without the narration.
    #[arg(long, value_name = "NAME", value_parser = names::step)]
    pub step: Option<&'static str>,
    /// Then print every step of the key schedule. DANGER: whoever reads the output can read the
    /// connection.
    #[arg(long)]
    pub secrets: bool,
    /// How to connect.
    #[command(flatten)]
    pub client: ClientArgs,
}

impl ExplainArgs {
    /// Checks what only several options together can get wrong.
    ///
    /// # Errors
    /// A sentence for the user; the exit status is then 2.
    pub fn check(&self) -> Result<(), String> {
        let ClientArgs { explain, showcerts, commands, .. } = self.client;
        for (given, option) in [(explain, "--explain"), (showcerts, "--showcerts"), (commands, "--commands")] {
            if given {
                return Err(format!("{option} is an option of handfast client"));
            }
        }
        self.client.check()
    }
}
