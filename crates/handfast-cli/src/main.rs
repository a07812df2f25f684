//! The command line tool. Exit statuses: see [`handfast_cli::exit`].
#![forbid(unsafe_code)]

use clap::Parser;
use handfast_cli::args::{CaCommand, ClientArgs, DemoArgs, ExplainArgs, ServerArgs};
use handfast_cli::exit::{self, Problem};
use handfast_cli::narrate::WIDTH;
use handfast_cli::{ca, client, demo, explain, help, legacy, server};
use std::process::ExitCode;

/// TLS 1.2 and 1.3 that can explain itself.
#[derive(Parser)]
#[command(name = "handfast", version, max_term_width = WIDTH, after_help = help::statuses())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Run a client and a server here, in both versions, and tell what happens.
    Demo(DemoArgs),
    /// Connect to a server, say what it is like, then pipe standard input and output.
    #[command(after_help = help::client())]
    Client(ClientArgs),
    /// Connect to a server and tell the handshake step by step, down to the last byte if asked.
    #[command(after_help = help::explain())]
    Explain(ExplainArgs),
    /// Serve many clients at once and say of each what was negotiated, or why not.
    #[command(after_help = help::server())]
    Server(ServerArgs),
    /// Make throw-away certificates for tests, sound or faulty on purpose.
    #[command(subcommand)]
    Ca(CaCommand),
}

fn main() -> ExitCode {
    let words = match legacy::rewrite(std::env::args_os().collect()) {
        Ok(words) => words,
        Err(text) => return wrong(&Problem::usage(text)),
    };
    let command = match Cli::try_parse_from(words) {
        Ok(cli) => cli.command,
        Err(error) if error.use_stderr() => {
            eprint!("{}", help::usage(&error.to_string()));
            return ExitCode::from(exit::USAGE);
        }
        // No error: --help and --version.
        Err(asked) => asked.exit(),
    };
    let done = match command {
        Command::Demo(args) => demo::run(&args, || Box::new(std::io::stdout())),
        Command::Client(args) => match args.check() {
            Ok(()) => return ExitCode::from(client::run(&args)),
            Err(usage) => Err(Problem::usage(usage)),
        },
        Command::Explain(args) => match args.check() {
            Ok(()) => return ExitCode::from(explain::run(&args)),
            Err(usage) => Err(Problem::usage(usage)),
        },
        Command::Server(args) => match args.check().map_err(Problem::usage).and_then(|()| server::run(&args)) {
            Ok(status) => return ExitCode::from(status),
            Err(problem) => Err(problem),
        },
        Command::Ca(command) => ca::run(&command, &mut std::io::stdout()).map_err(Problem::usage),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => wrong(&problem),
    }
}

fn wrong(problem: &Problem) -> ExitCode {
    eprint!("{}", help::usage(&format!("error: {problem}")));
    ExitCode::from(problem.status)
}
