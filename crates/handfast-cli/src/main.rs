//! The command line tool. Exit status: 0 done, 1 could not be done, 2 wrong usage.
#![forbid(unsafe_code)]

use clap::Parser;
use handfast_cli::args::CaCommand;
use handfast_cli::{ca, legacy};
use std::process::ExitCode;

/// TLS 1.2 and 1.3 that can explain itself.
#[derive(Parser)]
#[command(name = "handfast", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make throw-away certificates for tests, sound or faulty on purpose.
    #[command(subcommand)]
    Ca(CaCommand),
}

fn main() -> ExitCode {
    let words = match legacy::rewrite(std::env::args_os().collect()) {
        Ok(words) => words,
        Err(usage) => {
            eprintln!("error: {usage}");
            return ExitCode::from(2);
        }
    };
    // Wrong usage ends here, with status 2; so does --help, with 0.
    let done = match Cli::parse_from(words).command {
        Command::Ca(command) => ca::run(&command, &mut std::io::stdout()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
