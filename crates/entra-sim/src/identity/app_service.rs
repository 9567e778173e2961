//! App Service and its family (Functions, Container Apps, Automation, Logic Apps).

use super::{Names, issue, only};
use crate::answer::json;
use crate::ids::IDENTITY_HEADER;
use crate::seen::Seen;
use crate::text::guid;
use crate::world::World;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::json;
use std::sync::Arc;

const NAMES: Names = Names { client: &["client_id"], object: &["object_id", "principal_id"], resource: &["mi_res_id"] };

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/msi/token", get(token))
}

fn refuse(status: u16, text: &str) -> Response {
    json(status, &json!({"statusCode": status, "message": text, "correlationId": guid()}))
}

async fn token(State(world): State<Arc<World>>, Extension(seen): Extension<Arc<Seen>>) -> Response {
    if seen.header("x-identity-header") != Some(IDENTITY_HEADER) {
        return refuse(401, "The X-IDENTITY-HEADER header is missing or wrong.");
    }
    if seen.param("api-version") != Some("2019-08-01") {
        return refuse(400, "The api-version is not supported.");
    }
    let Some(identity) = NAMES.choose(&world, &seen) else {
        return refuse(
            400,
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
        );
    };
    match issue(&world, &seen, identity, seen.param("resource").unwrap_or_default()) {
        Some(answer) => {
            json(200, &only(answer, &["access_token", "expires_on", "resource", "token_type", "client_id"]))
        }
        None => refuse(500, "An unexpected error occured while fetching the AAD Token."),
    }
}

#[cfg(test)]
mod tests {
    use crate::ids;
    use crate::testing::{Bench, claims};

    #[tokio::test]
    async fn header_identity_and_resource_count() {
        let bench = Bench::new();
        let graph = bench.sim.graph().to_owned();
        for (header, more, status) in [
            (ids::IDENTITY_HEADER, format!("resource={graph}&mi_res_id={}", ids::IDENTITY_RESOURCE), 200),
            ("wrong", format!("resource={graph}"), 401),
            (ids::IDENTITY_HEADER, format!("resource={graph}&client_id=other"), 400),
            (ids::IDENTITY_HEADER, "resource=https://elsewhere.example".into(), 500),
        ] {
            let url = format!("{}/msi/token?api-version=2019-08-01&{more}", bench.sim.identity());
            let response = bench.http.get(url).header("X-IDENTITY-HEADER", header).send().await.expect("an answer");
            assert_eq!(response.status().as_u16(), status, "{more}");
            if status == 200 {
                let body: serde_json::Value = response.json().await.expect("JSON");
                assert_eq!(claims(body["access_token"].as_str().expect("a token"))["oid"], ids::IDENTITY_OBJECT);
            }
        }
    }
}
