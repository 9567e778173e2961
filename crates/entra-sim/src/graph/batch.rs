//! `$batch`: up to 20 requests in one, in any order, each with its own outcome.

use super::bearer::Caller;
use super::error::{ok, refuse};
use crate::answer;
use crate::faults::Fault;
use crate::seen::{Seen, Service};
use crate::server::call;
use crate::text::base64;
use crate::trouble::{alter, canned};
use crate::world::World;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::Request;
use axum::response::Response;
use axum::routing::post;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const LIMIT: usize = 20;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/$batch", post(batch))
}

async fn batch(caller: Caller) -> Response {
    let parts = match read(&caller.seen) {
        Ok(parts) => parts,
        Err(text) => return refuse(&caller.world, &caller.seen, 400, "BadRequest", &text),
    };
    let router = super::routes().with_state(Arc::clone(&caller.world));
    let mut status: HashMap<String, u16> = HashMap::new();
    let mut answers = Vec::new();
    for part in &parts {
        let id = part["id"].as_str().unwrap_or_default().to_lowercase();
        let failed = depends(part).iter().any(|d| status.get(d).is_none_or(|s| *s >= 400));
        let answer = if failed { dependency(part) } else { Box::pin(one(&caller, router.clone(), part)).await };
        status.insert(id, answer["status"].as_u64().and_then(|s| u16::try_from(s).ok()).unwrap_or(0));
        answers.push(answer);
    }
    // Any order is allowed: the last comes first, so that nobody relies on it.
    answers.reverse();
    ok(&caller.seen, 200, &json!({"responses": answers}))
}

/// The parts, in an order in which dependencies come first; or what is wrong with the whole.
fn read(seen: &Seen) -> Result<Vec<Value>, String> {
    let body: Value = serde_json::from_slice(&seen.body).map_err(|_| "Invalid batch payload format.".to_owned())?;
    let parts = body["requests"].as_array().ok_or("Invalid batch payload format.")?;
    if parts.is_empty() || parts.len() > LIMIT {
        return Err(format!("Number of batch request steps exceeds the maximum value of {LIMIT} or is zero."));
    }
    let mut seen_ids = HashSet::new();
    for part in parts {
        let id =
            part["id"].as_str().filter(|i| !i.is_empty()).ok_or("Invalid batch payload: request id must be a text.")?;
        if !seen_ids.insert(id.to_lowercase()) {
            return Err(format!("Request Id '{id}' has to be unique in a batch."));
        }
        if part["method"].as_str().is_none() || part["url"].as_str().is_none() {
            return Err(format!("Request '{id}' has no method or no url."));
        }
        if !part["body"].is_null() && content_type(part).is_none() {
            return Err(format!("Write request id : {id} does not contain Content-Type header or body."));
        }
        if let Some(unknown) = depends(part).iter().find(|d| !seen_ids.contains(*d)) {
            return Err(format!("Request '{id}' depends on '{unknown}', which does not come before it."));
        }
    }
    Ok(parts.clone())
}

