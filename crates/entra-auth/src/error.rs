use crate::{
    BadTenant, CertificateProblem, EnvironmentProblem, FederatedError, HostError, IdentityError, KeyFileError, Wanted,
};
use std::{fmt, time::Duration};

/// Why there is no token.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// No reply came.
    Net(entra_net::Error),
    /// The sign-in service refused.
    Service(Box<ServiceError>),
    /// A reply that is not what a sign-in service says: a proxy's page, for example.
    NotOAuth {
        /// Who answered.
        host: String,
        /// HTTP status.
        status: u16,
        /// Its content type.
        content_type: String,
    },
    /// A success without a token in it.
    NoToken {
        /// Who answered.
        host: String,
    },
    /// The tenant cannot be one.
    Tenant(BadTenant),
    /// No certificate to sign with.
    Certificate {
        /// Which one was looked for.
        wanted: Wanted,
        /// Why not.
        problem: CertificateProblem,
    },
    /// The certificate's key is not RSA.
    NotRsa,
    /// The certificate file is of no use.
    KeyFile(KeyFileError),
    /// The host could not sign or make an assertion.
    Host(HostError),
    /// The token that was handed over cannot be used.
    UserToken(UserTokenProblem),
    /// The host gave no token of its identity.
    Identity(Box<IdentityError>),
    /// There is no assertion of another issuer.
    Federated(Box<FederatedError>),
    /// The session's variables hold no credential.
    Environment(EnvironmentProblem),
    /// The person said no: cancelled, or did not give the permissions.
    Declined,
    /// The device code was not entered in time.
    CodeExpired {
        /// How long it was good.
        after: Duration,
    },
    /// A policy forbids device codes (AADSTS 53003, 530036 and their kin).
    Blocked(Box<ServiceError>),
    /// No browser can be opened, and a device code is not wanted.
    NoBrowser(NoBrowser),
    /// Nobody came back from the browser in time. Many refusals stay in the browser, so this is what remains of them.
    TimeRanOut {
        /// The limit.
        after: Duration,
        /// An answer came that belongs to another sign-in.
        met_strangers: bool,
    },
    /// The browser's answer cannot be received.
    Listener(String),
    /// The id token answers another sign-in than this one.
    WrongNonce,
    /// The token is for another tenant than the one asked for.
    WrongTenant {
        /// GUID.
        asked: String,
        /// GUID.
        got: String,
    },
    /// The token is another account's than the one asked for.
    WrongAccount {
        /// Name or home id.
        asked: String,
        /// The account's name.
        got: String,
    },
    /// Only a person can go on, and this renewal may not ask one.
    PersonNeeded,
    /// The connection was signed out while this was under way.
    SignedOut,
}

/// Why no browser can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoBrowser {
    /// Neither DISPLAY nor WAYLAND_DISPLAY is set.
    NoDisplay,
    /// The session came in over SSH.
    Remote,
    /// A GitHub Codespace.
    Codespace,
    /// Nothing that opens pages is installed.
    Missing,
    /// The program that opens pages failed.
    Failed {
        /// Its name.
        program: String,
        /// What the system says.
        detail: String,
    },
}

impl fmt::Display for NoBrowser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDisplay => f.write_str("there is no display"),
            Self::Remote => f.write_str("the session runs over SSH"),
            Self::Codespace => f.write_str("the session runs in a Codespace"),
            Self::Missing => f.write_str("no program that opens pages was found"),
            Self::Failed { program, detail } => write!(f, "'{program}' failed: {detail}"),
        }
    }
}

/// What is wrong with a token that the caller brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserTokenProblem {
    /// Three parts, but the middle one is not base64 of JSON.
    Malformed,
    /// It has expired or will within five minutes.
    Expired,
}

