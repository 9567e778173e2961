use super::{Plan, certificate::from_file, found_variables, refused, secret};
use crate::{
    Bag, Failure,
    clouds::Cloud,
    context::{AuthType, Context, CredentialType},
    host::HostLink,
    platform_files::PlatformFiles,
    variables,
};
use entra_auth::{ClientCredentials, Credential, EnvironmentCredential, Files, Host, Level, environment_credential};
use entra_net::Network;
use std::sync::Arc;

const NAME: &str = "EnvironmentCredential";

/// What the session's variables say: a secret, a certificate, or the identity of a workload or pipeline.
pub(super) async fn plan(input: &Bag, host: &HostLink, cloud: &Cloud, network: &Network) -> Result<Plan, Failure> {
    let variables = found_variables(&[variables::WORKLOAD, variables::CREDENTIALS], input, host).await;
    let files: Arc<dyn Files> = Arc::new(PlatformFiles);
    let found = environment_credential(&variables, &files, network).map_err(|error| refused(NAME, error))?;
    let issuer = match &found {
        EnvironmentCredential::Federated(identity) => Some(identity.issuer.to_owned()),
        _ => None,
    };
    let (tenant, client_id, credential) = credential(found, host).await?;
    let (auth, kind) = (AuthType::EnvironmentVariable, CredentialType::EnvironmentVariable);
    let mut context = Context::new(auth, kind, input, &cloud.name);
    (context.client_id, context.tenant_id) = (client_id.clone(), Some(tenant.clone()));
    context.identity_source = issuer;
    Ok(Plan { credential, client_id, tenant, context })
}

async fn credential(
    found: EnvironmentCredential,
    host: &HostLink,
) -> Result<(String, String, Box<dyn Credential>), Failure> {
    let said = |what: &str| host.log(Level::Verbose, format!("The environment variables hold {what}"));
    match found {
        EnvironmentCredential::Secret { tenant, client_id, secret } => {
            said("an app's secret");
            Ok((tenant, client_id, secret::credential(secret)))
        }
        EnvironmentCredential::Certificate { tenant, client_id, path, password, send_chain } => {
            said("the path of an app's certificate");
            let certificate = from_file(path, password, send_chain).await?;
            Ok((tenant, client_id, Box::new(ClientCredentials(certificate))))
        }
        EnvironmentCredential::Federated(identity) => {
            said(&format!("an app that signs in by {}", identity.issuer));
            Ok((identity.tenant, identity.client_id, identity.credential))
        }
    }
}
