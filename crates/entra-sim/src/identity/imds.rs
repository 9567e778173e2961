//! Instance metadata service of virtual machines and scale sets.

use super::{Names, issue};
use crate::answer::json;
use crate::seen::Seen;
use crate::world::World;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::json;
use std::sync::Arc;

const NAMES: Names =
    Names { client: &["client_id"], object: &["object_id", "principal_id"], resource: &["msi_res_id", "mi_res_id"] };

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/metadata/identity/oauth2/token", get(token))
}

fn refuse(text: &str) -> Response {
    json(400, &json!({"error": "invalid_request", "error_description": text}))
}

async fn token(State(world): State<Arc<World>>, Extension(seen): Extension<Arc<Seen>>) -> Response {
    if !seen.header("metadata").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
        return refuse("Required metadata header not specified");
    }
    if seen.header("x-forwarded-for").is_some() {
        return refuse("Proxied request rejected");
    }
    if !seen.param("api-version").is_some_and(|v| matches!(v, "2018-02-01" | "2019-08-01" | "2025-05-01")) {
        return refuse("Invalid or missing api-version");
    }
    let Some(resource) = seen.param("resource") else {
        return refuse("Required audience parameter not specified");
    };
    let Some(identity) = NAMES.choose(&world, &seen) else { return refuse("Identity not found") };
    match issue(&world, &seen, identity, resource) {
        Some(answer) => json(200, &answer.into()),
        None => json(
            400,
            &json!({
                "error": "invalid_resource",
                "error_description": format!("AADSTS500011: The resource principal named {resource} was not found in the tenant named Contoso."),
            }),
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::ids;
    use crate::testing::{Bench, claims};

    async fn ask(bench: &Bench, query: &str, metadata: bool) -> (u16, serde_json::Value) {
        let url = format!("{}/metadata/identity/oauth2/token?{query}", bench.sim.identity());
        let mut request = bench.http.get(url);
        if metadata {
            request = request.header("Metadata", "true");
        }
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    #[tokio::test]
    async fn the_machine_and_an_assigned_identity() {
        let bench = Bench::new();
        let base = format!("api-version=2018-02-01&resource={}", bench.sim.graph());
        let who = |body: &serde_json::Value| claims(body["access_token"].as_str().expect("a token"))["appid"].clone();
        let (status, body) = ask(&bench, &base, true).await;
        assert_eq!((status, who(&body)), (200, ids::MACHINE.into()));
        assert!(body["expires_on"].is_string());
        assert_eq!(bench.graph(body["access_token"].as_str().expect("a token"), "/v1.0/organization").await.0, 200);
        for (name, value) in
            [("client_id", ids::IDENTITY), ("object_id", ids::IDENTITY_OBJECT), ("msi_res_id", ids::IDENTITY_RESOURCE)]
        {
            let (_, body) = ask(&bench, &format!("{base}&{name}={value}"), true).await;
            assert_eq!(who(&body), ids::IDENTITY, "{name}");
        }
    }

    #[tokio::test]
    async fn refusals() {
        let bench = Bench::new();
        let base = format!("api-version=2018-02-01&resource={}", bench.sim.graph());
        for (query, metadata, text) in [
            (base.clone(), false, "Required metadata header not specified"),
            (format!("{base}&client_id=other"), true, "Identity not found"),
            ("api-version=2018-02-01".into(), true, "Required audience parameter not specified"),
            ("resource=x".into(), true, "Invalid or missing api-version"),
        ] {
            let (status, body) = ask(&bench, &query, metadata).await;
            assert_eq!((status, &body["error_description"]), (400, &text.into()));
        }
        bench.sim.settings(|s| s.system_identity = false);
        assert_eq!(ask(&bench, &base, true).await.1["error_description"], "Identity not found");
    }

    #[tokio::test]
    async fn expiry_in_every_form() {
        let bench = Bench::new();
        let base = format!("api-version=2018-02-01&resource={}", bench.sim.graph());
        for (form, check) in [("number", ""), ("iso", "T"), ("american", "/"), ("relative", "86")] {
            bench.sim.settings(|s| s.expires_on = form.into());
            let (_, body) = ask(&bench, &base, true).await;
            assert!(
                body["expires_on"].is_number() || body["expires_on"].as_str().is_some_and(|t| t.contains(check)),
                "{form}"
            );
        }
    }
}
