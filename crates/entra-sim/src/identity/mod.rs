//! Identity endpoints of Azure's hosts, one file per kind of host, and the OIDC endpoints of pipelines.

mod app_service;
mod arc;
mod cloud_shell;
mod fabric;
mod imds;
mod machine_learning;
pub(crate) mod oidc;

use crate::directory::App;
use crate::ids;
use crate::login::mint::{self, Proof};
use crate::seen::Seen;
use crate::world::{World, lock};
use axum::Router;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use time::OffsetDateTime;
use time::macros::format_description;

/// What the plain listener serves.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .merge(imds::routes())
        .merge(app_service::routes())
        .merge(machine_learning::routes())
        .merge(cloud_shell::routes())
        .merge(arc::routes())
        .merge(oidc::routes())
}

/// What the pinned TLS listener serves.
pub(crate) fn fabric_routes() -> Router<Arc<World>> {
    fabric::routes()
}

/// The variables that each kind of host sets for its programs.
pub(crate) fn environments(world: &World) -> Value {
    let (http, https) = (&world.places.identity, &world.places.login);
    let dir = |name: &str| world.places.dir.join(name).display().to_string();
    let workload = |more: Value| {
        let mut all = json!({
            "AZURE_CLIENT_ID": ids::FEDERATED_APP, "AZURE_TENANT_ID": ids::TENANT,
            "AZURE_FEDERATED_TOKEN_FILE": dir("kubernetes-token"), "AZURE_AUTHORITY_HOST": https,
        });
        if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
            all.extend(more);
        }
        all
    };
    json!({
        "imds": {"AZURE_POD_IDENTITY_AUTHORITY_HOST": http},
        "app_service": {"IDENTITY_ENDPOINT": format!("{http}/msi/token"), "IDENTITY_HEADER": ids::IDENTITY_HEADER},
        "machine_learning": {
            "MSI_ENDPOINT": format!("{http}/ml/token"), "MSI_SECRET": ids::IDENTITY_HEADER, "DEFAULT_IDENTITY_CLIENT_ID": ids::MACHINE,
        },
        "cloud_shell": {"MSI_ENDPOINT": format!("{http}/cloudshell/oauth2/token")},
        "arc": {"IDENTITY_ENDPOINT": format!("{http}/arc/metadata/identity/oauth2/token"), "IMDS_ENDPOINT": http},
        "fabric": {
            "IDENTITY_ENDPOINT": format!("{}/metadata/identity/oauth2/token", world.places.fabric),
            "IDENTITY_HEADER": ids::IDENTITY_HEADER, "IDENTITY_SERVER_THUMBPRINT": world.places.fabric_thumbprint,
        },
        "workload": workload(json!({})),
        "aks_proxy": workload(json!({
            "AZURE_KUBERNETES_TOKEN_PROXY": world.places.aks, "AZURE_KUBERNETES_SNI_NAME": ids::AKS_NAME,
            "AZURE_KUBERNETES_CA_FILE": dir("aks-ca.pem"),
        })),
        "github": {
            "ACTIONS_ID_TOKEN_REQUEST_URL": format!("{https}/github/token?api-version=2.0"),
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": ids::PIPELINE_TOKEN,
            "AZURE_CLIENT_ID": ids::FEDERATED_APP, "AZURE_TENANT_ID": ids::TENANT,
        },
        "pipelines": {
            "SYSTEM_OIDCREQUESTURI": format!("{https}/pipelines/oidctoken"), "SYSTEM_ACCESSTOKEN": ids::PIPELINE_TOKEN,
            "AZURESUBSCRIPTION_CLIENT_ID": ids::FEDERATED_APP, "AZURESUBSCRIPTION_TENANT_ID": ids::TENANT,
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": ids::SERVICE_CONNECTION,
        },
    })
}

/// A managed identity.
#[derive(Clone, Copy)]
struct Identity {
    client: &'static str,
    object: &'static str,
    resource: Option<&'static str>,
}

const SYSTEM: Identity = Identity { client: ids::MACHINE, object: ids::MACHINE_OBJECT, resource: None };
const ASSIGNED: Identity =
    Identity { client: ids::IDENTITY, object: ids::IDENTITY_OBJECT, resource: Some(ids::IDENTITY_RESOURCE) };

