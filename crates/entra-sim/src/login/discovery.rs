//! What clients look up before they sign in.

use super::error::respond;
use super::token::unknown_tenant;
use crate::seen::Seen;
use crate::world::World;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) async fn configuration(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    Extension(seen): Extension<Arc<Seen>>,
) -> Response {
    let outcome = issuer_tenant(&world, &tenant).map(|id| metadata(&world, &seen.base(), &tenant, &id));
    respond(&world, &seen, outcome)
}

/// The GUID that stands in the issuer; the literal `{tenantid}` where the tenant is not fixed.
fn issuer_tenant(world: &World, name: &str) -> Result<String, super::error::Refusal> {
    match name {
        "common" | "organizations" => Ok("{tenantid}".into()),
        "consumers" => Ok(crate::ids::CONSUMERS.into()),
        _ => world.directory().tenant(name).map(|t| t.id.clone()).ok_or_else(|| unknown_tenant(name)),
    }
}

fn metadata(world: &World, base: &str, tenant: &str, id: &str) -> Value {
    let path = if id.starts_with('{') { tenant } else { id };
    json!({
        "token_endpoint": format!("{base}/{path}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/{path}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{base}/{id}/v2.0"),
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{}/oidc/userinfo", world.places.graph),
        "authorization_endpoint": format!("{base}/{path}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/{path}/oauth2/v2.0/devicecode"),
        "end_session_endpoint": format!("{base}/{path}/oauth2/v2.0/logout"),
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "localhost",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": world.places.graph.trim_start_matches("https://"),
    })
}

pub(crate) async fn keys(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    Extension(seen): Extension<Arc<Seen>>,
) -> Response {
    let outcome = issuer_tenant(&world, &tenant).map(|id| world.signer.jwks(&format!("{}/{id}/v2.0", seen.base())));
    respond(&world, &seen, outcome)
}

pub(crate) async fn instance(State(world): State<Arc<World>>, Extension(seen): Extension<Arc<Seen>>) -> Response {
    let host = seen.host.clone();
    let body = json!({
        "tenant_discovery_endpoint": format!("{}/common/v2.0/.well-known/openid-configuration", seen.base()),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    });
    respond(&world, &seen, Ok(body))
}

pub(crate) async fn realm(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
    Extension(seen): Extension<Arc<Seen>>,
) -> Response {
    let domain = name.split_once('@').map(|(_, d)| d.to_owned()).unwrap_or_default();
    let body = json!({
        "ver": "1.0", "account_type": "Managed", "domain_name": domain,
        "cloud_instance_name": "localhost", "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    });
    respond(&world, &seen, Ok(body))
}

#[cfg(test)]
mod tests {
    use crate::ids;
    use crate::testing::Bench;
    use serde_json::Value;

    async fn get(bench: &Bench, path: &str) -> Value {
        let response = bench.http.get(format!("{}{path}", bench.sim.login())).send().await.expect("an answer");
        response.json().await.expect("JSON")
    }

    #[tokio::test]
    async fn metadata_of_domains_and_common() {
        let bench = Bench::new();
        let contoso = get(&bench, "/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration").await;
        assert_eq!(contoso["token_endpoint"], format!("{}/{}/oauth2/v2.0/token", bench.sim.login(), ids::TENANT));
        let common = get(&bench, "/common/v2.0/.well-known/openid-configuration").await;
        assert!(common["issuer"].as_str().expect("an issuer").ends_with("/{tenantid}/v2.0"));
        let none = get(&bench, "/nowhere.example/v2.0/.well-known/openid-configuration").await;
        assert_eq!(none["error_codes"][0], 90_002);
    }

    #[tokio::test]
    async fn keys_and_instances() {
        let bench = Bench::new();
        assert_eq!(get(&bench, "/common/discovery/v2.0/keys").await["keys"][0]["kty"], "RSA");
        let instance = get(&bench, "/common/discovery/instance?api-version=1.1&authorization_endpoint=x").await;
        assert!(instance["metadata"][0]["aliases"].is_array());
    }
}
