//! Service Fabric: TLS with a pinned certificate, one identity per service.

use super::{SYSTEM, issue, only};
use crate::answer::json;
use crate::ids::IDENTITY_HEADER;
use crate::seen::Seen;
use crate::text::guid;
use crate::world::World;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/metadata/identity/oauth2/token", get(token))
}

fn refuse(status: u16, code: &str, text: &str) -> Response {
    json(status, &json!({"error": {"correlationId": guid(), "code": code, "message": text}}))
}

async fn token(State(world): State<Arc<World>>, Extension(seen): Extension<Arc<Seen>>) -> Response {
    match seen.header("secret") {
        None => return refuse(400, "SecretHeaderNotFound", "Secret is not found in the request headers."),
        Some(IDENTITY_HEADER) => {}
        Some(_) => {
            return refuse(
                404,
                "ManagedIdentityNotFound",
                "Managed identity not found for the specified application host.",
            );
        }
    }
    if !matches!(seen.param("api-version"), Some("2019-07-01-preview" | "2020-05-01")) {
        return refuse(400, "InvalidApiVersion", "The api-version is not supported.");
    }
    let Some(resource) = seen.param("resource") else {
        return refuse(400, "ArgumentNullOrEmpty", "The parameter 'resource' should not be null or empty string.");
    };
    match issue(&world, &seen, SYSTEM, resource) {
        Some(answer) => {
            let mut body = only(answer, &["access_token", "expires_on", "resource", "token_type"]);
            // The documented form is a number.
            if let Some(seconds) = body["expires_on"].as_str().and_then(|t| t.parse::<i64>().ok()) {
                body["expires_on"] = Value::from(seconds);
            }
            json(200, &body)
        }
        None => refuse(500, "InternalServerError", "Exception occured while fetching token."),
    }
}

#[cfg(test)]
mod tests {
    use crate::ids;
    use crate::testing::Bench;

    async fn ask(bench: &Bench, secret: &str) -> (u16, serde_json::Value) {
        let http =
            reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build().expect("a client");
        let environment = bench.sim.ready()["environments"]["fabric"].clone();
        let endpoint = environment["IDENTITY_ENDPOINT"].as_str().expect("an address");
        let url = format!("{endpoint}?api-version=2019-07-01-preview&resource={}", bench.sim.graph());
        let response = http.get(url).header("secret", secret).send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    #[tokio::test]
    async fn the_secret_counts_and_expiry_is_a_number() {
        let bench = Bench::new();
        let (status, body) = ask(&bench, ids::IDENTITY_HEADER).await;
        assert_eq!((status, body["expires_on"].is_number()), (200, true));
        assert_eq!(ask(&bench, "wrong").await.1["error"]["code"], "ManagedIdentityNotFound");
        assert_eq!(
            bench.sim.ready()["environments"]["fabric"]["IDENTITY_SERVER_THUMBPRINT"].as_str().map(str::len),
            Some(40)
        );
    }
}
