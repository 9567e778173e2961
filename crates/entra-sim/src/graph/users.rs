//! Users: list, count, read, make, change, delete, photo, memberships; `/me` as the same person.

use super::bearer::Caller;
use super::data::{USER_DEFAULTS, project};
use super::error::{empty, ok, refuse};
use super::query::{Collection, Wrong, filtered};
use crate::answer;
use crate::clock::iso;
use crate::ids;
use crate::text::{from_base64, guid};
use crate::world::World;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use std::sync::Arc;

/// A JPEG of one grey pixel.
const PHOTO: &str = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z";

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/me", get(me))
        .route("/me/photo/$value", get(photo))
        .route("/me/memberOf", get(my_groups))
        .route("/users", get(list).post(create))
        .route("/users/$count", get(count))
        .route("/users/{id}", get(read).patch(change).delete(remove))
        .route("/users/{id}/photo/$value", get(photo))
        .route("/users/{id}/memberOf", get(groups))
        .route("/users/{id}/manager", get(manager))
}

async fn me(caller: Caller) -> Response {
    match me_key(&caller) {
        Some(key) => one(&caller, &key),
        None => refuse(
            &caller.world,
            &caller.seen,
            400,
            "BadRequest",
            "/me request is only valid with delegated authentication flow.",
        ),
    }
}

fn me_key(caller: &Caller) -> Option<String> {
    (caller.claims["idtyp"] == "user").then(|| caller.claims["oid"].as_str().unwrap_or_default().to_owned())
}

async fn list(caller: Caller) -> Response {
    let store = caller.world.store();
    let items = store.users.iter().collect();
    Collection { items, kind: "microsoft.graph.user", set: "users", defaults: &USER_DEFAULTS, page: 100, limit: 999 }
        .answer(&caller)
}

async fn count(caller: Caller) -> Response {
    if caller.seen.header("consistencylevel").is_none() {
        return refuse(&caller.world, &caller.seen, 400, "Request_BadRequest", "$count is not currently supported.");
    }
    let store = caller.world.store();
    match filtered(&store.users.iter().collect::<Vec<_>>(), &caller.seen, true) {
        Ok(items) => super::error::stamp(&caller.seen, answer::plain(200, items.len().to_string())),
        Err(Wrong(code, text)) => refuse(&caller.world, &caller.seen, 400, code, &text),
    }
}

async fn read(caller: Caller, Path(id): Path<String>) -> Response {
    one(&caller, &id)
}

/// One user; people of other tenants and personal accounts come from their token.
fn one(caller: &Caller, key: &str) -> Response {
    let store = caller.world.store();
    let select: Vec<&str> = match caller.seen.param("$select") {
        Some(text) => text.split(',').map(str::trim).collect(),
        None => USER_DEFAULTS.to_vec(),
    };
    let own = from_claims(&caller.claims);
    let found = store.user(key).or_else(|| Some(&own).filter(|o| o["id"] == key));
    let Some(user) = found else { return missing(caller, key) };
    let mut body = json!({"@odata.context": format!("{}/v1.0/$metadata#users/$entity", caller.seen.base())});
    if let (Some(body), Value::Object(user)) = (body.as_object_mut(), project(user, &select)) {
        body.extend(user);
    }
    ok(&caller.seen, 200, &body)
}

fn from_claims(claims: &Value) -> Value {
    json!({
        "id": claims["oid"], "displayName": claims["name"], "givenName": claims["given_name"], "surname": claims["family_name"],
        "userPrincipalName": claims["upn"], "mail": claims["unique_name"], "businessPhones": [], "jobTitle": Value::Null,
        "mobilePhone": Value::Null, "officeLocation": Value::Null, "preferredLanguage": Value::Null,
    })
}

fn missing(caller: &Caller, key: &str) -> Response {
    let text =
        format!("Resource '{key}' does not exist or one of its queried reference-property objects are not present.");
    refuse(&caller.world, &caller.seen, 404, "Request_ResourceNotFound", &text)
}