/// The sign-in service's refusal (RFC 6749, section 5.2, with Entra's fields).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceError {
    /// Who answered.
    pub host: String,
    /// HTTP status.
    pub status: u16,
    /// `error`: what programs decide by.
    pub error: String,
    /// `error_description` up to the lines with ids.
    pub description: String,
    /// AADSTS number; 0 where there is none.
    pub code: u64,
    /// `suberror`
    pub suberror: String,
    /// `claims`: what a further sign-in has to carry, JSON.
    pub claims: Option<String>,
    /// `correlation_id`
    pub correlation_id: String,
    /// `trace_id`
    pub trace_id: String,
    /// `timestamp`
    pub timestamp: String,
    /// `Retry-After`
    pub retry_after: Option<Duration>,
}

impl ServiceError {
    /// Can only a person help? `invalid_grant` and the refusals that name what is missing (OpenID Connect Core, section
    /// 3.1.2.6); `invalid_scope` where a refresh token is not good for more (RFC 6749, section 6).
    pub fn needs_person(&self) -> bool {
        let grant = self.error == "invalid_grant" && self.suberror != "protection_policy_required";
        grant
            || matches!(
                self.error.as_str(),
                "interaction_required" | "login_required" | "consent_required" | "invalid_scope"
            )
    }

    /// Is it a policy that forbids this way of signing in?
    pub(crate) fn is_policy(&self) -> bool {
        matches!(self.code, 53003 | 530_036)
    }

    /// Does the service only want to be left alone for a moment?
    pub(crate) fn is_passing(&self) -> bool {
        self.status == 429
            || self.status >= 500
            || matches!(self.error.as_str(), "temporarily_unavailable" | "server_error")
    }
}

impl From<entra_net::Error> for Error {
    fn from(error: entra_net::Error) -> Self {
        Self::Net(error)
    }
}

impl From<HostError> for Error {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

impl From<IdentityError> for Error {
    fn from(error: IdentityError) -> Self {
        Self::Identity(Box::new(error))
    }
}

impl From<FederatedError> for Error {
    fn from(error: FederatedError) -> Self {
        Self::Federated(Box::new(error))
    }
}

impl From<EnvironmentProblem> for Error {
    fn from(problem: EnvironmentProblem) -> Self {
        Self::Environment(problem)
    }
}

impl From<BadTenant> for Error {
    fn from(error: BadTenant) -> Self {
        Self::Tenant(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(error) => error.fmt(f),
            Self::Service(error) => f.write_str(&error.description),
            Self::NotOAuth { host, status, .. } => write!(f, "'{host}' answered {status} with something else"),
            Self::NoToken { host } => write!(f, "'{host}' answered without a token"),
            Self::Tenant(error) => error.fmt(f),
            Self::Certificate { problem, .. } => write!(f, "{problem:?}"),
            Self::NotRsa => f.write_str("the key is not RSA"),
            Self::KeyFile(error) => error.fmt(f),
            Self::Host(error) => error.fmt(f),
            Self::UserToken(problem) => write!(f, "{problem:?}"),
            Self::Identity(error) => error.fmt(f),
            Self::Federated(error) => error.fmt(f),
            Self::Environment(problem) => problem.fmt(f),
            Self::Declined => f.write_str("The sign-in was cancelled, or the permissions were not given"),
            Self::CodeExpired { after } => write!(f, "The code was not entered within {} s", after.as_secs()),
            Self::Blocked(error) => f.write_str(&error.description),
            Self::NoBrowser(reason) => write!(f, "No browser can be opened: {reason}"),
            Self::TimeRanOut { after, met_strangers } => {
                write!(f, "The browser did not come back with an answer within {} s", after.as_secs_f32())?;
                if *met_strangers { f.write_str("; an answer to another sign-in was turned away") } else { Ok(()) }
            }
            Self::Listener(detail) => write!(f, "The browser's answer cannot be received: {detail}"),
            Self::WrongNonce => f.write_str("The id token answers another sign-in"),
            Self::WrongTenant { asked, got } => write!(f, "Signed in to tenant '{got}', not to '{asked}'"),
            Self::WrongAccount { asked, got } => write!(f, "Signed in as '{got}', not as '{asked}'"),
            Self::PersonNeeded => f.write_str("The sign-in cannot be renewed without asking"),
            Self::SignedOut => f.write_str("The connection was signed out meanwhile"),
        }
    }
}

impl std::error::Error for Error {}
