//! Who asks: the bearer token is checked for real, and challenged when a test asks for that.

use super::error::refuse;
use crate::answer;
use crate::ids;
use crate::seen::Seen;
use crate::text::{base64, base64url, base64url_padded};
use crate::world::{World, lock};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Arc;

/// A claims challenge to order (continuous access evaluation, authentication context).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Challenge {
    /// How many requests are challenged.
    pub times: u32,
    /// The claims (JSON text).
    pub claims: String,
    /// How they are written: `padded`, `unpadded` or `urlsafe` base64, `two` (a second challenge in the same header),
    /// `headers` (a second header) or `none` (no claims at all).
    pub form: String,
    /// A piece of the path.
    pub path: String,
}

impl Default for Challenge {
    fn default() -> Self {
        // With characters whose base64 has `+`, `/` and padding.
        let claims =
            r#"{"access_token":{"nbf":{"essential":true,"value":"1795626818"},"xms_note":{"value":"ÿþ>>>???"}}}"#;
        Self { times: 1, claims: claims.into(), form: "padded".into(), path: String::new() }
    }
}

/// A request whose token is good.
pub(crate) struct Caller {
    pub(crate) world: Arc<World>,
    pub(crate) seen: Arc<Seen>,
    pub(crate) claims: Value,
}

impl FromRequestParts<Arc<World>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, Response> {
        let seen = Arc::clone(parts.extensions.get::<Arc<Seen>>().expect("the server puts it there"));
        let claims = check(world, &seen).map_err(|refusal| *refusal)?;
        Ok(Self { world: Arc::clone(world), seen, claims })
    }
}

/// A request to a place that needs no token.
pub(crate) struct Anyone {
    pub(crate) world: Arc<World>,
    pub(crate) seen: Arc<Seen>,
}

impl FromRequestParts<Arc<World>> for Anyone {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, Infallible> {
        let seen = Arc::clone(parts.extensions.get::<Arc<Seen>>().expect("the server puts it there"));
        Ok(Self { world: Arc::clone(world), seen })
    }
}

/// The token's claims, or the 401 that Graph's gateway gives.
fn check(world: &World, seen: &Seen) -> Result<Value, Box<Response>> {
    let refuse = |message: &str| Err(unauthorized(world, seen, message));
    let Some(token) = seen.header("authorization").and_then(bearer) else { return refuse("Access token is empty.") };
    let opaque = lock(&world.grants).opaque.get(token).cloned();
    let Some(claims) = opaque.or_else(|| world.signer.verify(token)) else {
        return refuse("IDX14100: JWT is not well formed, there are no dots (.) or its signature is not valid.");
    };
    if !claims["aud"].as_str().is_some_and(|a| world.is_graph(a)) {
        return refuse("Access token validation failure. Invalid audience.");
    }
    if claims["exp"].as_i64().unwrap_or(0) <= world.clock.now() {
        return refuse("Lifetime validation failed, the token is expired.");
    }
    if let Some(challenge) = due(world, seen) {
        return Err(challenged(world, seen, &challenge));
    }
    if claims["uti"].as_str().is_some_and(|uti| lock(&world.revoked).contains(uti)) {
        return Err(revoked(world, seen, &claims));
    }
    Ok(claims)
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn due(world: &World, seen: &Seen) -> Option<Challenge> {
    let mut list = lock(&world.challenges);
    let at = list.iter().position(|c| seen.path.contains(&c.path))?;
    let challenge = list[at].clone();
    match list[at].times {
        0 | 1 => drop(list.remove(at)),
        n => list[at].times = n - 1,
    }
    Some(challenge)
}

/// Clients that declared cp1 are told how to go on; others only that it is over.
fn revoked(world: &World, seen: &Seen, claims: &Value) -> Box<Response> {
    let capable = claims["xms_cc"]
        .as_array()
        .is_some_and(|all| all.iter().any(|c| c.as_str().is_some_and(|c| c.eq_ignore_ascii_case("cp1"))));
    if !capable {
        return unauthorized(
            world,
            seen,
            "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
        );
    }
    let wanted = format!(r#"{{"access_token":{{"nbf":{{"essential":true,"value":"{}"}}}}}}"#, world.clock.now());
    challenged(world, seen, &Challenge { claims: wanted, ..Challenge::default() })
}

fn plain_challenge(world: &World) -> String {
    format!(
        "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"{}\"",
        world.places.login,
        ids::GRAPH_APP
    )
}

fn unauthorized(world: &World, seen: &Seen, message: &str) -> Box<Response> {
    let response = refuse(world, seen, 401, "InvalidAuthenticationToken", message);
    Box::new(answer::header(response, "www-authenticate", &plain_challenge(world)))
}

fn challenged(world: &World, seen: &Seen, challenge: &Challenge) -> Box<Response> {
    let text = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp";
    let mut response = refuse(world, seen, 401, "InvalidAuthenticationToken", text);
    let bytes = challenge.claims.as_bytes();
    let claims = match challenge.form.as_str() {
        "unpadded" => base64(bytes).trim_end_matches('=').to_owned(),
        "urlsafe" => base64url(bytes),
        "urlsafe_padded" => base64url_padded(bytes),
        _ => base64(bytes),
    };
    let mut line = plain_challenge(world);
    if challenge.form != "none" {
        line += &format!(", error=\"insufficient_claims\", claims=\"{claims}\"");
    }
    if challenge.form == "headers" {
        answer::add_header(&mut response, "www-authenticate", "PoP realm=\"\", nonce=\"a, b=c\"");
    }
    if challenge.form == "two" {
        line = format!("PoP realm=\"\", nonce=\"a, b=c\", {line}");
    }
    Box::new(answer::header(response, "www-authenticate", &line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use crate::text::{from_base64, from_base64url};

    async fn headers(bench: &Bench, token: &str) -> Vec<String> {
        let url = format!("{}/v1.0/organization", bench.sim.graph());
        let response = bench.http.get(url).bearer_auth(token).send().await.expect("an answer");
        response.headers().get_all("www-authenticate").iter().map(|v| v.to_str().expect("text").to_owned()).collect()
    }

    fn claims_of(header: &str) -> &str {
        header.split_once("claims=\"").and_then(|(_, r)| r.split_once('"')).expect("claims").0
    }

    #[tokio::test]
    async fn challenges_in_every_form() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        for (form, count) in [("padded", 1), ("unpadded", 1), ("urlsafe", 1), ("two", 1), ("headers", 2), ("none", 1)] {
            bench.sim.challenge(Challenge { form: form.into(), ..Challenge::default() });
            let all = headers(&bench, &token).await;
            assert_eq!(all.len(), count, "{form}");
            let last = all.last().expect("a header");
            match form {
                "none" => assert!(!last.contains("claims=")),
                "urlsafe" => assert!(from_base64url(claims_of(last)).is_some_and(|b| b.starts_with(b"{"))),
                "unpadded" => assert!(!claims_of(last).ends_with('=')),
                _ => assert!(from_base64(claims_of(last)).is_some_and(|b| b.starts_with(b"{"))),
            }
        }
        assert!(headers(&bench, &token).await.is_empty());
    }

    #[tokio::test]
    async fn revocation_challenges_those_who_declared_cp1() {
        let bench = Bench::new();
        let capable = r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#;
        for (claims, expected) in [(capable, true), ("", false)] {
            let (_, body) = bench.sign_in(&[("client_secret", ids::SECRET), ("claims", claims)]).await;
            let token = body["access_token"].as_str().expect("a token");
            assert!(bench.sim.revoke(token));
            assert_eq!(headers(&bench, token).await[0].contains("insufficient_claims"), expected);
        }
    }
}
