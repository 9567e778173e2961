//! The control port: plain HTTP with JSON, for tests that are not written in Rust.

use crate::answer::{json, plain};
use crate::browse::visit;
use crate::faults::Fault;
use crate::graph::bearer::Challenge;
use crate::ids;
use crate::login::grants::Decision as Waiting;
use crate::login::orders::Order;
use crate::login::{self, device, federated};
use crate::people;
use crate::proxy::ProxyRule;
use crate::seen::Seen;
use crate::settings::Settings;
use crate::sim::ready;
use crate::world::{World, lock};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/ready", get(show_ready))
        .route("/ca.crl", get(show_revoked_certificates))
        .route("/fault", post(add_fault).get(show_faults).delete(clear_faults))
        .route("/journal", get(show_journal).delete(clear_journal))
        .route("/clock", get(show_clock).post(set_clock))
        .route("/proxy", post(set_proxy))
        .route("/revoke", post(revoke))
        .route("/refuse", post(refuse).get(show_orders).delete(clear_orders))
        .route("/settings", get(show_settings).post(set_settings))
        .route("/device", post(decide_device).get(show_devices))
        .route("/browse", post(browse))
        .route("/assertion", post(assertion))
        .route("/challenge", post(challenge).delete(clear_challenges))
        .route("/consents", delete(clear_consents))
}

type Shared = State<Arc<World>>;
type Asked = Extension<Arc<Seen>>;

/// Runs with the decoded body, or answers 400 with what is wrong in it.
pub(crate) fn with<T: DeserializeOwned>(seen: &Seen, run: impl FnOnce(T) -> Value) -> Response {
    match serde_json::from_slice(&seen.body) {
        Ok(body) => json(200, &run(body)),
        Err(error) => plain(400, format!("{}: {error}\n", seen.path)),
    }
}

async fn show_ready(State(world): Shared) -> Response {
    json(200, &ready(&world))
}

async fn show_revoked_certificates(State(world): Shared) -> Response {
    match std::fs::read(world.places.dir.join("ca.crl")) {
        Ok(list) => ([("content-type", "application/pkix-crl")], list).into_response(),
        Err(error) => plain(500, format!("{error}\n")),
    }
}

/// Takes one fault or a list of them.
async fn add_fault(State(world): Shared, Extension(seen): Asked) -> Response {
    let add = |faults: Vec<Fault>| {
        faults.into_iter().for_each(|f| world.faults.add(f));
        json!({"faults": world.faults.all().len()})
    };
    if seen.body.trim_ascii_start().starts_with(b"[") { with(&seen, add) } else { with(&seen, |one| add(vec![one])) }
}

async fn show_faults(State(world): Shared) -> Response {
    json(200, &json!(world.faults.all()))
}

async fn clear_faults(State(world): Shared) -> Response {
    world.faults.clear();
    json(200, &json!({"faults": 0}))
}

/// `?service=login`, `?path=piece`, `?method=POST` narrow the list.
async fn show_journal(State(world): Shared, Extension(seen): Asked) -> Response {
    let wanted = |name: &str, has: &dyn Fn(&str) -> bool| seen.param(name).is_none_or(has);
    let list: Vec<_> = world
        .journal
        .entries()
        .into_iter()
        .filter(|e| {
            wanted("service", &|s| e.service == s)
                && wanted("path", &|p| e.path.contains(p))
                && wanted("method", &|m| e.method.eq_ignore_ascii_case(m))
        })
        .collect();
    json(200, &json!(list))
}

async fn clear_journal(State(world): Shared) -> Response {
    world.journal.clear();
    json(200, &json!([]))
}

