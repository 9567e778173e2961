use super::{Plan, refused};
use crate::{
    Bag, Failure,
    clouds::Cloud,
    context::{AuthType, Context, CredentialType},
    failure,
    host::HostLink,
};
use entra_auth::{Authority, ClientCredentials, ClientSecretCredential};
use entra_net::Secret;

/// An app and its secret.
pub(super) fn plan(input: &Bag, host: &HostLink, cloud: &Cloud) -> Result<Plan, Failure> {
    let secret = host.secret("ClientSecret").ok_or_else(failure::no_secret)?;
    let client_id = input.get("ClientId").unwrap_or_default().to_owned();
    let tenant = tenant(input, cloud)?;
    let mut context = Context::new(AuthType::AppOnly, CredentialType::ClientSecret, input, &cloud.name);
    context.client_id.clone_from(&client_id);
    context.tenant_id = Some(tenant.clone());
    context.secret_length = Some(secret.utf16_len());
    Ok(Plan { credential: credential(secret), client_id, tenant, context })
}

pub(super) fn credential(secret: Secret) -> Box<ClientCredentials<ClientSecretCredential>> {
    Box::new(ClientCredentials(ClientSecretCredential(secret)))
}

/// The tenant, which an app needs. Whether it exists is the service's answer; whether it could is ours.
pub(super) fn tenant(input: &Bag, cloud: &Cloud) -> Result<String, Failure> {
    let tenant = input.get("TenantId").ok_or_else(failure::no_tenant)?;
    let tenant = tenant.trim();
    if let Some(login) = cloud.login_url() {
        Authority::new(&login, tenant).map_err(|error| refused("ClientSecretCredential", error))?;
    }
    Ok(tenant.to_owned())
}
