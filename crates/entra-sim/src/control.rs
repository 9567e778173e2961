//! The control port: plain HTTP with JSON, for tests that are not written in Rust.

use crate::answer::{json, plain};
use crate::faults::Fault;
use crate::proxy::ProxyRule;
use crate::seen::Seen;
use crate::sim::ready;
use crate::world::{World, lock};
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/ready", get(show_ready))
        .route("/fault", post(add_fault).get(show_faults).delete(clear_faults))
        .route("/journal", get(show_journal).delete(clear_journal))
        .route("/clock", get(show_clock).post(set_clock))
        .route("/proxy", post(set_proxy))
        .route("/revoke", post(revoke))
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
    token: String,
}

/// Graph refuses this access token from now on.
async fn revoke(State(world): Shared, Extension(seen): Asked) -> Response {
    with(&seen, |order: Revocation| json!({"revoked": revoke_token(&world, &order.token)}))
}

pub(crate) fn revoke_token(world: &World, token: &str) -> bool {
    let claims = world.signer.verify(token);
    match claims.as_ref().and_then(|c| c["uti"].as_str()) {
        Some(uti) => lock(&world.revoked).insert(uti.to_owned()),
        None => false,
    }
}