fn depends(part: &Value) -> Vec<String> {
    let all = part["dependsOn"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(Value::as_str).map(str::to_lowercase).collect()
}

fn headers(part: &Value) -> Vec<(String, String)> {
    let all = part["headers"].as_object().cloned().unwrap_or_default();
    all.into_iter().filter_map(|(n, v)| Some((n.to_lowercase(), v.as_str()?.to_owned()))).collect()
}

fn content_type(part: &Value) -> Option<String> {
    headers(part).into_iter().find(|(n, _)| n == "content-type").map(|(_, v)| v)
}

fn dependency(part: &Value) -> Value {
    json!({
        "id": part["id"], "status": 424, "headers": {"Content-Type": "application/json"},
        "body": {"error": {"code": "FailedDependency", "message": "Dependent request failed."}},
    })
}

/// Asks the rooms behind it, with the faults that are due for this part.
async fn one(caller: &Caller, router: Router, part: &Value) -> Value {
    let root = if caller.seen.path.starts_with("/beta") { "/beta" } else { "/v1.0" };
    let url = format!("{root}/{}", part["url"].as_str().unwrap_or_default().trim_start_matches('/'));
    let mut builder = Request::builder().method(part["method"].as_str().unwrap_or("GET")).uri(url.replace(' ', "%20"));
    let own = headers(part);
    for (name, value) in &own {
        builder = builder.header(name, value);
    }
    if !own.iter().any(|(n, _)| n == "authorization") {
        builder = builder.header("authorization", caller.seen.header("authorization").unwrap_or_default());
    }
    let body = match &part["body"] {
        Value::Null => Bytes::new(),
        Value::String(text) => crate::text::from_base64(text).unwrap_or_default().into(),
        json => json.to_string().into(),
    };
    let Ok(request) = builder.header("host", &caller.seen.host).body(Body::from(body.clone())) else {
        return told(part, answer::plain(400, "Bad Request")).await;
    };
    let (head, _) = request.into_parts();
    let seen = Seen::new(Service::Graph, true, caller.seen.connection, &head, body.clone());
    let fault = caller.world.faults.take(&seen).unwrap_or_default();
    let response = if fault.canned() {
        canned(&fault)
    } else {
        call(router, Request::from_parts(head, Body::from(body)), seen).await
    };
    told(part, alter(&caller.world, &Fault { cut: None, ..fault }, response).await).await
}

/// A response as a part of the answer.
async fn told(part: &Value, response: Response) -> Value {
    let (head, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut names = Map::new();
    for (name, value) in &head.headers {
        names.insert(proper(name.as_str()), value.to_str().unwrap_or_default().into());
    }
    let mut answer = json!({"id": part["id"], "status": head.status.as_u16(), "headers": names});
    if !bytes.is_empty() {
        answer["body"] = serde_json::from_slice(&bytes).unwrap_or_else(|_| base64(&bytes).into());
    }
    answer
}

/// `content-type` as `Content-Type`, as Graph writes it inside.
fn proper(name: &str) -> String {
    let part = |p: &str| p[..1].to_uppercase() + &p[1..];
    name.split('-').filter(|p| !p.is_empty()).map(part).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use crate::faults::Fault;
    use crate::testing::Bench;
    use serde_json::{Value, json};

    async fn send(bench: &Bench, token: &str, requests: Value) -> (u16, Value) {
        let url = format!("{}/v1.0/$batch", bench.sim.graph());
        let response = bench
            .http
            .post(url)
            .bearer_auth(token)
            .json(&json!({"requests": requests}))
            .send()
            .await
            .expect("an answer");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    fn part(body: &Value, id: &str) -> Value {
        body["responses"].as_array().and_then(|all| all.iter().find(|r| r["id"] == id)).cloned().unwrap_or_default()
    }

    #[tokio::test]
    async fn parts_have_their_own_outcome() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        bench.sim.fault(Fault::at("graph").path("/groups").status(429).header("Retry-After", "2"));
        let (status, body) = send(&bench, &token, json!([
            {"id": "a", "method": "GET", "url": "/users?$top=2"},
            {"id": "b", "method": "GET", "url": "/users/nobody"},
            {"id": "c", "method": "GET", "url": "organization", "dependsOn": ["b"]},
            {"id": "d", "method": "GET", "url": "/groups"},
            {"id": "e", "method": "POST", "url": "/echo", "body": {"ü": 1}, "headers": {"Content-Type": "application/json"}},
            {"id": "f", "method": "GET", "url": "/users/user0001@contoso.onmicrosoft.com/photo/$value"},
        ])).await;
        assert_eq!(status, 200);
        let statuses: Vec<u64> =
            ["a", "b", "c", "d", "e", "f"].iter().map(|id| part(&body, id)["status"].as_u64().unwrap_or(0)).collect();
        assert_eq!(statuses, [200, 404, 424, 429, 200, 200]);
        assert_eq!(part(&body, "d")["headers"]["Retry-After"], "2");
        assert_eq!(part(&body, "e")["body"]["json"]["ü"], 1);
        assert!(part(&body, "f")["body"].is_string());
        assert_eq!(body["responses"][0]["id"], "f");
    }

    #[tokio::test]
    async fn the_whole_can_be_refused() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        let get = |id: String| json!({"id": id, "method": "GET", "url": "/organization"});
        let many: Vec<Value> = (0..21).map(|i| get(i.to_string())).collect();
        for requests in [
            json!(many),
            json!([]),
            json!([get("a".into()), get("A".into())]),
            json!([{"id": "a", "method": "GET", "url": "/me", "dependsOn": ["z"]}]),
            json!([{"id": "a", "method": "POST", "url": "/echo", "body": {}}]),
        ] {
            assert_eq!(send(&bench, &token, requests).await.0, 400);
        }
        assert_eq!(send(&bench, &token, json!(many[..20])).await.0, 200);
    }
}
