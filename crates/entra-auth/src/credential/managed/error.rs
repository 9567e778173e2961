use crate::FileProblem;
use std::path::PathBuf;

/// Why a host gave no token of its identity.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// No reply came.
    #[error("{platform} could not be asked: {cause}")]
    Unanswered {
        /// Kind of host.
        platform: &'static str,
        /// What was looked for before, and why it was not that.
        passed: Vec<&'static str>,
        /// Why no reply came.
        cause: entra_net::Error,
    },
    /// This is no host with an identity: nothing names one, and no metadata service answers.
    #[error("There is no managed identity here. {} Virtual machine: nothing answers at '{host}'", sentences(passed))]
    Nowhere {
        /// What was looked for before, and why it was not that.
        passed: Vec<&'static str>,
        /// Where the metadata service would be.
        host: String,
    },
    /// The host refused.
    #[error(
        "{platform} at '{host}' answered {status}{}{}{}",
        part(": ", code),
        part(": ", text),
        part(". Correlation id: ", correlation_id)
    )]
    Refused {
        /// Kind of host.
        platform: &'static str,
        /// Who answered.
        host: String,
        /// HTTP status.
        status: u16,
        /// The host's own code.
        code: String,
        /// The host's words.
        text: String,
        /// What its support asks for.
        correlation_id: String,
    },
    /// The machine has no such identity.
    #[error("{platform} at '{host}' has no such identity ({text})")]
    NotAssigned {
        /// Kind of host.
        platform: &'static str,
        /// Who answered.
        host: String,
        /// The host's words.
        text: String,
    },
    /// A reply that no identity endpoint gives.
    #[error("{platform} at '{host}' answered {status} with something else than a token ({what})")]
    Reply {
        /// Kind of host.
        platform: &'static str,
        /// Who answered.
        host: String,
        /// HTTP status.
        status: u16,
        /// What was wrong with it.
        what: String,
    },
    /// The host does not let this identity be chosen.
    #[error("{platform} does not let an identity be chosen by its {kind}")]
    NoChoice {
        /// Kind of host.
        platform: &'static str,
        /// `client id`, `object id` or `resource id`.
        kind: &'static str,
        /// Is there another id that it takes?
        any: bool,
    },
    /// The variable does not hold an address.
    #[error("The value of {variable} is not the address of an identity endpoint")]
    Address {
        /// Its name.
        variable: &'static str,
    },
    /// The variable holds an http address of a distant host.
    #[error("The value of {variable} is an http address at '{host}': a token does not go over the net unprotected")]
    Unprotected {
        /// Its name.
        variable: &'static str,
        /// The host.
        host: String,
    },
    /// The variable's value cannot be sent.
    #[error("The value of {variable} has characters that cannot be sent")]
    Header {
        /// Its name.
        variable: &'static str,
    },
    /// IDENTITY_SERVER_THUMBPRINT is none.
    #[error("The value of IDENTITY_SERVER_THUMBPRINT is not a thumbprint of 40 hexadecimal digits")]
    Thumbprint,
    /// Arc's agent made no challenge, or one that must not be answered.
    #[error("The Azure Arc agent at '{host}' {what}")]
    Challenge {
        /// Who answered.
        host: String,
        /// What was wrong.
        what: String,
    },
    /// Arc's key file cannot be read.
    #[error("The key file '{}' of the Azure Arc agent cannot be used: {problem}", path.display())]
    KeyFile {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        problem: FileProblem,
    },
}

/// What was looked for, as further sentences.
fn sentences(passed: &[&str]) -> String {
    passed.iter().map(|why| format!("{why}.")).collect::<Vec<_>>().join(" ")
}

fn part(before: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{before}{text}") }
}

impl IdentityError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Nowhere { .. } => {
                "Run this on an Azure host that has a managed identity, or sign in in another way: Connect-Entra \
                 without -Identity, or with -EnvironmentVariable."
            }
            Self::NotAssigned { .. } => {
                "Assign the identity to this machine or service, or check -ClientId, -ObjectId or -ResourceId. Without \
                 them the machine's own identity is used, which has to be switched on."
            }
            Self::NoChoice { any: true, .. } => "Name the identity by its client id: -ClientId.",
            Self::NoChoice { .. } => "Leave out -ClientId, -ObjectId and -ResourceId: the host has one identity.",
            Self::KeyFile { problem: FileProblem::Denied, .. } => {
                "Add this user to the group himds (Linux) or Hybrid agent extension applications (Windows)."
            }
            Self::KeyFile { .. } | Self::Challenge { .. } => "Check the Azure Arc agent: azcmagent show.",
            Self::Refused { status: 500.., .. } | Self::Unanswered { .. } | Self::Reply { .. } => {
                "Try again later. If it stays so, look at the identity in the host's own settings."
            }
            Self::Refused { .. } => "Check in the host's settings that the identity is switched on and allowed there.",
            Self::Address { .. } | Self::Unprotected { .. } | Self::Header { .. } | Self::Thumbprint => {
                "The host sets this variable itself: look for what has changed it."
            }
        }
    }

    /// HTTP status; 0 where no reply came.
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused { status, .. } | Self::Reply { status, .. } => *status,
            Self::NotAssigned { .. } => 400,
            _ => 0,
        }
    }
}
