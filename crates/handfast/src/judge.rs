//! Answers from the configuration to the questions of a handshake.

use crate::config::{ClientConfig, ServerConfig, Trust};
use crate::summary::Summary;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use handfast_crypto::{AlertDescription, ProtocolVersion, Provider};
use handfast_handshake::{Answer, Question, ask};
use handfast_x509::{Policy, Refusal, verify};
use pki_types::{ServerName, UnixTime};

/// Which configuration answers.
pub(crate) enum Role {
    Client(ClientConfig),
    Server(ServerConfig),
}

impl Role {
    pub(crate) fn provider(&self) -> &Provider {
        match self {
            Self::Client(config) => &config.settings.provider,
            Self::Server(config) => &config.settings.provider,
        }
    }

    /// The versions that may still be agreed on.
    pub(crate) fn versions(&self) -> &'static [ProtocolVersion] {
        match self {
            Self::Client(config) => config.settings.versions().list(),
            Self::Server(config) => config.settings.versions().list(),
        }
    }

    pub(crate) fn common(&self) -> &crate::config::Common {
        match self {
            Self::Client(config) => &config.common,
            Self::Server(config) => &config.common,
        }
    }

    /// The subjects of the first few roots, and how many there are.
    pub(crate) fn roots(&self) -> (Vec<String>, usize) {
        let trust = match self {
            Self::Client(config) => &config.trust,
            Self::Server(config) => &config.trust,
        };
        match trust {
            Trust::Roots(roots) => ((0..roots.len().min(3)).map(|n| roots.subject_text(n)).collect(), roots.len()),
            Trust::Anyone => (Vec::new(), usize::MAX),
        }
    }

    /// The credential that this side has signed with, as far as the configuration leaves no choice.
    pub(crate) fn shown(&self, summary: &Summary) -> Option<Arc<ask::Credential>> {
        match self {
            _ if summary.own_scheme.is_none() => None,
            Self::Client(config) => config.credential.clone(),
            Self::Server(config) => match &*config.credentials {
                [only] => Some(only.shared()),
                _ => None,
            },
        }
    }

    /// The configuration's answer, if it has one; and, if a chain was refused, why.
    pub(crate) fn answer(&self, question: Question) -> Option<(Answer, Option<Refusal>)> {
        Some(match (self, question) {
            (Self::Server(config), Question::Choose(choose)) => (config.choose(choose), None),
            (Self::Client(config), Question::Authenticate(authenticate)) => (config.authenticate(authenticate), None),
            (_, Question::Sign(sign)) => {
                let signature = sign.credential.key.sign(sign.scheme, &*self.provider().random, &sign.message);
                (sign.answer(signature), None)
            }
            (Self::Client(config), Question::Judge(judge)) => {
                self.judge(&config.trust, config.common.clock.now(), judge)
            }
            (Self::Server(config), Question::Judge(judge)) => {
                self.judge(&config.trust, config.common.clock.now(), judge)
            }
            // A client is never asked for credentials by name, nor a server whether it authenticates.
            (_, Question::Choose(choose)) => (choose.refuse(AlertDescription::INTERNAL_ERROR, "not a server"), None),
            (_, Question::Authenticate(authenticate)) => (authenticate.decline(), None),
            _ => return None,
        })
    }

    fn judge(&self, trust: &Trust, now: UnixTime, judge: ask::Judge) -> (Answer, Option<Refusal>) {
        let Trust::Roots(roots) = trust else { return (judge.accept(), None) };
        let name = match judge.name.as_deref().map(ServerName::try_from) {
            None => None,
            Some(Ok(name)) => Some(name),
            Some(Err(_)) => {
                let why = "the name to verify is neither a host name nor an address".to_string();
                return (judge.refuse(AlertDescription::BAD_CERTIFICATE, why), None);
            }
        };
        let policy = match &name {
            Some(name) => Policy::server(name, now),
            None => Policy::client(now),
        };
        // Nearly every chain fits here, and then no list of it is allocated.
        let (mut short, long): ([&[u8]; 8], Vec<&[u8]>);
        let chain = if judge.chain.len() <= 8 {
            short = [&[]; 8];
            short.iter_mut().zip(judge.chain.iter()).for_each(|(place, der)| *place = der);
            short.get(..judge.chain.len()).unwrap_or_default()
        } else {
            long = judge.chain.iter().collect();
            &long
        };
        let verdict = verify(chain, roots, &policy, self.provider().verify);
        match verdict {
            Ok(_) => (judge.accept(), None),
            Err(refusal) => {
                let (alert, why) = (refusal.alert(), refusal.reason().text().to_string());
                (judge.refuse(alert, why), Some(refusal))
            }
        }
    }
}

impl ServerConfig {
    /// The credentials for the host that the client names; all of them if none is for it.
    fn choose(&self, choose: ask::Choose) -> Answer {
        let all = || self.credentials.iter().map(|c| c.shared());
        let named: Vec<Arc<ask::Credential>> = match choose.server_name.as_deref() {
            Some(host) if self.credentials.len() > 1 => {
                self.credentials.iter().filter(|c| c.is_for(host)).map(|c| c.shared()).collect()
            }
            _ => Vec::new(),
        };
        choose.answer(if named.is_empty() { all().collect() } else { Arc::from(named) })
    }
}

impl ClientConfig {
    /// Our credential, if the server can verify its key; otherwise none.
    fn authenticate(&self, authenticate: ask::Authenticate) -> Answer {
        match &self.credential {
            Some(credential) if authenticate.scheme_for(&*credential.key).is_some() => {
                authenticate.answer(credential.clone())
            }
            _ => authenticate.decline(),
        }
    }
}
