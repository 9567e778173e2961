//! The organization, and an echo.

use super::bearer::Caller;
use super::error::ok;
use crate::seen::Pairs;
use crate::world::World;
use axum::Router;
use axum::response::Response;
use axum::routing::{any, get};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/organization", get(organization)).route("/echo", any(echo)).route("/echo/{*rest}", any(echo))
}

async fn organization(caller: Caller) -> Response {
    let directory = caller.world.directory();
    let tenant = caller.claims["tid"].as_str().and_then(|id| directory.tenant(id));
    let value: Vec<Value> = tenant
        .iter()
        .map(|t| {
            json!({
                "id": t.id, "displayName": t.name, "tenantType": "AAD",
                "verifiedDomains": [{"name": t.domain, "isDefault": true, "isInitial": true, "type": "Managed"}],
            })
        })
        .collect();
    let context = format!("{}/v1.0/$metadata#organization", caller.seen.base());
    ok(&caller.seen, 200, &json!({"@odata.context": context, "value": value}))
}

/// Tells the caller what arrived; the bearer itself only as present or not.
async fn echo(caller: Caller) -> Response {
    let seen = &caller.seen;
    ok(
        seen,
        200,
        &json!({
            "method": seen.method, "host": seen.host, "path": seen.path, "rawQuery": seen.raw_query, "version": seen.version,
            "query": object(&seen.query), "headers": object(&seen.headers),
            "json": serde_json::from_slice::<Value>(&seen.body).unwrap_or(Value::Null),
            "bodyBase64": crate::text::base64(&seen.body), "length": seen.body.len(), "body": String::from_utf8_lossy(&seen.body),
        }),
    )
}

fn object(pairs: &Pairs) -> Map<String, Value> {
    let shown =
        |name: &str, value: &str| if name == "authorization" { "Bearer ***".into() } else { Value::from(value) };
    pairs.iter().map(|(n, v)| (n.clone(), shown(n, v))).collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    #[tokio::test]
    async fn a_token_opens_it() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        let (status, body) = bench.graph(&token, "/v1.0/organization").await;
        assert_eq!((status, &body["value"][0]["displayName"]), (200, &"Contoso".into()));
        assert_eq!(bench.graph(&token, "/v1.0/me").await.0, 400);
        let (_, echo) = bench.graph(&token, "/beta/echo?a=1%202").await;
        assert_eq!(echo["query"]["a"], "1 2");
        assert_eq!(echo["headers"]["authorization"], "Bearer ***");
    }

    #[tokio::test]
    async fn others_are_refused() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        assert_eq!(bench.graph("", "/v1.0/echo").await.0, 401);
        assert_eq!(bench.graph(&token[..token.len() - 4], "/v1.0/echo").await.0, 401);
        bench.sim.set_clock_offset(7200);
        assert_eq!(bench.graph(&token, "/v1.0/echo").await.0, 401);
        bench.sim.set_clock_offset(0);
        assert!(bench.sim.revoke(&token));
        let (status, body) = bench.graph(&token, "/v1.0/echo").await;
        assert_eq!((status, &body["error"]["code"]), (401, &"InvalidAuthenticationToken".into()));
    }
}
