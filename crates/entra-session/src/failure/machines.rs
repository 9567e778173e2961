//! Rows of the table for sign-ins without a person and without a secret.

use super::{Category, Exception, Failure, failed};
use entra_auth::{EnvironmentProblem, FederatedError, IdentityError};

pub(super) fn identity(name: &str, error: &IdentityError) -> Failure {
    let id = match error {
        IdentityError::Nowhere { .. } => "IdentityNotAvailable",
        IdentityError::NotAssigned { .. } => "IdentityNotAssigned",
        IdentityError::NoChoice { .. } => "IdentityChoiceNotSupported",
        IdentityError::Refused { .. } => "IdentityRefused",
        IdentityError::Unanswered { .. } => "IdentityEndpointUnreachable",
        IdentityError::Reply { .. } => "IdentityReply",
        IdentityError::Challenge { .. } | IdentityError::KeyFile { .. } => "IdentityChallenge",
        _ => "IdentityVariables",
    };
    let correlation = match error {
        IdentityError::Refused { correlation_id, .. } => correlation_id.clone(),
        _ => String::new(),
    };
    let status = Some(error.status()).filter(|status| *status > 0);
    Failure {
        details: vec![
            ("StatusCode", status.map(|status| status.to_string()).unwrap_or_default()),
            ("CorrelationId", correlation),
        ],
        ..failed(id, name, error.to_string()).hint(error.advice())
    }
}

pub(super) fn federated(name: &str, error: &FederatedError) -> Failure {
    let id = match error {
        FederatedError::File { .. } | FederatedError::Empty { .. } => "FederatedTokenFile",
        FederatedError::Refused { .. } | FederatedError::NoAssertion { .. } => "AssertionRefused",
        FederatedError::NoIdentity => "IdentityNotAvailable",
        _ => "FederatedVariables",
    };
    failed(id, name, error.to_string()).hint(error.advice())
}

pub(super) fn environment(problem: &EnvironmentProblem) -> Failure {
    let row = |id, exception| Failure::new(id, Category::NotSpecified, exception, problem.to_string()).reported();
    match problem {
        EnvironmentProblem::Password => row("UsernamePasswordNotSupported", Exception::NotSupported),
        EnvironmentProblem::Incomplete { advice } => {
            row("EnvironmentVariablesIncomplete", Exception::Authentication).hint(advice)
        }
    }
}