/// The parameters by which a kind of host lets programs choose an identity.
struct Names {
    client: &'static [&'static str],
    object: &'static [&'static str],
    resource: &'static [&'static str],
}

impl Names {
    /// The identity that is asked for; `None` when it is not assigned to this machine.
    fn choose(&self, world: &World, seen: &Seen) -> Option<Identity> {
        let given = |names: &[&str]| names.iter().find_map(|n| seen.param(n)).filter(|v| !v.is_empty());
        let asked = [given(self.client), given(self.object), given(self.resource)];
        if asked.iter().all(Option::is_none) {
            return lock(&world.settings).system_identity.then_some(SYSTEM);
        }
        let fits = |identity: &&Identity| {
            let own = [Some(identity.client), Some(identity.object), identity.resource];
            asked.iter().zip(own).all(|(a, o)| a.is_none_or(|a| o.is_some_and(|o| o.eq_ignore_ascii_case(a))))
        };
        [&SYSTEM, &ASSIGNED].into_iter().find(fits).copied()
    }
}

/// A token of this identity, with all the fields that any host answers; hosts take what they need.
fn issue(world: &World, seen: &Seen, identity: Identity, resource: &str) -> Option<Map<String, Value>> {
    let resource = resource.strip_suffix("/.default").map_or(resource, |_| "").trim_end_matches('/');
    if resource.is_empty()
        || !(world.is_graph(resource) || resource.starts_with("api://") || resource == "https://management.azure.com")
    {
        return None;
    }
    let lifetime = seen.token_lifetime.unwrap_or(lock(&world.settings).identity_lifetime);
    let app = app_of(identity);
    let mut claims = mint::base_claims(world, &app, ids::TENANT, resource, Proof::Certificate, lifetime);
    let kind = if identity.resource.is_some() {
        ids::IDENTITY_RESOURCE
    } else {
        "/subscriptions/5ab5c71b-0000-4000-8000-000000000001/resourcegroups/sim/providers/Microsoft.Compute/virtualMachines/sim"
    };
    for (name, value) in [
        ("idtyp", json!("app")),
        ("oid", json!(identity.object)),
        ("sub", json!(identity.object)),
        ("roles", json!(app.roles)),
        ("xms_mirid", json!(kind)),
    ] {
        claims[name] = value;
    }
    if resource == ids::EXCHANGE {
        claims["iss"] = format!("{}/{}/v2.0", world.places.login, ids::TENANT).into();
    }
    if let Some(capability) = seen.param("xms_cc") {
        claims["xms_cc"] = json!([capability]);
    }
    let until = world.clock.now() + lifetime;
    let answer = json!({
        "access_token": world.signer.sign(&claims), "client_id": identity.client, "expires_in": lifetime.to_string(),
        "expires_on": expiry(world, until, lifetime), "ext_expires_in": lifetime.to_string(), "not_before": (until - lifetime).to_string(),
        "resource": resource, "token_type": "Bearer",
    });
    answer.as_object().cloned()
}

fn app_of(identity: Identity) -> App {
    App {
        id: identity.client.into(),
        name: if identity.resource.is_some() { "sim-identity" } else { "sim-machine" }.into(),
        object: identity.object.into(),
        tenants: vec![ids::TENANT.into()],
        public: false,
        secrets: Vec::new(),
        keys: Vec::new(),
        roles: vec!["User.Read.All".into()],
        federated: Vec::new(),
    }
}

/// `expires_on` in the form that the settings name.
fn expiry(world: &World, until: i64, lifetime: i64) -> Value {
    let at = OffsetDateTime::from_unix_timestamp(until).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let american = format_description!("[month]/[day]/[year] [hour]:[minute]:[second] +00:00");
    match lock(&world.settings).expires_on.as_str() {
        "number" => until.into(),
        "iso" => crate::clock::iso(until).into(),
        "american" => at.format(american).unwrap_or_default().into(),
        "relative" => lifetime.to_string().into(),
        _ => until.to_string().into(),
    }
}

/// Only these fields of an answer.
fn only(answer: Map<String, Value>, names: &[&str]) -> Value {
    answer.into_iter().filter(|(n, _)| names.contains(&n.as_str())).collect::<Map<_, _>>().into()
}
