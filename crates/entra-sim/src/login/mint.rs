//! Access tokens.

use crate::directory::App;
use crate::seen::Seen;
use crate::text::{base64url, random};
use crate::world::{World, lock};
use serde_json::{Value, json};

/// How the application proved itself, as in the claim `appidacr`.
#[derive(Clone, Copy)]
pub(crate) enum Proof {
    Public = 0,
    Secret = 1,
    Certificate = 2,
}

/// Claims of every token for Graph (version 1.0 tokens, as Graph gets them).
pub(crate) fn base_claims(
    world: &World,
    app: &App,
    tenant: &str,
    audience: &str,
    proof: Proof,
    lifetime: i64,
) -> Value {
    let now = world.clock.now();
    json!({
        "aud": audience,
        "iss": format!("https://sts.windows.net/{tenant}/"),
        "iat": now, "nbf": now, "exp": now + lifetime,
        "aio": base64url(&random(24)),
        "app_displayname": app.name,
        "appid": app.id,
        "appidacr": (proof as u8).to_string(),
        "idp": format!("https://sts.windows.net/{tenant}/"),
        "rh": format!("1.{}.", base64url(&random(16))),
        "tenant_region_scope": "EU",
        "tid": tenant,
        "uti": base64url(&random(16)),
        "ver": "1.0",
        "wids": ["0997a1d0-0d1d-4acb-b408-d5ca73121e90"],
        "xms_tcdt": 1_600_000_000,
    })
}

/// An application's own token and the answer that carries it.
pub(crate) fn app_only(world: &World, seen: &Seen, app: &App, tenant: &str, audience: &str, proof: Proof) -> Value {
    let lifetime = seen.token_lifetime.unwrap_or(lock(&world.settings).access_lifetime);
    let mut claims = base_claims(world, app, tenant, audience, proof, lifetime);
    claims["idtyp"] = "app".into();
    claims["oid"] = app.object.as_str().into();
    claims["sub"] = app.object.as_str().into();
    claims["roles"] = json!(app.roles);
    claims["xms_idrel"] = "7 16".into();
    capabilities(seen, &mut claims);
    json!({
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": world.signer.sign(&claims),
    })
}

/// Puts `xms_cc` in when the client declared capabilities in `claims`.
pub(crate) fn capabilities(seen: &Seen, claims: &mut Value) {
    let asked = seen.field("claims").and_then(|text| serde_json::from_str::<Value>(text).ok());
    if let Some(values) = asked.as_ref().and_then(|c| c.pointer("/access_token/xms_cc/values")) {
        claims["xms_cc"] = values.clone();
    }
}
