//! The command line tool. Exit statuses: see [`handfast_cli::exit`].
#![forbid(unsafe_code)]

use clap::Parser;
use handfast_cli::args::{CaCommand, DemoArgs};
use handfast_cli::exit::{self, Problem};
use handfast_cli::{ca, demo, legacy};
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
    /// Run a client and a server here, in both versions, and tell what happens.
    Demo(DemoArgs),
    /// Make throw-away certificates for tests, sound or faulty on purpose.
    #[command(subcommand)]
    Ca(CaCommand),
}

fn main() -> ExitCode {
    let words = match legacy::rewrite(std::env::args_os().collect()) {
        Ok(words) => words,
        Err(usage) => {
            eprintln!("error: {usage}");
            return ExitCode::from(exit::USAGE);
        }
    };
    // Wrong usage ends here, with status 2; so does --help, with 0.
    let done = match Cli::parse_from(words).command {
        Command::Demo(args) => demo::run(&args, || Box::new(std::io::stdout())),
        Command::Ca(command) => ca::run(&command, &mut std::io::stdout()).map_err(Problem::usage),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(problem.status)
        }
    }
}
