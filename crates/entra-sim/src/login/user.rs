//! Tokens of people.

use super::error::Refusal;
use super::grants::{Refresh, ticket};
use super::mint::{Proof, base_claims, capabilities};
use super::scopes::Asked;
use crate::directory::App;
use crate::ids;
use crate::people::Person;
use crate::seen::Seen;
use crate::text::{base64url, random, sha256};
use crate::world::{World, lock};
use serde_json::{Value, json};

/// Who signs in where, for what.
pub(crate) struct SignIn<'a> {
    pub(crate) app: &'a App,
    pub(crate) person: &'a Person,
    /// The tenant as in the path.
    pub(crate) tenant: &'a str,
    pub(crate) asked: &'a Asked,
    pub(crate) nonce: &'a str,
    /// Claims that the authorize request carried.
    pub(crate) claims: &'a str,
    /// The refresh token that was used, when it stays.
    pub(crate) keep: Option<&'a str>,
}

/// The tenant (GUID) into which this person signs in through this path.
pub(crate) fn tenant_of(world: &World, person: &Person, path: &str) -> Result<String, Refusal> {
    match path {
        "common" => return Ok(person.home.into()),
        "organizations" if !person.personal() => return Ok(person.home.into()),
        "consumers" if person.personal() => return Ok(person.home.into()),
        _ => {}
    }
    let directory = world.directory();
    let known = directory.tenant(path).map(|t| t.id.clone());
    let id = match (known, path) {
        (Some(id), _) => id,
        (None, "organizations" | "consumers" | ids::CONSUMERS) => path.to_owned(),
        (None, _) => return Err(super::token::unknown_tenant(path)),
    };
    if person.object_in(&id).is_some() { Ok(id) } else { Err(stranger(person, &id)) }
}

fn stranger(person: &Person, tenant: &str) -> Refusal {
    let text = format!(
        "User account '{}' from identity provider 'https://sts.windows.net/{}/' does not exist in tenant '{tenant}' and \
         cannot access the application in that tenant. The account needs to be added as an external user in the tenant first.",
        person.login, person.home
    );
    Refusal::grant(50020, text)
}

/// All tokens of one sign-in, as the token endpoint answers them.
pub(crate) fn answer(world: &World, seen: &Seen, sign_in: &SignIn<'_>) -> Result<Value, Refusal> {
    let tenant = tenant_of(world, sign_in.person, sign_in.tenant)?;
    let mut grants = lock(&world.grants);
    let client = sign_in.app.id.as_str();
    let missing = grants.missing(client, sign_in.person, sign_in.asked);
    if !missing.is_empty() {
        return Err(no_consent(sign_in, &missing));
    }
    let granted = grants.granted(client, sign_in.person);
    let settings = lock(&world.settings).clone();
    let lifetime = seen.token_lifetime.unwrap_or(settings.access_lifetime);
    let claims = access_claims(world, seen, sign_in, &tenant, &granted, lifetime);
    let access = if sign_in.person.personal() {
        let token = format!("EwB{}", base64url(&random(96)));
        grants.opaque.insert(token.clone(), claims);
        token
    } else {
        world.signer.sign(&claims)
    };
    let mut body = json!({
        "token_type": "Bearer", "scope": sign_in.asked.answer(&granted),
        "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": access,
    });
    if sign_in.asked.wants("offline_access") {
        let until = world.clock.now() + settings.refresh_lifetime;
        let token = sign_in.keep.map_or_else(|| ticket("1.fakeRefresh"), str::to_owned);
        let refresh = Refresh { client: client.into(), person: sign_in.person.clone(), until, revoked: false };
        grants.refresh.insert(token.clone(), refresh);
        body["refresh_token"] = token.into();
    }
    if sign_in.asked.wants("openid") {
        body["id_token"] = world.signer.sign(&id_claims(world, seen, sign_in, &tenant, &settings.spoil_nonce)).into();
    }
    if seen.field("client_info").is_some() {
        body["client_info"] = client_info(sign_in.person).into();
    }
    Ok(body)
}

pub(crate) fn client_info(person: &Person) -> String {
    base64url(json!({"uid": person.object, "utid": person.home}).to_string().as_bytes())
}

fn no_consent(sign_in: &SignIn<'_>, missing: &[String]) -> Refusal {
    let text = format!(
        "The user or administrator has not consented to use the application with ID '{}' named '{}'. Send an interactive \
         authorization request for this user and resource. (Missing: {}.)",
        sign_in.app.id,
        sign_in.app.name,
        missing.join(" ")
    );
    Refusal::grant(65001, text).suberror("consent_required")
}

fn pairwise(client: &str, object: &str) -> String {
    base64url(&sha256(format!("{client}/{object}").as_bytes()))
}

fn access_claims(
    world: &World,
    seen: &Seen,
    sign_in: &SignIn<'_>,
    tenant: &str,
    granted: &[String],
    lifetime: i64,
) -> Value {
    let (app, person) = (sign_in.app, sign_in.person);
    let mut claims = base_claims(world, app, tenant, &sign_in.asked.resource, Proof::Public, lifetime);
    let object = person.object_in(tenant).unwrap_or(person.object);
    let guest = person.home != tenant;
    let scp: Vec<&str> = granted.iter().map(String::as_str).chain(["openid", "profile", "email"]).collect();
    let more = json!({
        "idtyp": "user", "oid": object, "sub": pairwise(&app.id, object), "scp": scp.join(" "),
        "name": person.name(), "given_name": person.given, "family_name": person.family,
        "upn": person.upn_in(tenant), "unique_name": person.login,
        "acct": u8::from(guest), "amr": ["pwd", "mfa"], "ipaddr": "127.0.0.1", "platf": "8",
        "idp": format!("https://sts.windows.net/{}/", person.home), "xms_idrel": if guest { "5 1" } else { "1 2" },
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut claims, more) {
        all.extend(more);
    }
    capabilities(seen, &mut claims);
    for sent in [sign_in.claims, seen.field("claims").unwrap_or_default()] {
        context(sent, &mut claims);
    }
    claims
}

/// Authentication contexts (`acrs`) that were asked for and, in this world, always satisfied.
fn context(sent: &str, claims: &mut Value) {
    let sent = serde_json::from_str::<Value>(sent).unwrap_or(Value::Null);
    if let Some(value) = sent.pointer("/access_token/acrs/value") {
        claims["acrs"] = json!([value]);
    }
    if let Some(values) = sent.pointer("/access_token/xms_cc/values") {
        claims["xms_cc"] = values.clone();
    }
}

fn id_claims(world: &World, seen: &Seen, sign_in: &SignIn<'_>, tenant: &str, spoil: &str) -> Value {
    let (app, person) = (sign_in.app, sign_in.person);
    let now = world.clock.now();
    let object = person.object_in(tenant).unwrap_or(person.object);
    let mut claims = json!({
        "aud": app.id, "iss": format!("{}/{tenant}/v2.0", seen.base()), "iat": now, "nbf": now, "exp": now + 3900,
        "name": person.name(), "oid": object, "preferred_username": person.login, "sub": pairwise(&app.id, object),
        "tid": tenant, "uti": base64url(&random(16)), "ver": "2.0", "sid": crate::text::guid(),
        "login_hint": base64url(person.login.as_bytes()), "idp": format!("https://sts.windows.net/{}/", person.home),
    });
    if !sign_in.nonce.is_empty() {
        claims["nonce"] = format!("{}{spoil}", sign_in.nonce).into();
    }
    claims
}
