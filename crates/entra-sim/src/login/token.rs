//! The token endpoint: which grant it is, who asks, and what they get.

use super::error::{Refusal, respond};
use super::mint::Proof;
use super::{assertion, code, device, federated, mint};
use crate::directory::App;
use crate::ids;
use crate::seen::Seen;
use crate::world::World;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;
use std::sync::Arc;

pub(crate) const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub(crate) async fn answer(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    Extension(seen): Extension<Arc<Seen>>,
) -> Response {
    let outcome = grant(&world, &seen, &tenant);
    respond(&world, &seen, outcome)
}

fn grant(world: &World, seen: &Seen, tenant: &str) -> Result<Value, Refusal> {
    if seen.form.is_empty() {
        return Err(if seen.body.is_empty() { Refusal::missing("grant_type") } else { malformed() });
    }
    let kind = seen.field("grant_type").ok_or_else(|| Refusal::missing("grant_type"))?;
    let client = seen.field("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
    check_resource_parameter(seen)?;
    match kind {
        "client_credentials" => client_credentials(world, seen, tenant, client),
        "authorization_code" => with_person(world, seen, tenant, client, "authorization_code", code::redeem),
        "refresh_token" => with_person(world, seen, tenant, client, "refresh_token", code::refresh),
        "device_code" | DEVICE => with_person(world, seen, tenant, client, "device_code", device::poll),
        other => Err(unsupported(other)),
    }
}

type Grant = fn(&World, &Seen, &str, &App) -> Result<Value, Refusal>;

/// A grant that a person stands behind: the client is public.
fn with_person(
    world: &World,
    seen: &Seen,
    tenant: &str,
    client: &str,
    name: &str,
    grant: Grant,
) -> Result<Value, Refusal> {
    let app = known_app(world, tenant, client)?;
    authenticate_public(seen, &app)?;
    world.orders.check(name, seen)?;
    grant(world, seen, tenant, &app)
}

/// The application, where tenant and application exist and know each other.
pub(crate) fn known_app(world: &World, tenant: &str, client: &str) -> Result<App, Refusal> {
    let directory = world.directory();
    let app = directory.app(client).cloned().ok_or_else(|| unknown_app(client, tenant))?;
    if matches!(tenant, "common" | "organizations" | "consumers" | ids::CONSUMERS) {
        return Ok(app);
    }
    let id = directory.tenant(tenant).map(|t| t.id.clone()).ok_or_else(|| unknown_tenant(tenant))?;
    if app.tenants.contains(&id) { Ok(app) } else { Err(unknown_app(client, tenant)) }
}

/// A public client shows no credential (700025); a confidential one has to.
pub(crate) fn authenticate_public(seen: &Seen, app: &App) -> Result<(), Refusal> {
    let shown = seen.field("client_secret").or_else(|| seen.field("client_assertion")).is_some();
    match (app.public, shown) {
        (true, false) => Ok(()),
        (true, true) => Err(public_with_secret()),
        (false, _) => Err(no_credential()),
    }
}

fn public_with_secret() -> Refusal {
    Refusal::client(700_025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
}

fn no_credential() -> Refusal {
    Refusal::client(
        7_000_218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    )
}

fn malformed() -> Refusal {
    Refusal::request(9002313, "Invalid request. Request is malformed or invalid.")
}

fn check_resource_parameter(seen: &Seen) -> Result<(), Refusal> {
    if seen.field("resource").is_none() {
        return Ok(());
    }
    Err(Refusal::request(901002, "The 'resource' request parameter is not supported."))
}

fn unsupported(grant: &str) -> Refusal {
    let text = format!("The app requested an unsupported grant type '{grant}'.");
    Refusal::new(400, "unsupported_grant_type", 70003, text)
}

fn client_credentials(world: &World, seen: &Seen, tenant: &str, client: &str) -> Result<Value, Refusal> {
    let directory = world.directory();
    let tenant = real_tenant(&directory, tenant, client)?;
    let app =
        directory.app(client).filter(|a| a.tenants.contains(&tenant)).ok_or_else(|| unknown_app(client, &tenant))?;
    let audience = app_audience(world, seen)?;
    let proof = authenticate(world, seen, app)?;
    world.orders.check("client_credentials", seen)?;
    Ok(mint::app_only(world, seen, app, &tenant, &audience, proof))
}

/// The tenant's GUID; `common` and `organizations` mean the application's own.
fn real_tenant(directory: &crate::directory::Directory, name: &str, client: &str) -> Result<String, Refusal> {
    if matches!(name, "common" | "organizations") {
        let app = directory.app(client).ok_or_else(|| unknown_app(client, ids::TENANT))?;
        return Ok(app.tenants[0].clone());
    }
    directory.tenant(name).map(|t| t.id.clone()).ok_or_else(|| unknown_tenant(name))
}

pub(crate) fn unknown_tenant(name: &str) -> Refusal {
    let text = format!(
        "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct \
         cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for \
         the tenant."
    );
    Refusal::request(90002, text)
}

pub(crate) fn unknown_app(client: &str, tenant: &str) -> Refusal {
    let text = format!(
        "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the \
         application has not been installed by the administrator of the tenant or consented to by any user in the \
         tenant. You may have sent your authentication request to the wrong tenant."
    );
    Refusal::new(400, "unauthorized_client", 700016, text)
}

/// The resource of `{resource}/.default`, the only scope that an application may ask for.
fn app_audience(world: &World, seen: &Seen) -> Result<String, Refusal> {
    let scope = seen.field("scope").ok_or_else(|| Refusal::missing("scope"))?;
    if scope.split_whitespace().count() != 1 {
        let text = format!(
            "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
        );
        return Err(Refusal::new(400, "invalid_scope", 70011, text));
    }
    let Some(resource) = scope.strip_suffix("/.default") else {
        let text = format!(
            "The provided value for the input parameter 'scope' is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI). The scope {scope} is not valid."
        );
        return Err(Refusal::new(400, "invalid_scope", 70011, text));
    };
    known_resource(world, resource)
}

pub(crate) fn known_resource(world: &World, resource: &str) -> Result<String, Refusal> {
    if world.is_graph(resource) || resource.starts_with("api://") {
        return Ok(resource.to_owned());
    }
    let text = format!(
        "The resource principal named {resource} was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."
    );
    Err(Refusal::new(400, "invalid_resource", 500011, text))
}

pub(crate) fn authenticate(world: &World, seen: &Seen, app: &App) -> Result<Proof, Refusal> {
    if app.public {
        return Err(public_with_secret());
    }
    if let Some(secret) = seen.field("client_secret") {
        return check_secret(app, secret).map(|()| Proof::Secret);
    }
    let Some(text) = seen.field("client_assertion") else {
        return Err(no_credential());
    };
    if seen.field("client_assertion_type") != Some(JWT_BEARER) {
        return Err(Refusal::missing("client_assertion_type"));
    }
    if federated::is_outside(app, text) {
        return federated::check(world, app, text).map(|()| Proof::Certificate);
    }
    assertion::check(world, seen, app, text).map(|()| Proof::Certificate)
}

fn check_secret(app: &App, secret: &str) -> Result<(), Refusal> {
    match app.secrets.iter().find(|s| s.value == secret) {
        Some(known) if known.expired => Err(expired_secret(app)),
        Some(_) => Ok(()),
        None => Err(wrong_secret(app)),
    }
}

fn wrong_secret(app: &App) -> Refusal {
    let text = format!(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not \
         the client secret ID, for a secret added to app '{}'.",
        app.id
    );
    Refusal::client(7000215, text)
}

fn expired_secret(app: &App) -> Refusal {
    let text = format!(
        "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys for your \
         app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: \
         https://aka.ms/certCreds.",
        app.id
    );
    Refusal::client(7000222, text)
}

#[cfg(test)]
mod tests {
    use crate::ids;
    use crate::testing::{Bench, claims, code};

    #[tokio::test]
    async fn the_right_secret_gives_a_token() {
        let bench = Bench::new();
        let (status, body) = bench.sign_in(&[("client_secret", ids::SECRET)]).await;
        assert_eq!((status, &body["token_type"], &body["expires_in"]), (200, &"Bearer".into(), &3599.into()));
        let claims = claims(body["access_token"].as_str().expect("a token"));
        assert_eq!(claims["appid"], ids::APP);
        assert_eq!(claims["tid"], ids::TENANT);
        assert_eq!(claims["aud"], bench.sim.graph());
        assert_eq!(claims["roles"], serde_json::json!(ids::APP_ROLES));
        assert_eq!(bench.sim.journal()[0].form("client_secret"), Some(ids::SECRET));
    }

    #[tokio::test]
    async fn each_mistake_has_its_code() {
        let bench = Bench::new();
        let good = ("client_secret", ids::SECRET);
        for (fields, status, number) in [
            (vec![("client_secret", "wrong")], 401, 7_000_215),
            (vec![("client_secret", ids::EXPIRED_SECRET)], 401, 7_000_222),
            (vec![good, ("client_id", "00000000-0000-4000-8000-00000000dead")], 400, 700_016),
            (vec![good, ("scope", "User.Read")], 400, 70_011),
            (vec![good, ("scope", "https://elsewhere.example/.default")], 400, 500_011),
            (vec![good, ("scope", "")], 400, 900_144),
            (vec![good, ("grant_type", "")], 400, 900_144),
            (vec![good, ("grant_type", "password_of_the_dog")], 400, 70_003),
            (vec![good, ("resource", "x")], 400, 901_002),
            (vec![good, ("client_id", ids::PUBLIC_APP)], 401, 700_025),
            (vec![], 401, 7_000_218),
        ] {
            let (got, body) = bench.sign_in(&fields).await;
            assert_eq!((got, code(&body)), (status, number), "{fields:?}");
        }
    }

    #[tokio::test]
    async fn tenants_go_by_guid_domain_and_common() {
        let bench = Bench::new();
        let scope = bench.scope();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", ids::APP),
            ("client_secret", ids::SECRET),
            ("scope", scope.as_str()),
        ];
        for (tenant, status) in
            [(ids::TENANT_DOMAIN, 200), ("common", 200), ("nowhere.example", 400), (ids::OTHER_TENANT, 400)]
        {
            let (got, body) = bench.post(&bench.endpoint(tenant), &form).await;
            assert_eq!(got, status, "{tenant}: {body}");
        }
        let (_, body) = bench.post(&bench.endpoint("nowhere.example"), &form).await;
        assert_eq!(code(&body), 90_002);
    }

    #[tokio::test]
    async fn a_body_that_is_no_form_is_malformed() {
        let bench = Bench::new();
        let response = bench.http.post(bench.endpoint(ids::TENANT)).body("{}").send().await.expect("an answer");
        assert_eq!(code(&response.json().await.expect("JSON")), 9_002_313);
        let (_, body) = bench.post(&bench.endpoint(ids::TENANT), &[]).await;
        assert_eq!(code(&body), 900_144);
    }
}
