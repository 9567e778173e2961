use crate::FileProblem;
use std::path::PathBuf;

/// Why there is no assertion of another issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FederatedError {
    /// The token file cannot be read.
    #[error("The file '{}' that AZURE_FEDERATED_TOKEN_FILE names cannot be read: {problem}", path.display())]
    File {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        problem: FileProblem,
    },
    /// There is nothing in it.
    #[error("The file '{}' that AZURE_FEDERATED_TOKEN_FILE names is empty", path.display())]
    Empty {
        /// Where it is.
        path: PathBuf,
    },
    /// The variable holds no address that an own token may go to.
    #[error("The value of {variable} is not an https address")]
    Address {
        /// Its name.
        variable: &'static str,
    },
    /// The variable's value cannot be sent.
    #[error("The value of {variable} has characters that cannot be sent")]
    Header {
        /// Its name.
        variable: &'static str,
    },
    /// The issuer refused.
    #[error("{issuer} at '{host}' gave no assertion: it answered {status} ({text})")]
    Refused {
        /// What people call it.
        issuer: &'static str,
        /// Who answered.
        host: String,
        /// HTTP status.
        status: u16,
        /// Its words.
        text: String,
    },
    /// A success without an assertion.
    #[error("{issuer} at '{host}' answered without an assertion")]
    NoAssertion {
        /// What people call it.
        issuer: &'static str,
        /// Who answered.
        host: String,
    },
    /// The variables of the identity-binding proxy contradict each other.
    #[error("{0}")]
    Binding(&'static str),
    /// The certificate file of the identity-binding proxy cannot be read.
    #[error("The file '{}' that AZURE_KUBERNETES_CA_FILE names cannot be read: {problem}", path.display())]
    CaFile {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        problem: FileProblem,
    },
    /// The machine signs in by a token file, which cannot be passed on.
    #[error("A workload's token file is an assertion already; it is used without a managed identity")]
    NoIdentity,
}

impl FederatedError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::File { .. } | Self::Empty { .. } | Self::CaFile { .. } => {
                "The cluster writes this file: check the workload's service account and the pod's volumes."
            }
            Self::Refused { issuer: super::github::NAME, .. }
            | Self::NoAssertion { issuer: super::github::NAME, .. } => "Give the job 'permissions: id-token: write'.",
            Self::Refused { .. } | Self::NoAssertion { .. } => {
                "Map System.AccessToken to SYSTEM_ACCESSTOKEN for this step and check the service connection."
            }
            Self::Address { .. } | Self::Header { .. } | Self::Binding(_) => {
                "The platform sets these variables itself: look for what has changed them."
            }
            Self::NoIdentity => "Use -EnvironmentVariable.",
        }
    }
}
