//! What `client` and `explain` share: how a server is called, and what is told if that fails.

use crate::args::{ClientArgs, Sni};
use crate::exit::{self, Problem};
use crate::narrate::{Trust, wrap};
use crate::setup;
use handfast::x509::ServerName;
use handfast::{ClientConfig, Limits, Roots, pem};

/// The configuration, and the roots, by which the server is judged in any case.
pub(crate) fn configure(args: &ClientArgs) -> Result<(ClientConfig, Roots), Problem> {
    let name = args.verify_name();
    if ServerName::try_from(name.strip_suffix('.').unwrap_or(name)).is_err() {
        return Err(Problem::usage(format!("{name:?} is neither a host name nor an address")));
    }
    let roots = match &args.ca {
        Some(file) => setup::roots(file)?,
        None => setup::mozilla(),
    };
    let provider = setup::provider(args.negotiation.backend);
    let limits = Limits { deadline: args.timeout, ..Limits::default() };
    let mut config = ClientConfig::new(provider.clone(), roots.clone()).with_limits(limits);
    if let (Some(cert), Some(key)) = (&args.cert, &args.key) {
        config = config.with_credential(pem::load_credential(cert, key, &provider).map_err(Problem::usage)?);
    }
    if args.accept_any_certificate {
        config = config.dangerous_accept_any_certificate();
    }
    if args.sni == Some(Sni::Nothing) {
        config = config.without_server_name();
    }
    let config = setup::negotiate!(config, &args.negotiation);
    Ok((config, roots))
}

/// By what the options let a client judge a server.
pub(crate) fn trust(args: &ClientArgs, roots: &Roots, config: &ClientConfig) -> Trust {
    Trust {
        roots: roots.clone(),
        source: if args.ca.is_some() { "your --ca file" } else { "the Mozilla list" },
        name: args.verify_name().into(),
        provider: config.provider().clone(),
        anyone: args.accept_any_certificate,
    }
}

/// What went wrong: the report, if there is one, and the exit status.
pub(crate) fn told(args: &ClientArgs, problem: &Problem) -> String {
    match &problem.report {
        Some(report) => {
            let text = report.text(&format!("x {}: ", args.peer));
            format!("{text}\n  exit      {}, {}\n", problem.status, exit::meaning(problem.status))
        }
        None if problem.status == exit::USAGE => wrap("error: ", &problem.text, 4),
        None => wrap(&format!("x {}: ", args.peer), &problem.text, 4),
    }
}
