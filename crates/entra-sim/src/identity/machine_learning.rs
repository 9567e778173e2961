//! Azure ML (and App Service as it was in 2017).

use super::{Names, issue, only};
use crate::answer::json;
use crate::ids::IDENTITY_HEADER;
use crate::seen::Seen;
use crate::world::World;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::json;
use std::sync::Arc;

const NAMES: Names = Names { client: &["clientid"], object: &[], resource: &[] };

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/ml/token", get(token))
}

fn refuse(status: u16, code: &str, text: &str) -> Response {
    json(status, &json!({"error": {"code": code, "message": text}}))
}

async fn token(State(world): State<Arc<World>>, Extension(seen): Extension<Arc<Seen>>) -> Response {
    if seen.header("secret") != Some(IDENTITY_HEADER) {
        return refuse(401, "Unauthorized", "The header 'secret' is missing or wrong.");
    }
    if seen.param("api-version") != Some("2017-09-01") {
        return refuse(400, "InvalidApiVersion", "The api-version is not supported.");
    }
    let Some(identity) = NAMES.choose(&world, &seen) else {
        return refuse(400, "IdentityNotFound", "No such identity is attached to this compute.");
    };
    match issue(&world, &seen, identity, seen.param("resource").unwrap_or_default()) {
        Some(answer) => {
            json(200, &only(answer, &["access_token", "expires_on", "resource", "token_type", "client_id"]))
        }
        None => refuse(500, "InternalServerError", "Something went wrong."),
    }
}

#[cfg(test)]
mod tests {
    use crate::ids;
    use crate::testing::Bench;

    #[tokio::test]
    async fn the_secret_and_the_old_parameter_name() {
        let bench = Bench::new();
        for (secret, client, status) in [
            (ids::IDENTITY_HEADER, ids::IDENTITY, 200),
            ("wrong", ids::IDENTITY, 401),
            (ids::IDENTITY_HEADER, "other", 400),
        ] {
            let url = format!(
                "{}/ml/token?api-version=2017-09-01&resource={}&clientid={client}",
                bench.sim.identity(),
                bench.sim.graph()
            );
            let response = bench.http.get(url).header("secret", secret).send().await.expect("an answer");
            assert_eq!(response.status().as_u16(), status);
        }
    }
}
