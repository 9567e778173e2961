//! Delta query of users.

use super::bearer::Caller;
use super::data::{USER_DEFAULTS, project};
use super::error::{Ids, body, ok};
use super::query::next_link;
use crate::answer;
use crate::text::{base64url, from_base64url};
use crate::world::{World, lock};
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use std::sync::Arc;

const PAGE: usize = 400;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/users/delta", get(delta))
}

fn number(token: &str) -> Option<u64> {
    String::from_utf8(from_base64url(token)?).ok()?.parse().ok()
}

fn token(number: u64) -> String {
    base64url(number.to_string().as_bytes())
}

async fn delta(caller: Caller) -> Response {
    let store = caller.world.store();
    match caller.seen.param("$deltatoken") {
        None => first(&caller, &store),
        Some("latest") => page(&caller, Vec::new(), "@odata.deltaLink", "$deltatoken", &token(store.version)),
        Some(text) => match number(text).filter(|v| *v <= store.version && !lock(&caller.world.settings).delta_expired)
        {
            Some(version) => changes(&caller, &store, version),
            None => gone(&caller),
        },
    }
}

/// All users in pages; the last page has the link for later.
fn first(caller: &Caller, store: &super::data::Store) -> Response {
    let from = caller.seen.param("$skiptoken").and_then(number).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let size = caller.seen.param("$top").and_then(|t| t.parse().ok()).unwrap_or(PAGE);
    let select = select(caller);
    let items = store.users.iter().skip(from).take(size).map(|u| project(u, &select)).collect();
    if from + size < store.users.len() {
        return page(caller, items, "@odata.nextLink", "$skiptoken", &token((from + size) as u64));
    }
    page(caller, items, "@odata.deltaLink", "$deltatoken", &token(store.version))
}

fn select(caller: &Caller) -> Vec<&str> {
    match caller.seen.param("$select") {
        Some(text) => text.split(',').map(str::trim).chain(["id"]).collect(),
        None => USER_DEFAULTS.to_vec(),
    }
}

fn changes(caller: &Caller, store: &super::data::Store, version: u64) -> Response {
    let select = select(caller);
    let mut items: Vec<Value> = Vec::new();
    for change in store.changes.iter().filter(|c| c.version > version) {
        items.retain(|i| i["id"] != change.id.as_str());
        items.push(match store.user(&change.id).filter(|_| !change.removed) {
            Some(user) => project(user, &select),
            None => json!({"id": change.id, "@removed": {"reason": "changed"}}),
        });
    }
    page(caller, items, "@odata.deltaLink", "$deltatoken", &token(store.version))
}

fn page(caller: &Caller, items: Vec<Value>, link: &str, name: &str, token: &str) -> Response {
    ok(
        &caller.seen,
        200,
        &json!({
            "@odata.context": format!("{}/v1.0/$metadata#users", caller.seen.base()),
            link: next_link(&caller.seen, name, token), "value": items,
        }),
    )
}

/// The client has to start again.
fn gone(caller: &Caller) -> Response {
    let ids = Ids::new(&caller.seen);
    let text = "The sync state generation is not found, or has expired. Please perform a full synchronization.";
    let response = answer::json(410, &body(&caller.world, &ids, "syncStateNotFound", text));
    let again = format!("{}{}?$deltatoken=", caller.seen.base(), caller.seen.path);
    ids.stamp(answer::header(response, "location", again.trim_end_matches("?$deltatoken=")))
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::Value;

    async fn get(bench: &Bench, token: &str, url: &str) -> (u16, Value) {
        bench.graph(token, url.strip_prefix(bench.sim.graph()).expect("an address of ours")).await
    }

    #[tokio::test]
    async fn changes_since_the_link() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        let (mut url, mut count) = (format!("{}/v1.0/users/delta?$select=displayName", bench.sim.graph()), 0);
        let link = loop {
            let (_, body) = get(&bench, &token, &url).await;
            count += body["value"].as_array().map_or(0, Vec::len);
            match body["@odata.nextLink"].as_str() {
                Some(next) => url = next.to_owned(),
                None => break body["@odata.deltaLink"].as_str().expect("a link").to_owned(),
            }
        };
        assert_eq!(count, 2511);
        assert_eq!(get(&bench, &token, &link).await.1["value"], Value::Array(Vec::new()));
        for (i, method) in [(1, reqwest::Method::DELETE), (2, reqwest::Method::PATCH)] {
            let url = format!("{}/v1.0/users/user000{i}@contoso.onmicrosoft.com", bench.sim.graph());
            bench
                .http
                .request(method, url)
                .bearer_auth(&token)
                .body("{\"displayName\":\"x\"}")
                .send()
                .await
                .expect("an answer");
        }
        let (_, body) = get(&bench, &token, &link).await;
        assert_eq!(
            (&body["value"][0]["@removed"]["reason"], &body["value"][1]["displayName"]),
            (&"changed".into(), &"x".into())
        );
        bench.sim.settings(|s| s.delta_expired = true);
        let (status, body) = get(&bench, &token, &link).await;
        assert_eq!((status, &body["error"]["code"]), (410, &"syncStateNotFound".into()));
    }
}
