//! Azure Arc: a challenge that only someone who may read the agent's folder can answer.

use super::{Names, issue};
use crate::answer::{self, json};
use crate::seen::Seen;
use crate::text::{guid, random};
use crate::world::{World, lock};
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

const NAMES: Names = Names { client: &["client_id"], object: &["object_id"], resource: &["msi_res_id", "mi_res_id"] };

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/arc/metadata/identity/oauth2/token", get(token))
}

fn refuse(status: u16, code: &str, text: &str) -> Response {
    json(status, &json!({"error": code, "error_description": text}))
}

async fn token(State(world): State<Arc<World>>, Extension(seen): Extension<Arc<Seen>>) -> Response {
    if !seen.header("metadata").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
        return refuse(400, "invalid_request", "Required metadata header not specified");
    }
    if !matches!(seen.param("api-version"), Some("2019-11-01" | "2020-06-01")) {
        return refuse(400, "invalid_request", "Invalid or missing api-version");
    }
    let Some(shown) = seen.header("authorization") else { return challenge(&world) };
    let key = shown.strip_prefix("Basic ").unwrap_or_default();
    if !lock(&world.arc_keys).remove(key) {
        return refuse(403, "forbidden", "The challenge was not answered, or was answered before.");
    }
    let Some(identity) = NAMES.choose(&world, &seen) else {
        return refuse(400, "invalid_request", "Identity not found");
    };
    match issue(&world, &seen, identity, seen.param("resource").unwrap_or_default()) {
        Some(mut body) => {
            // The agent repeats which identity it chose.
            for name in ["object_id", "msi_res_id", "mi_res_id"] {
                if let Some(value) = seen.param(name) {
                    body.insert(name.into(), value.into());
                }
            }
            json(200, &body.into())
        }
        None => refuse(400, "invalid_resource", "The resource is not known."),
    }
}

/// Writes a key file and names it.
fn challenge(world: &World) -> Response {
    let settings = lock(&world.settings).clone();
    let folder =
        if settings.arc_folder.is_empty() { world.places.dir.join("arc") } else { PathBuf::from(&settings.arc_folder) };
    let mut key = crate::text::base64url(&random(48));
    key.extend(std::iter::repeat_n('A', settings.arc_key_size.saturating_sub(key.len())));
    let path = folder.join(format!("{}.key", guid()));
    if std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, &key)).is_err() {
        return refuse(500, "server_error", "The agent cannot write its key file.");
    }
    lock(&world.arc_keys).insert(key);
    lock(&world.arc_files).push(path.clone());
    let path = path.display().to_string();
    let realm = if settings.arc_realm.is_empty() { path.clone() } else { settings.arc_realm.replace("{file}", &path) };
    let response = refuse(401, "unauthorized", "Answer the challenge.");
    answer::header(response, "www-authenticate", &format!("Basic realm={realm}"))
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    async fn ask(bench: &Bench, key: Option<&str>) -> reqwest::Response {
        let url = format!(
            "{}/arc/metadata/identity/oauth2/token?api-version=2020-06-01&resource={}",
            bench.sim.identity(),
            bench.sim.graph()
        );
        let mut request = bench.http.get(url).header("Metadata", "true");
        if let Some(key) = key {
            request = request.header("Authorization", format!("Basic {key}"));
        }
        request.send().await.expect("an answer")
    }

    async fn realm(bench: &Bench) -> String {
        let response = ask(bench, None).await;
        assert_eq!(response.status(), 401);
        let header = response.headers()["www-authenticate"].to_str().expect("text").to_owned();
        header.strip_prefix("Basic realm=").expect("a realm").to_owned()
    }

    #[tokio::test]
    async fn the_file_opens_it_once() {
        let bench = Bench::new();
        let key = std::fs::read_to_string(realm(&bench).await).expect("a key file");
        assert_eq!(ask(&bench, Some(&key)).await.status(), 200);
        assert_eq!(ask(&bench, Some(&key)).await.status(), 403);
        assert_eq!(ask(&bench, Some("guess")).await.status(), 403);
    }

    #[tokio::test]
    async fn wicked_realms_and_big_files() {
        let bench = Bench::new();
        bench.sim.settings(|s| {
            s.arc_realm = "/etc/passwd".into();
            s.arc_key_size = 5000;
        });
        assert_eq!(realm(&bench).await, "/etc/passwd");
        bench.sim.settings(|s| s.arc_realm.clear());
        assert_eq!(std::fs::metadata(realm(&bench).await).expect("a key file").len(), 5000);
    }
}
