//! Cloud Shell: a form by POST, the person's own identity, nothing to choose.

use super::{SYSTEM, issue, only};
use crate::answer::json;
use crate::seen::Seen;
use crate::world::World;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use serde_json::json;
use std::sync::Arc;

const FIELDS: [&str; 6] = ["access_token", "expires_in", "expires_on", "not_before", "resource", "token_type"];

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/cloudshell/oauth2/token", post(token))
}

fn refuse(code: &str, text: &str) -> Response {
    json(400, &json!({"error": {"code": code, "message": text}}))
}

async fn token(State(world): State<Arc<World>>, Extension(seen): Extension<Arc<Seen>>) -> Response {
    if !seen.header("metadata").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
        return refuse("MetadataHeaderNotFound", "The header 'Metadata: true' is missing.");
    }
    if seen.field("client_id").is_some() {
        return refuse("AudienceNotSupported", "Cloud Shell has no user-assigned identities.");
    }
    match issue(&world, &seen, SYSTEM, seen.field("resource").unwrap_or_default()) {
        Some(answer) => json(200, &only(answer, &FIELDS)),
        None => refuse("AudienceNotSupported", "Audience is not a supported MSI token audience."),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    #[tokio::test]
    async fn a_form_with_the_metadata_header() {
        let bench = Bench::new();
        let url = format!("{}/cloudshell/oauth2/token", bench.sim.identity());
        let form = [("resource", bench.sim.graph())];
        let good = bench.http.post(&url).header("Metadata", "true").form(&form).send().await.expect("an answer");
        assert_eq!(good.status(), 200);
        let bad = bench.http.post(&url).form(&form).send().await.expect("an answer");
        assert_eq!(bad.status(), 400);
    }
}
