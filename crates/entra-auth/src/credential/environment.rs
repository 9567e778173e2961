//! Which credential the variables of a session hold.

use super::federated::{FederatedIdentity, azure_pipelines, github, token_file};
use crate::{Error, Files, variables::Variables};
use entra_net::Network;
use entra_net::Secret;
use std::{path::PathBuf, sync::Arc};

/// An app and how it proves that it is one.
pub enum EnvironmentCredential {
    /// AZURE_CLIENT_SECRET
    Secret {
        /// AZURE_TENANT_ID
        tenant: String,
        /// AZURE_CLIENT_ID
        client_id: String,
        /// The secret.
        secret: Secret,
    },
    /// AZURE_CLIENT_CERTIFICATE_PATH
    Certificate {
        /// AZURE_TENANT_ID
        tenant: String,
        /// AZURE_CLIENT_ID
        client_id: String,
        /// The file, PEM or PKCS#12.
        path: PathBuf,
        /// AZURE_CLIENT_CERTIFICATE_PASSWORD
        password: Option<Secret>,
        /// AZURE_CLIENT_SEND_CERTIFICATE_CHAIN
        send_chain: bool,
    },
    /// A token file, GitHub Actions or Azure Pipelines.
    Federated(FederatedIdentity),
}

/// Why the variables hold none. The sentences are the original's, which scripts match on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentProblem {
    /// AZURE_USERNAME and AZURE_PASSWORD
    #[error(
        "Username and password auth is not supported by the module. Please use client certificate or secret credential instead."
    )]
    Password,
    /// Something is missing.
    #[error("EnvironmentCredential authentication unavailable. Environment variables are not fully configured.")]
    Incomplete {
        /// What to do, as sentences.
        advice: String,
    },
}

/// Finds it: a secret, a certificate, a token file, GitHub Actions, Azure Pipelines, in this order.
pub fn environment_credential(
    variables: &Variables,
    files: &Arc<dyn Files>,
    network: &Network,
) -> Result<EnvironmentCredential, Error> {
    if let (Some(tenant), Some(client)) = (variables.get("AZURE_TENANT_ID"), variables.get("AZURE_CLIENT_ID")) {
        if let Some(found) = own_proof(variables, tenant, client) {
            return Ok(found);
        }
        if variables.has("AZURE_FEDERATED_TOKEN_FILE") {
            let found = token_file::identity(variables, tenant, client, files, network)?;
            return Ok(EnvironmentCredential::Federated(found));
        }
        if let Some(found) = github::identity(variables, tenant, client)? {
            return Ok(EnvironmentCredential::Federated(found));
        }
    }
    match azure_pipelines::identity(variables)? {
        Some(found) => Ok(EnvironmentCredential::Federated(found)),
        None => Err(problem(variables).into()),
    }
}

fn own_proof(variables: &Variables, tenant: &str, client_id: &str) -> Option<EnvironmentCredential> {
    let (tenant, client_id) = (tenant.to_owned(), client_id.to_owned());
    if let Some(secret) = variables.secret("AZURE_CLIENT_SECRET").cloned() {
        return Some(EnvironmentCredential::Secret { tenant, client_id, secret });
    }
    let path = PathBuf::from(variables.get("AZURE_CLIENT_CERTIFICATE_PATH")?);
    let password = variables.secret("AZURE_CLIENT_CERTIFICATE_PASSWORD").cloned();
    let chain = variables.get("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN").unwrap_or_default();
    let send_chain = chain == "1" || chain.eq_ignore_ascii_case("true");
    Some(EnvironmentCredential::Certificate { tenant, client_id, path, password, send_chain })
}

