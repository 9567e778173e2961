//! Groups and their members; applications, licences and sign-ins, which scripts read in the same way.

use super::bearer::Caller;
use super::data::{Group, USER_DEFAULTS, project, skus};
use super::error::{empty, ok, refuse};
use super::query::Collection;
use crate::text::guid;
use crate::world::World;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{delete, get, post};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/groups", get(list).post(create))
        .route("/groups/{id}", get(read).delete(remove))
        .route("/groups/{id}/members", get(members))
        .route("/groups/{id}/members/$ref", post(add))
        .route("/groups/{id}/members/{member}/$ref", delete(drop_member))
        .route("/applications", get(applications))
        .route("/subscribedSkus", get(licences))
        .route("/auditLogs/signIns", get(sign_ins))
}

/// An object with its type in front.
pub(super) fn typed(value: &Value, kind: &str) -> Value {
    let mut all = json!({"@odata.type": kind});
    if let (Some(all), Some(own)) = (all.as_object_mut(), value.as_object()) {
        all.extend(own.clone());
    }
    all
}

async fn list(caller: Caller) -> Response {
    let store = caller.world.store();
    let expand = caller.seen.param("$expand").is_some_and(|e| e.starts_with("members"));
    let users = |group: &Group| {
        group
            .members
            .iter()
            .take(20)
            .filter_map(|id| store.user(id))
            .map(|u| typed(&project(u, &USER_DEFAULTS), "#microsoft.graph.user"))
            .collect::<Vec<_>>()
    };
    let shown: Vec<Value> = store
        .groups
        .iter()
        .map(|g| {
            let mut value = g.value.clone();
            if expand {
                value["members"] = users(g).into();
            }
            value
        })
        .collect();
    Collection {
        items: shown.iter().collect(),
        kind: "microsoft.graph.group",
        set: "groups",
        defaults: &[],
        page: 100,
        limit: 999,
    }
    .answer(&caller)
}

async fn read(caller: Caller, Path(id): Path<String>) -> Response {
    let store = caller.world.store();
    match store.groups.iter().find(|g| g.value["id"] == id.as_str()) {
        Some(group) => ok(&caller.seen, 200, &group.value),
        None => missing(&caller, &id),
    }
}

fn missing(caller: &Caller, key: &str) -> Response {
    let text =
        format!("Resource '{key}' does not exist or one of its queried reference-property objects are not present.");
    refuse(&caller.world, &caller.seen, 404, "Request_ResourceNotFound", &text)
}

async fn create(caller: Caller) -> Response {
    let given = serde_json::from_slice::<Value>(&caller.seen.body).unwrap_or(Value::Null);
    let Some(name) = given["displayName"].as_str() else {
        return refuse(
            &caller.world,
            &caller.seen,
            400,
            "Request_BadRequest",
            "A value is required for property 'displayName' of resource 'Group'.",
        );
    };
    let mut value = given.clone();
    value["id"] = guid().into();
    value["displayName"] = name.into();
    caller.world.store().groups.push(Group { value: value.clone(), members: Vec::new() });
    ok(&caller.seen, 201, &value)
}

async fn remove(caller: Caller, Path(id): Path<String>) -> Response {
    let mut store = caller.world.store();
    let before = store.groups.len();
    store.groups.retain(|g| g.value["id"] != id.as_str());
    if store.groups.len() == before { missing(&caller, &id) } else { empty(&caller.seen, 204) }
}

async fn members(caller: Caller, Path(id): Path<String>) -> Response {
    let store = caller.world.store();
    let Some(group) = store.groups.iter().find(|g| g.value["id"] == id.as_str()) else { return missing(&caller, &id) };
    let people: std::collections::HashMap<_, _> =
        store.users.iter().filter_map(|u| Some((u["id"].as_str()?, u))).collect();
    let typed: Vec<Value> = group
        .members
        .iter()
        .filter_map(|m| people.get(m.as_str()))
        .map(|u| typed(&project(u, &USER_DEFAULTS), "#microsoft.graph.user"))
        .collect();
    directory_objects(&typed, &caller)
}

/// What a list of members or of memberships is.
pub(super) fn directory_objects(typed: &[Value], caller: &Caller) -> Response {
    Collection {
        items: typed.iter().collect(),
        kind: "microsoft.graph.directoryObject",
        set: "directoryObjects",
        defaults: &[],
        page: 100,
        limit: 999,
    }
    .answer(caller)
}

async fn add(caller: Caller, Path(id): Path<String>) -> Response {
    let given = serde_json::from_slice::<Value>(&caller.seen.body).unwrap_or(Value::Null);
    let member = given["@odata.id"].as_str().and_then(|link| link.rsplit('/').next()).unwrap_or_default().to_owned();
    let mut store = caller.world.store();
    if store.user(&member).is_none() {
        return missing(&caller, &member);
    }
    let Some(group) = store.groups.iter_mut().find(|g| g.value["id"] == id.as_str()) else {
        return missing(&caller, &id);
    };
    if group.members.contains(&member) {
        return refuse(
            &caller.world,
            &caller.seen,
            400,
            "Request_BadRequest",
            "One or more added object references already exist for the following modified properties: 'members'.",
        );
    }
    group.members.push(member);
    empty(&caller.seen, 204)
}

