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
    /// Can only a person help (protocol: `interaction_required`, `invalid_grant`)?
    pub fn needs_person(&self) -> bool {
        let grant = self.error == "invalid_grant" && self.suberror != "protection_policy_required";
        grant || self.error == "interaction_required"
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
        }
    }
}

impl std::error::Error for Error {}