fn problem(variables: &Variables) -> EnvironmentProblem {
    let has = |name| variables.has(name);
    if has("AZURE_USERNAME") && has("AZURE_PASSWORD") {
        return EnvironmentProblem::Password;
    }
    let ids: Vec<_> = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"].into_iter().filter(|name| !has(name)).collect();
    let proof = "AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE";
    let all: Vec<_> = ids.into_iter().chain([proof]).collect();
    let mut advice = format!("Set {} in this session.", all.join(", and "));
    if has("GITHUB_ACTIONS") && !has("ACTIONS_ID_TOKEN_REQUEST_URL") {
        advice.push_str(" In GitHub Actions give the job 'permissions: id-token: write' instead of a secret.");
    }
    if has("TF_BUILD") {
        advice.push_str(
            " In Azure Pipelines map System.AccessToken to SYSTEM_ACCESSTOKEN instead of a secret, and set \
             AZURESUBSCRIPTION_SERVICE_CONNECTION_ID where the task does not.",
        );
    }
    EnvironmentProblem::Incomplete { advice }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::tests::FakeFiles;

    const APP: [(&str, &str); 2] = [("AZURE_TENANT_ID", "contoso.example"), ("AZURE_CLIENT_ID", "app")];
    const GITHUB: [(&str, &str); 2] =
        [("ACTIONS_ID_TOKEN_REQUEST_URL", "https://g.example/t?a=b"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "fake")];
    const PIPELINES: [(&str, &str); 5] = [
        ("SYSTEM_OIDCREQUESTURI", "https://p.example/t"),
        ("SYSTEM_ACCESSTOKEN", "fake"),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "connection"),
        ("AZURESUBSCRIPTION_CLIENT_ID", "pipeline-app"),
        ("AZURESUBSCRIPTION_TENANT_ID", "contoso.example"),
    ];

    fn find(values: &[&[(&str, &str)]]) -> Result<EnvironmentCredential, Error> {
        let files: Arc<dyn Files> = Arc::new(FakeFiles::default());
        environment_credential(&Variables::of(&values.concat()), &files, &Network::direct())
    }

    fn issuer(values: &[&[(&str, &str)]]) -> (String, &'static str) {
        match find(values) {
            Ok(EnvironmentCredential::Federated(found)) => (found.client_id, found.issuer),
            Ok(_) => panic!("another credential"),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn the_order_is_the_documented_one() {
        let file = [("AZURE_FEDERATED_TOKEN_FILE", "/t")];
        let certificate = [("AZURE_CLIENT_CERTIFICATE_PATH", "/c"), ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "True")];
        let all: [&[(&str, &str)]; 5] = [&APP, &[("AZURE_CLIENT_SECRET", "fake")], &certificate, &file, &GITHUB];
        assert!(matches!(find(&all), Ok(EnvironmentCredential::Secret { .. })));
        let found = find(&[&APP, &certificate, &file, &GITHUB]);
        assert!(matches!(found, Ok(EnvironmentCredential::Certificate { send_chain: true, password: None, .. })));
        assert_eq!(issuer(&[&APP, &file, &GITHUB]), ("app".into(), "a federated token file"));
        assert_eq!(issuer(&[&APP, &GITHUB, &PIPELINES]), ("app".into(), "GitHub Actions"));
        assert_eq!(issuer(&[&APP, &PIPELINES]), ("app".into(), "Azure Pipelines"));
        assert_eq!(issuer(&[&GITHUB, &PIPELINES]), ("pipeline-app".into(), "Azure Pipelines"));
    }

    #[test]
    fn what_is_missing_is_said() {
        let advice = |values: &[&[(&str, &str)]]| match find(values) {
            Err(Error::Environment(EnvironmentProblem::Incomplete { advice })) => advice,
            Err(error) => error.to_string(),
            Ok(_) => panic!("complete"),
        };
        assert!(advice(&[]).starts_with("Set AZURE_TENANT_ID, and AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET, AZURE"));
        assert!(advice(&[&APP]).starts_with("Set AZURE_CLIENT_SECRET, "));
        assert!(advice(&[&APP, &[("AZURE_CLIENT_SECRET", "")]]).starts_with("Set AZURE_CLIENT_SECRET, "));
        assert!(advice(&[&APP, &[("GITHUB_ACTIONS", "true")]]).contains("id-token: write"));
        assert!(advice(&[&APP, &[("TF_BUILD", "True")]]).contains("SYSTEM_ACCESSTOKEN"));
        let password = [("AZURE_USERNAME", "u"), ("AZURE_PASSWORD", "fake")];
        assert!(advice(&[&APP, &password]).starts_with("Username and password auth is not supported"));
        let http = [("ACTIONS_ID_TOKEN_REQUEST_URL", "http://g.example"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "fake")];
        assert!(advice(&[&APP, &http]).contains("https"));
    }
}