async fn drop_member(caller: Caller, Path((id, member)): Path<(String, String)>) -> Response {
    let mut store = caller.world.store();
    let Some(group) = store.groups.iter_mut().find(|g| g.value["id"] == id.as_str()) else {
        return missing(&caller, &id);
    };
    let before = group.members.len();
    group.members.retain(|m| *m != member);
    if group.members.len() == before { missing(&caller, &member) } else { empty(&caller.seen, 204) }
}

async fn applications(caller: Caller) -> Response {
    let store = caller.world.store();
    let items = store.applications.iter().collect();
    Collection { items, kind: "microsoft.graph.application", set: "applications", defaults: &[], page: 100, limit: 999 }
        .answer(&caller)
}

async fn licences(caller: Caller) -> Response {
    let all = skus();
    Collection {
        items: all.iter().collect(),
        kind: "microsoft.graph.subscribedSku",
        set: "subscribedSkus",
        defaults: &[],
        page: 100,
        limit: 999,
    }
    .answer(&caller)
}

async fn sign_ins(caller: Caller) -> Response {
    let store = caller.world.store();
    let items = store.sign_ins.iter().collect();
    Collection {
        items,
        kind: "microsoft.graph.signIn",
        set: "auditLogs/signIns",
        defaults: &[],
        page: 500,
        limit: 1000,
    }
    .answer(&caller)
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::Value;
    use std::collections::HashSet;

    async fn pages(bench: &Bench, token: &str, path: &str) -> (usize, Vec<Value>) {
        let (mut all, mut count, mut url) = (Vec::new(), 0, format!("{}{path}", bench.sim.graph()));
        loop {
            let response = bench
                .http
                .get(&url)
                .bearer_auth(token)
                .header("ConsistencyLevel", "eventual")
                .send()
                .await
                .expect("an answer");
            let body: Value = response.json().await.expect("JSON");
            all.extend(body["value"].as_array().unwrap_or_else(|| panic!("{body}")).clone());
            count += 1;
            match body["@odata.nextLink"].as_str() {
                Some(next) => url = next.to_owned(),
                None => return (count, all),
            }
        }
    }

    #[tokio::test]
    async fn users_in_pages() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        let (count, all) = pages(&bench, &token, "/v1.0/users?$top=999&$select=id,displayName").await;
        let ids: HashSet<_> = all.iter().filter_map(|u| u["id"].as_str()).collect();
        assert_eq!((count, all.len(), ids.len()), (3, 2511, 2511));
        assert_eq!(all[0].as_object().map(|o| o.len()), Some(2));
        let (count, _) = pages(&bench, &token, "/v1.0/groups").await;
        assert_eq!(count, 1);
        let (_, members) = pages(&bench, &token, "/v1.0/groups/06000000-0000-4000-8000-000000000000/members").await;
        assert_eq!((members.len(), &members[0]["@odata.type"]), (1200, &"#microsoft.graph.user".into()));
    }

    #[tokio::test]
    async fn queries_and_their_rules() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        let (_, some) = pages(&bench, &token, "/v1.0/users?$filter=startswith(displayName,'Zo%C3%AB')").await;
        assert_eq!(some.len(), 105);
        let (_, one) = pages(&bench, &token, "/v1.0/users?$search=\"displayName:Vance\"&$count=true").await;
        assert_eq!(one.len(), 1);
        for (path, status, code) in [
            ("/v1.0/users?$search=\"displayName:x\"", 400, "Request_UnsupportedQuery"),
            ("/v1.0/users?$top=1000", 400, "Request_BadRequest"),
            ("/v1.0/users?$select=nonsense", 400, "BadRequest"),
            ("/v1.0/users?$filter=displayName%20eq%20'x", 400, "BadRequest"),
            ("/v1.0/users?$skiptoken=!", 400, "Directory_ExpiredPageToken"),
            ("/v1.0/users/nobody", 404, "Request_ResourceNotFound"),
            ("/v1.0/users/$count", 400, "Request_BadRequest"),
            ("/v1.0/nonsense", 400, "BadRequest"),
            ("/v3.0/users", 400, "BadRequest"),
        ] {
            let (got, body) = bench.graph(&token, path).await;
            assert_eq!((got, body["error"]["code"].as_str()), (status, Some(code)), "{path}: {body}");
        }
    }

    #[tokio::test]
    async fn people_come_and_go() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        let url = format!("{}/v1.0/users", bench.sim.graph());
        let user = serde_json::json!({
            "displayName": "Neu", "userPrincipalName": "neu@contoso.onmicrosoft.com", "mailNickname": "neu",
            "accountEnabled": true, "passwordProfile": {"password": "fake"},
        });
        let create = || bench.http.post(&url).bearer_auth(&token).json(&user).send();
        let made: Value = create().await.expect("an answer").json().await.expect("JSON");
        assert_eq!(made["displayName"], "Neu");
        assert_eq!(create().await.expect("an answer").status(), 400);
        let own = format!("{url}/neu@contoso.onmicrosoft.com");
        let patch = bench
            .http
            .patch(&own)
            .bearer_auth(&token)
            .json(&serde_json::json!({"jobTitle": "Ö"}))
            .send()
            .await
            .expect("an answer");
        assert_eq!(patch.status(), 204);
        assert_eq!(bench.graph(&token, "/v1.0/users/neu@contoso.onmicrosoft.com").await.1["jobTitle"], "Ö");
        assert_eq!(bench.http.delete(&own).bearer_auth(&token).send().await.expect("an answer").status(), 204);
        assert_eq!(bench.http.delete(&own).bearer_auth(&token).send().await.expect("an answer").status(), 404);
    }
}
