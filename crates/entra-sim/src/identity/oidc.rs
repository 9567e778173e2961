//! Assertions for pipelines: GitHub Actions and Azure Pipelines.

use crate::answer::{json, redirect};
use crate::ids;
use crate::login::federated;
use crate::seen::Seen;
use crate::world::World;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::{Value, json};
use std::sync::Arc;

/// Served by the sign-in service's listener too, since the real ones speak HTTPS.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/github/token", get(github)).route("/pipelines/oidctoken", post(pipelines))
}

fn bearer(seen: &Seen) -> bool {
    let Some((scheme, token)) = seen.header("authorization").and_then(|h| h.split_once(' ')) else { return false };
    scheme.eq_ignore_ascii_case("bearer") && token == ids::PIPELINE_TOKEN
}

async fn github(State(world): State<Arc<World>>, Extension(seen): Extension<Arc<Seen>>) -> Response {
    if !bearer(&seen) {
        return json(401, &json!({"message": "The token is missing or wrong."}));
    }
    let audience = seen.param("audience").unwrap_or("https://github.com/contoso");
    let value = federated::issue(&world, "github", audience, &Value::Null);
    json(200, &json!({"count": value.len(), "value": value}))
}

async fn pipelines(State(world): State<Arc<World>>, Extension(seen): Extension<Arc<Seen>>) -> Response {
    if !bearer(&seen) {
        // Azure DevOps sends people to its sign-in page unless the client says that it is none.
        return match seen.header("x-tfs-fedauthredirect") {
            Some("Suppress") => {
                json(401, &json!({"message": "TF400813: The user is not authorized to access this resource."}))
            }
            _ => redirect(302, "https://spsprodeus21.vssps.visualstudio.com/_signin"),
        };
    }
    if seen.param("api-version").is_none() {
        return json(400, &json!({"message": "No api-version was supplied."}));
    }
    if seen.param("serviceConnectionId") != Some(ids::SERVICE_CONNECTION) {
        return json(404, &json!({"message": "The service connection does not exist or is not authorized for use."}));
    }
    json(200, &json!({"oidcToken": federated::issue(&world, "pipelines", ids::EXCHANGE, &Value::Null)}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, claims};

    #[tokio::test]
    async fn github_gives_the_audience_that_is_asked_for() {
        let bench = Bench::new();
        let url = bench.sim.ready()["environments"]["github"]["ACTIONS_ID_TOKEN_REQUEST_URL"]
            .as_str()
            .expect("an address")
            .to_owned();
        let ask = |token: &str| bench.http.get(format!("{url}&audience={}", ids::EXCHANGE)).bearer_auth(token).send();
        assert_eq!(ask("wrong").await.expect("an answer").status(), 401);
        let body: Value = ask(ids::PIPELINE_TOKEN).await.expect("an answer").json().await.expect("JSON");
        let claims = claims(body["value"].as_str().expect("a token"));
        assert_eq!(
            (&claims["aud"], claims["exp"].as_i64()),
            (&ids::EXCHANGE.into(), Some(claims["iat"].as_i64().expect("iat") + 300))
        );
    }

    #[tokio::test]
    async fn pipelines_wants_token_connection_and_no_redirect() {
        let bench = Bench::new();
        let ask = |token: &str, connection: &str, suppress: &str| {
            let url =
                format!("{}/pipelines/oidctoken?api-version=7.1&serviceConnectionId={connection}", bench.sim.login());
            bench.http.post(url).bearer_auth(token).header("X-TFS-FedAuthRedirect", suppress).send()
        };
        assert_eq!(ask("wrong", ids::SERVICE_CONNECTION, "Suppress").await.expect("an answer").status(), 401);
        assert_eq!(ask("wrong", ids::SERVICE_CONNECTION, "").await.expect("an answer").status(), 302);
        assert_eq!(ask(ids::PIPELINE_TOKEN, "other", "Suppress").await.expect("an answer").status(), 404);
        let body: Value = ask(ids::PIPELINE_TOKEN, ids::SERVICE_CONNECTION, "Suppress")
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        assert!(body["oidcToken"].is_string());
    }
}
