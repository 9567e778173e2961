use super::{Plan, found_variables, refused};
use crate::{
    Bag, Failure,
    clouds::Cloud,
    context::{AuthType, Context, CredentialType},
    failure,
    host::HostLink,
    platform_files::PlatformFiles,
    variables,
};
use entra_auth::{Files, Host, IdentityId, Level, ManagedIdentity, managed_identity};
use entra_net::Network;
use std::sync::Arc;

pub(super) const NAME: &str = "ManagedIdentityCredential";
/// What the context shows for the machine's own identity; the original's word.
const OWN: &str = "MSI@50342";
/// Tokens are kept by tenant; an identity's is known only from its token.
const ANY_TENANT: &str = "common";

/// The identity of the machine, service or workload that runs the session.
pub(super) async fn plan(input: &Bag, host: &HostLink, cloud: &Cloud, network: &Network) -> Result<Plan, Failure> {
    let mut context = Context::new(AuthType::ManagedIdentity, CredentialType::ManagedIdentity, input, &cloud.name);
    let id = chosen(input)?;
    context.managed_identity = Some(shown(&id).to_owned());
    let found = find(id, input, host, network).await?;
    context.identity_source = Some(source(&found).to_owned());
    let (client_id, tenant, credential): (_, _, Box<dyn entra_auth::Credential>) = match found {
        ManagedIdentity::Endpoint(identity) => (String::new(), ANY_TENANT.to_owned(), Box::new(identity)),
        ManagedIdentity::Workload(workload) => (workload.client_id, workload.tenant, workload.credential),
    };
    Ok(Plan { credential, client_id, tenant, context })
}

/// Finds it by the session's variables and says what was found.
pub(super) async fn find(
    id: IdentityId,
    input: &Bag,
    host: &HostLink,
    network: &Network,
) -> Result<ManagedIdentity, Failure> {
    let variables = found_variables(&[variables::IDENTITY, variables::WORKLOAD], input, host).await;
    let files: Arc<dyn Files> = Arc::new(PlatformFiles);
    let found = managed_identity(&variables, id, &files, network).map_err(|error| refused(NAME, error))?;
    host.log(Level::Verbose, format!("The managed identity comes from {}", source(&found)));
    Ok(found)
}

/// What the person knows the identity's host as.
fn source(found: &ManagedIdentity) -> &str {
    match found {
        ManagedIdentity::Endpoint(identity) => identity.source(),
        ManagedIdentity::Workload(workload) => workload.issuer,
    }
}

/// Which identity is meant. A client id that begins as the context's marker does means the machine's own.
fn chosen(input: &Bag) -> Result<IdentityId, Failure> {
    let value = |name| input.filled(name).map(str::to_owned);
    let client = value("ClientId").filter(|id| !id.starts_with("MSI@"));
    match (client, value("ObjectId"), value("ResourceId")) {
        (None, None, None) => Ok(IdentityId::System),
        (Some(id), None, None) => Ok(IdentityId::Client(id)),
        (None, Some(id), None) => Ok(IdentityId::Object(id)),
        (None, None, Some(id)) => Ok(IdentityId::Resource(id)),
        _ => Err(failure::one_identity()),
    }
}

fn shown(id: &IdentityId) -> &str {
    match id {
        IdentityId::System => OWN,
        IdentityId::Client(id) | IdentityId::Object(id) | IdentityId::Resource(id) => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[(&str, &str)]) -> Result<IdentityId, &'static str> {
        let bag = fields.iter().fold(Bag::default(), |bag, (name, value)| bag.with(name, *value));
        chosen(&bag).map_err(|failure| failure.id)
    }

    #[test]
    fn one_identity_is_meant() {
        assert_eq!(of(&[]), Ok(IdentityId::System));
        assert_eq!(of(&[("ClientId", "MSI@50342")]), Ok(IdentityId::System));
        assert_eq!(of(&[("ClientId", "c")]), Ok(IdentityId::Client("c".into())));
        assert_eq!(of(&[("ObjectId", "o")]), Ok(IdentityId::Object("o".into())));
        assert_eq!(of(&[("ResourceId", "/r")]), Ok(IdentityId::Resource("/r".into())));
        assert_eq!(of(&[("ClientId", "c"), ("ObjectId", "o")]), Err("IdentityAmbiguous"));
        assert_eq!(shown(&IdentityId::System), "MSI@50342");
    }
}
