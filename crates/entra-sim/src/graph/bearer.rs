//! Who asks: the bearer token is checked for real.

use super::error::refuse;
use crate::answer;
use crate::seen::Seen;
use crate::world::{World, lock};
use axum::response::Response;
use serde_json::Value;

/// The token's claims, or the 401 that Graph's gateway gives.
pub(crate) fn claims(world: &World, seen: &Seen) -> Result<Value, Box<Response>> {
    let token = seen
        .header("authorization")
        .and_then(bearer)
        .ok_or_else(|| unauthorized(world, seen, "Access token is empty."))?;
    let claims =
        lock(&world.grants).opaque.get(token).cloned().or_else(|| world.signer.verify(token)).ok_or_else(|| {
            unauthorized(
                world,
                seen,
                "IDX14100: JWT is not well formed, there are no dots (.) or its signature is not valid.",
            )
        })?;
    if !claims["aud"].as_str().is_some_and(|a| world.is_graph(a)) {
        return Err(unauthorized(world, seen, "Access token validation failure. Invalid audience."));
    }
    if claims["exp"].as_i64().unwrap_or(0) <= world.clock.now() {
        return Err(unauthorized(world, seen, "Lifetime validation failed, the token is expired."));
    }
    if claims["uti"].as_str().is_some_and(|uti| lock(&world.revoked).contains(uti)) {
        return Err(unauthorized(world, seen, "Continuous access evaluation resulted in challenge."));
    }
    Ok(claims)
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn unauthorized(world: &World, seen: &Seen, message: &str) -> Box<Response> {
    let response = refuse(world, seen, 401, "InvalidAuthenticationToken", message);
    let challenge = format!(
        "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"{}\"",
        world.places.login,
        crate::ids::GRAPH_APP
    );
    Box::new(answer::header(response, "www-authenticate", &challenge))
}
