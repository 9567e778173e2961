//! Connect: checks in the original's order, then one credential, one token, one context, committed at the end or not
//! at all.

mod access_token;
mod certificate;
mod checks;
mod client_assertion;
mod environment_variables;
mod identity;
mod person;
mod secret;

use crate::{
    Bag, Failure,
    clouds::{self, Cloud},
    connection::Made,
    context::Context,
    failure,
    host::HostLink,
    process,
    variables::{self, Variable},
    welcome,
};
use entra_auth::{Authority, Credential, Demand, Error, Means, TokenSource, Variables, decode_claims, default_scope};
use entra_net::{Network, Secret, Url};
use std::{path::Path, sync::Arc};

/// What a parameter set makes of its parameters.
struct Plan {
    credential: Box<dyn Credential>,
    client_id: String,
    tenant: String,
    context: Context,
}

pub(super) async fn run(input: &Bag, host: &HostLink) -> Result<Bag, Failure> {
    checks::parameters(input, host)?;
    let cloud = cloud(input, host).await?;
    let (login, graph) = endpoints(&cloud)?;
    // A host that answers nothing has no settings of its own.
    let network = process::network(&host.variables(variables::NETWORK).await.unwrap_or_default());
    let plan = plan(input, host, &cloud, &network).await?;
    let made = sign_in(plan, input, host, cloud, network, (&login, &graph)).await;
    process::get().stores.tell(host);
    Ok(commit(made?, input))
}

async fn cloud(input: &Bag, host: &HostLink) -> Result<Cloud, Failure> {
    let name = input.filled("Environment").unwrap_or(clouds::DEFAULT);
    super::environment::find(name, host).await?.ok_or_else(|| failure::unknown_environment(name))
}

/// Both addresses of the cloud. Neither a secret nor a token goes out unencrypted.
fn endpoints(cloud: &Cloud) -> Result<(Url, Url), Failure> {
    let https = |url: Option<Url>, text: &str| {
        url.filter(|url| url.scheme() == "https").ok_or_else(|| failure::unsafe_environment(&cloud.name, text))
    };
    Ok((https(cloud.login_url(), &cloud.sign_in)?, https(cloud.graph_url(), &cloud.graph)?))
}

async fn plan(input: &Bag, host: &HostLink, cloud: &Cloud, network: &Network) -> Result<Plan, Failure> {
    match input.get("ParameterSet") {
        Some("AppSecretCredentialParameterSet") => secret::plan(input, host, cloud),
        Some("AppCertificateParameterSet") => certificate::plan(input, host, cloud, network).await,
        Some("AccessTokenParameterSet") => access_token::plan(input, host, cloud),
        Some("EnvironmentVariableParameterSet") => environment_variables::plan(input, host, cloud, network).await,
        Some("UserParameterSet") => person::plan(input, host, cloud).await,
        Some("IdentityParameterSet") => identity::plan(input, host, cloud, network).await,
        other => Err(failure::bad_call(&format!("parameter set {other:?}"))),
    }
}

async fn sign_in(
    plan: Plan,
    input: &Bag,
    host: &HostLink,
    cloud: Cloud,
    network: Network,
    (login, graph): (&Url, &Url),
) -> Result<Made, Failure> {
    let Plan { credential, client_id, tenant, mut context } = plan;
    let process = process::get();
    let client = process.client(network).map_err(|error| failure::network(&error))?;
    let authority = Authority::new(login, &tenant).map_err(|error| failure::bad_tenant(&error))?;
    let own = person::scopes(input);
    // A person's tokens are kept with the person; what else they share a memory with would only keep them longer.
    let tokens = if own.is_some() { Arc::default() } else { process.tokens.clone() };
    let source = TokenSource::new(authority, client_id, credential, tokens);
    let scopes = own.unwrap_or_else(|| vec![default_scope(graph)]);
    let means = Means { client: &client, clock: process.clock.as_ref(), host };
    let token = source.token(&scopes, Demand::default(), means).await;
    let token = token.map_err(|error| failure::sign_in(source.credential_name(), &error))?;
    person::learn(&mut context, &token);
    context.learn(token.secret.expose_text().and_then(decode_claims).as_ref());
    let name = input.filled("ContextName").map(str::to_owned);
    Ok(Made { name, context, source, scopes, client, cloud })
}

/// Everything has worked: only now does anything change.
fn commit(made: Made, input: &Bag) -> Bag {
    let process = process::get();
    if let Some(seconds) = input.get("ClientTimeout").and_then(|text| text.parse().ok()) {
        let mut limits = process.request_context.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        limits.client_timeout = seconds;
    }
    let unnamed = input.filled("Unnamed").or_else(|| input.filled("Connection"));
    let committed = process.connections.commit(made, unnamed);
    let welcome = (!input.flag("NoWelcome")).then(|| welcome::text(&committed.connection.context));
    committed.connection.fields().with_some("Welcome", welcome).with_all("Ended", committed.ended)
}

/// These groups of variables, as the credentials read them. Paths are those of the session's folder, which is not the
/// process's.
async fn found_variables(groups: &[&[Variable]], input: &Bag, host: &HostLink) -> Variables {
    let wanted: Vec<_> = groups.concat();
    let found = host.variables(&wanted).await.unwrap_or_default();
    let folder = Path::new(input.get("Folder").unwrap_or_default());
    let plain = found.iter().map(|(name, value)| (name.to_owned(), absolute(folder, name, value)));
    let secret = wanted.iter().filter(|variable| variable.secret);
    let secret = secret.filter_map(|variable| Some((variable.name.to_owned(), host.secret(variable.name)?)));
    Variables::new(plain.chain(secret))
}

fn absolute(folder: &Path, name: &str, value: &str) -> Secret {
    const PATHS: [&str; 3] =
        ["AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_KUBERNETES_CA_FILE"];
    match PATHS.contains(&name) && !value.trim().is_empty() {
        true => folder.join(value.trim()).to_string_lossy().into_owned().into(),
        false => value.into(),
    }
}

/// The error of a credential that could not even be made.
fn refused(name: &str, error: impl Into<Error>) -> Failure {
    failure::sign_in(name, &error.into())
}
