use super::{Plan, certificate::from_file, secret};
use crate::{
    Bag, Failure,
    clouds::Cloud,
    context::{AuthType, Context, CredentialType},
    failure,
    host::HostLink,
    variables,
};
use entra_auth::{ClientCredentials, Credential};
use std::path::Path;

/// The session's variables: a secret first, then a certificate file, as Azure's libraries have it.
pub(super) async fn plan(input: &Bag, host: &HostLink, cloud: &Cloud) -> Result<Plan, Failure> {
    let found = host.variables(variables::CREDENTIALS).await.unwrap_or_default();
    let variable = |name| found.filled(name).map(str::to_owned);
    let (tenant, client_id) = (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"));
    let missing = missing(&found, host);
    let (Some(tenant), Some(client_id), true) = (tenant, client_id, missing.is_empty()) else {
        return Err(incomplete(&missing, &found, host));
    };
    let credential = credential(&found, input, host)?;
    let (auth, kind) = (AuthType::EnvironmentVariable, CredentialType::EnvironmentVariable);
    let mut context = Context::new(auth, kind, input, &cloud.name);
    (context.client_id, context.tenant_id) = (client_id.clone(), Some(tenant.clone()));
    Ok(Plan { credential, client_id, tenant, context })
}

fn credential(found: &Bag, input: &Bag, host: &HostLink) -> Result<Box<dyn Credential>, Failure> {
    if let Some(secret) = host.secret(SECRET).filter(|secret| !secret.is_empty()) {
        return Ok(secret::credential(secret));
    }
    // A relative path means the session's folder, which is not the process's.
    let folder = Path::new(input.get("Folder").unwrap_or_default());
    let path = folder.join(found.filled(CERTIFICATE).unwrap_or_default());
    let password = host.secret("AZURE_CLIENT_CERTIFICATE_PASSWORD");
    let certificate = from_file(&path, password.as_ref(), sends_chain(found))?;
    Ok(Box::new(ClientCredentials(certificate)))
}

/// `1` or `true`, as Azure's .NET and Go libraries have it.
fn sends_chain(found: &Bag) -> bool {
    found.filled("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN").is_some_and(|v| v == "1" || v.eq_ignore_ascii_case("true"))
}

const SECRET: &str = "AZURE_CLIENT_SECRET";
const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";

fn has_credential(found: &Bag, host: &HostLink) -> bool {
    host.holds_secret(SECRET) || found.filled(CERTIFICATE).is_some()
}

fn missing(found: &Bag, host: &HostLink) -> Vec<&'static str> {
    let ids = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"].into_iter().filter(|name| found.filled(name).is_none());
    let credential = (!has_credential(found, host)).then_some("AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH");
    ids.chain(credential).collect()
}

fn incomplete(missing: &[&str], found: &Bag, host: &HostLink) -> Failure {
    let password = found.filled("AZURE_USERNAME").is_some() && host.holds_secret("AZURE_PASSWORD");
    if password && !has_credential(found, host) {
        return failure::password_variables();
    }
    failure::variables_incomplete(missing)
}