async fn show_clock(State(world): Shared) -> Response {
    json(200, &json!({"offset": world.clock.offset(), "now": world.clock.now()}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockOrder {
    offset: Option<i64>,
    advance: Option<i64>,
}

async fn set_clock(State(world): Shared, Extension(seen): Asked) -> Response {
    with(&seen, |order: ClockOrder| {
        if let Some(offset) = order.offset {
            world.clock.set_offset(offset);
        }
        world.clock.advance(order.advance.unwrap_or(0));
        federated::write_cluster_token(&world);
        json!({"offset": world.clock.offset(), "now": world.clock.now()})
    })
}

async fn set_proxy(State(world): Shared, Extension(seen): Asked) -> Response {
    with(&seen, |rule: ProxyRule| {
        *lock(&world.proxy) = rule.clone();
        json!(rule)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revocation {
    token: Option<String>,
    login: Option<String>,
}

/// Graph refuses this access token from now on, and the sign-in service all refresh tokens of this person.
async fn revoke(State(world): Shared, Extension(seen): Asked) -> Response {
    with(&seen, |order: Revocation| {
        let token = order.token.is_some_and(|t| revoke_token(&world, &t));
        let refresh = order.login.map_or(0, |login| revoke_person(&world, &login));
        json!({"revoked": token, "refresh_tokens": refresh})
    })
}

/// Revokes a person's refresh tokens; how many there were.
pub(crate) fn revoke_person(world: &World, login: &str) -> usize {
    people::find(login).map_or(0, |person| lock(&world.grants).revoke(&person))
}

async fn refuse(State(world): Shared, Extension(seen): Asked) -> Response {
    with(&seen, |order: Order| {
        world.orders.add(order);
        json!(world.orders.all())
    })
}

async fn show_orders(State(world): Shared) -> Response {
    json(200, &json!(world.orders.all()))
}

async fn clear_orders(State(world): Shared) -> Response {
    world.orders.clear();
    json(200, &json!([]))
}

async fn show_settings(State(world): Shared) -> Response {
    json(200, &json!(*lock(&world.settings)))
}

/// Fields that are given change; the others stay.
async fn set_settings(State(world): Shared, Extension(seen): Asked) -> Response {
    let mut all = json!(*lock(&world.settings));
    if let (Some(all), Ok(Value::Object(given))) = (all.as_object_mut(), serde_json::from_slice(&seen.body)) {
        all.extend(given);
    }
    match serde_json::from_value::<Settings>(all) {
        Ok(settings) => {
            *lock(&world.settings) = settings.clone();
            json(200, &json!(settings))
        }
        Err(error) => plain(400, format!("/settings: {error}\n")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    user_code: String,
    login: Option<String>,
    #[serde(default)]
    decline: bool,
}

/// Acts as the person at the device page.
async fn decide_device(State(world): Shared, Extension(seen): Asked) -> Response {
    with(&seen, |order: Decision| {
        let login = order.login.as_deref().unwrap_or(ids::ADELE);
        match device::decide(&world, &order.user_code, login, !order.decline) {
            Ok(()) => json!({"decided": true}),
            Err(why) => json!({"decided": false, "error": why}),
        }
    })
}

/// User codes that wait, the newest last.
async fn show_devices(State(world): Shared) -> Response {
    let grants = lock(&world.grants);
    let mut waiting: Vec<_> = grants.devices.values().filter(|d| matches!(d.decision, Waiting::Pending)).collect();
    waiting.sort_by_key(|d| d.until);
    json(200, &json!(waiting.iter().map(|d| json!({"user_code": d.user_code, "client": d.client})).collect::<Vec<_>>()))
}

/// Acts as the person with a browser.
async fn browse(State(world): Shared, Extension(seen): Asked) -> Response {
    match serde_json::from_slice(&seen.body) {
        Ok(order) => {
            let router = login::routes().with_state(Arc::clone(&world));
            json(200, &visit(&world, router, order).await)
        }
        Err(error) => plain(400, format!("/browse: {error}\n")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    issuer: String,
    #[serde(default)]
    claims: Value,
}

/// An assertion of an outside issuer.
async fn assertion(State(world): Shared, Extension(seen): Asked) -> Response {
    with(&seen, |wish: Wish| json!({"assertion": federated::issue(&world, &wish.issuer, ids::EXCHANGE, &wish.claims)}))
}

async fn challenge(State(world): Shared, Extension(seen): Asked) -> Response {
    with(&seen, |order: Challenge| {
        lock(&world.challenges).push(order);
        json!(*lock(&world.challenges))
    })
}

async fn clear_challenges(State(world): Shared) -> Response {
    lock(&world.challenges).clear();
    json(200, &json!([]))
}

async fn clear_consents(State(world): Shared) -> Response {
    lock(&world.grants).forget_consents();
    json(200, &json!([]))
}

pub(crate) fn revoke_token(world: &World, token: &str) -> bool {
    let claims = world.signer.verify(token);
    match claims.as_ref().and_then(|c| c["uti"].as_str()) {
        Some(uti) => lock(&world.revoked).insert(uti.to_owned()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::ids;
    use crate::testing::Bench;
    use serde_json::{Value, json};

    async fn status(bench: &Bench, path: &str, body: Value) -> u16 {
        let url = format!("{}{path}", bench.sim.control());
        bench.http.post(url).json(&body).send().await.expect("an answer").status().as_u16()
    }

    async fn get(bench: &Bench, path: &str) -> Value {
        let url = format!("{}{path}", bench.sim.control());
        bench.http.get(url).send().await.expect("an answer").json().await.expect("JSON")
    }

    #[tokio::test]
    async fn what_is_not_understood_is_refused() {
        let bench = Bench::new();
        for (path, body) in [
            ("/fault", json!({"statuss": 1})),
            ("/clock", json!({"hours": 1})),
            ("/settings", json!({"nonsense": 1})),
            ("/refuse", json!({"code": "x"})),
            ("/challenge", json!({"kind": "x"})),
            ("/proxy", json!("sometimes")),
            ("/browse", json!({})),
        ] {
            assert_eq!(status(&bench, path, body).await, 400, "{path}");
        }
    }

    #[tokio::test]
    async fn settings_change_one_by_one() {
        let bench = Bench::new();
        let all = bench.control("/settings", json!({"access_lifetime": 60})).await;
        assert_eq!((&all["access_lifetime"], &all["device_interval"]), (&60.into(), &5.into()));
        let (_, body) = bench.sign_in(&[("client_secret", ids::SECRET)]).await;
        assert_eq!(body["expires_in"], 60);
    }

    #[tokio::test]
    async fn the_journal_is_shown_by_service_path_and_method() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        bench.graph(&token, "/v1.0/organization").await;
        assert_eq!(get(&bench, "/journal").await.as_array().map(Vec::len), Some(2));
        let entries = get(&bench, "/journal?service=login&path=/token&method=post").await;
        let entry = &entries[0];
        assert_eq!(entries.as_array().map(Vec::len), Some(1));
        assert_eq!(
            (&entry["form"]["client_id"], &entry["status"], &entry["version"]),
            (&ids::APP.into(), &200.into(), &"HTTP/2.0".into())
        );
        let url = format!("{}/journal", bench.sim.control());
        bench.http.delete(url).send().await.expect("an answer");
        assert_eq!(get(&bench, "/journal").await, json!([]));
    }

    #[tokio::test]
    async fn the_ready_line_is_complete() {
        let bench = Bench::new();
        let ready = get(&bench, "/ready").await;
        assert_eq!(ready, bench.sim.ready());
        for name in ["ca", "pem", "encrypted_pem", "pfx"] {
            assert!(std::path::Path::new(ready[name].as_str().expect("a path")).is_file(), "{name}");
        }
    }
}