fn bad(caller: &Caller, text: &str) -> Response {
    refuse(&caller.world, &caller.seen, 400, "Request_BadRequest", text)
}

async fn create(caller: Caller) -> Response {
    let Ok(Value::Object(given)) = serde_json::from_slice::<Value>(&caller.seen.body) else {
        return refuse(
            &caller.world,
            &caller.seen,
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        );
    };
    for name in ["displayName", "userPrincipalName", "mailNickname", "passwordProfile", "accountEnabled"] {
        if !given.contains_key(name) {
            return bad(&caller, &format!("A value is required for property '{name}' of resource 'User'."));
        }
    }
    let mut store = caller.world.store();
    let upn = given["userPrincipalName"].as_str().unwrap_or_default();
    if store.user(upn).is_some() {
        return bad(&caller, "Another object with the same value for property userPrincipalName already exists.");
    }
    let mut user = super::data::generated_user(0);
    let id = guid();
    if let Some(all) = user.as_object_mut() {
        for value in all.values_mut() {
            *value = if value.is_array() { json!([]) } else { Value::Null };
        }
        all.extend(given);
        all.remove("passwordProfile");
        all.insert("id".into(), id.as_str().into());
        all.insert("createdDateTime".into(), iso(caller.world.clock.now()).into());
    }
    let body = project(&user, &USER_DEFAULTS);
    store.users.push(user);
    store.changed(&id, false);
    let response = ok(&caller.seen, 201, &body);
    answer::header(response, "location", &format!("{}/v2/{}/directoryObjects/{id}", caller.seen.base(), ids::TENANT))
}

async fn change(caller: Caller, Path(id): Path<String>) -> Response {
    let Ok(Value::Object(given)) = serde_json::from_slice::<Value>(&caller.seen.body) else {
        return refuse(&caller.world, &caller.seen, 400, "BadRequest", "Unable to read JSON request payload.");
    };
    let mut store = caller.world.store();
    let Some(user) = store.user_mut(&id) else { return missing(&caller, &id) };
    if let Some(all) = user.as_object_mut() {
        all.extend(given);
    }
    let id = user["id"].as_str().unwrap_or_default().to_owned();
    store.changed(&id, false);
    empty(&caller.seen, 204)
}

async fn remove(caller: Caller, Path(id): Path<String>) -> Response {
    let mut store = caller.world.store();
    let Some(id) = store.user(&id).and_then(|u| u["id"].as_str()).map(str::to_owned) else {
        return missing(&caller, &id);
    };
    store.users.retain(|u| u["id"] != id.as_str());
    for group in &mut store.groups {
        group.members.retain(|m| *m != id);
    }
    store.changed(&id, true);
    empty(&caller.seen, 204)
}

async fn photo(caller: Caller) -> Response {
    let bytes = from_base64(PHOTO).expect("base64 of a picture");
    super::error::stamp(&caller.seen, answer::with_type(200, "image/jpeg", bytes))
}

async fn manager(caller: Caller, Path(id): Path<String>) -> Response {
    missing(&caller, &format!("{id}/manager"))
}

async fn my_groups(caller: Caller) -> Response {
    let key = me_key(&caller).unwrap_or_default();
    member_of(&caller, &key)
}

async fn groups(caller: Caller, Path(id): Path<String>) -> Response {
    member_of(&caller, &id)
}

fn member_of(caller: &Caller, key: &str) -> Response {
    let store = caller.world.store();
    let Some(id) = store.user(key).and_then(|u| u["id"].as_str()) else { return missing(caller, key) };
    let typed: Vec<Value> = store
        .groups
        .iter()
        .filter(|g| g.members.iter().any(|m| m == id))
        .map(|g| super::groups::typed(&g.value, "#microsoft.graph.group"))
        .collect();
    super::groups::directory_objects(&typed, caller)
}
