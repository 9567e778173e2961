//! What is in the directory: 2,512 people with the names that break scripts, groups, applications, sign-ins.

use crate::clock::iso;
use crate::directory::Directory;
use crate::ids;
use crate::people;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// Generated people, besides those who can sign in.
const GENERATED: usize = 2508;
/// 2026-11-25T00:00:00Z, from which dates are counted.
const DAY_ZERO: i64 = 1_795_564_800;

/// Given and family names: umlauts, CJK, right-to-left, emoji, quotes, markup, backslash.
const NAMES: [(&str, &str); 24] = [
    ("Anna", "Berg"),
    ("Jürgen", "Groß"),
    ("Zoë", "O'Brien"),
    ("大文", "陳"),
    ("太郎", "山田"),
    ("Sam 🦊", "Fox"),
    ("Ana \"Ace\"", "Lima"),
    ("Łukasz", "Żółć"),
    ("Пётр", "Иванов"),
    ("محمد", "علي"),
    ("Nguyễn", "Văn An"),
    ("Back\\slash", "Temp"),
    ("<b>Bold</b>", "& Sons"),
    ("Family 👩‍👩‍👧", "Joiner"),
    ("Måns", "Ångström"),
    ("İpek", "Işık"),
    ("José", "Núñez, Jr."),
    ("Chloé", "D’Été"),
    ("O'", "''"),
    ("Percent%20", "Plus+"),
    ("Ελένη", "Παπαδοπούλου"),
    ("דנה", "כהן"),
    ("Null", "True"),
    ("Søren", "Kierkegård"),
];
const TITLES: [&str; 4] = ["Engineer", "Sales – Küche", "Manager", "Analyst"];
const DEPARTMENTS: [&str; 5] = ["Sales", "Engineering", "HR", "Finance", "Légal"];

pub(crate) struct Group {
    pub(crate) value: Value,
    pub(crate) members: Vec<String>,
}

/// What happened to a user, for delta queries.
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) id: String,
    pub(crate) removed: bool,
}

pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) data: Vec<u8>,
    pub(crate) total: Option<u64>,
}

pub(crate) struct Store {
    pub(crate) users: Vec<Value>,
    pub(crate) groups: Vec<Group>,
    pub(crate) applications: Vec<Value>,
    pub(crate) sign_ins: Vec<Value>,
    pub(crate) changes: Vec<Change>,
    pub(crate) version: u64,
    pub(crate) uploads: HashMap<String, Upload>,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Store {
    pub(crate) fn new(directory: &Directory) -> Self {
        let users = users(ids::TENANT, GENERATED);
        let groups = groups(&users);
        Self {
            sign_ins: (0..1234).map(|i| sign_in(i, &users[i % users.len()])).collect(),
            applications: applications(directory),
            users,
            groups,
            changes: Vec::new(),
            version: 1,
            uploads: HashMap::new(),
            files: BTreeMap::new(),
        }
    }

    /// A user by id or user principal name.
    pub(crate) fn user(&self, key: &str) -> Option<&Value> {
        self.users.iter().find(|u| is_named(u, key))
    }

    pub(crate) fn user_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.users.iter_mut().find(|u| is_named(u, key))
    }

    pub(crate) fn changed(&mut self, id: &str, removed: bool) {
        self.version += 1;
        self.changes.push(Change { version: self.version, id: id.to_owned(), removed });
    }
}

fn is_named(user: &Value, key: &str) -> bool {
    let same = |field: &str| user[field].as_str().is_some_and(|v| v.eq_ignore_ascii_case(key));
    same("id") || same("userPrincipalName")
}

/// People of a tenant: those who can sign in, then generated ones.
fn users(tenant: &str, generated: usize) -> Vec<Value> {
    let own = people::members(tenant).into_iter().map(|(p, id)| user(id, p.given, p.family, &p.upn_in(tenant), 0));
    own.chain((1..=generated).map(generated_user)).collect()
}

pub(crate) fn generated_user(i: usize) -> Value {
    let (given, family) = NAMES[i % NAMES.len()];
    user(
        &format!("0e000000-0000-4000-8000-{i:012x}"),
        given,
        &format!("{family} {i}"),
        &format!("user{i:04}@{}", ids::TENANT_DOMAIN),
        i,
    )
}

fn user(id: &str, given: &str, family: &str, upn: &str, i: usize) -> Value {
    let guest = upn.contains("#EXT#");
    json!({
        "id": id, "displayName": format!("{given} {family}"), "givenName": given, "surname": family,
        "userPrincipalName": upn, "mail": if i % 7 == 3 { Value::Null } else { upn.into() },
        "jobTitle": TITLES[i % TITLES.len()], "department": DEPARTMENTS[i % DEPARTMENTS.len()],
        "officeLocation": if i.is_multiple_of(3) { Value::Null } else { format!("{}/{}", i % 40, i).into() },
        "mobilePhone": Value::Null, "businessPhones": if i % 5 == 1 { json!([format!("+49 30 555{i:04}")]) } else { json!([]) },
        "preferredLanguage": if i.is_multiple_of(2) { json!("de-DE") } else { Value::Null },
        "accountEnabled": i % 11 != 5, "userType": if guest { "Guest" } else { "Member" },
        "createdDateTime": iso(DAY_ZERO - (i as i64) * 3600),
        "assignedLicenses": if i % 4 == 1 { json!([{"skuId": SKUS[i % 2].0, "disabledPlans": []}]) } else { json!([]) },
        "usageLocation": "DE", "employeeId": format!("{i:05}"),
        "onPremisesExtensionAttributes": {"extensionAttribute1": Value::Null, "extensionAttribute2": format!("x{i}")},
    })
}

fn groups(users: &[Value]) -> Vec<Group> {
    let group = |i: usize| {
        let id = format!("06000000-0000-4000-8000-{i:012x}");
        let step = 1 + i % 9;
        let size = if i == 0 { 1200 } else { i % 30 };
        let members = users.iter().skip(i).step_by(step).take(size).filter_map(|u| u["id"].as_str().map(str::to_owned));
        let kinds = if i.is_multiple_of(3) { json!(["Unified"]) } else { json!([]) };
        Group {
            members: members.collect(),
            value: json!({
                "id": id, "displayName": format!("Group {i:02} – {}", NAMES[i % NAMES.len()].1), "description": Value::Null,
                "mailEnabled": i.is_multiple_of(3), "mailNickname": format!("group{i:02}"), "securityEnabled": true, "groupTypes": kinds,
                "createdDateTime": iso(DAY_ZERO - (i as i64) * 86_400), "visibility": Value::Null, "proxyAddresses": [],
            }),
        }
    };
    (0..45).map(group).collect()
}

fn applications(directory: &Directory) -> Vec<Value> {
    let secret = |i: i64, days: i64| {
        json!({
            "keyId": format!("5ec00000-0000-4000-8000-{i:012x}"), "displayName": format!("secret {i}"), "hint": "fak",
            "startDateTime": iso(DAY_ZERO - 300 * 86_400), "endDateTime": iso(DAY_ZERO + days * 86_400), "secretText": Value::Null,
        })
    };
    let apps = directory.apps.iter().enumerate().map(|(i, app)| json!({
        "id": format!("0b000000-0000-4000-8000-{i:012x}"), "appId": app.id, "displayName": app.name,
        "createdDateTime": iso(DAY_ZERO - 400 * 86_400), "signInAudience": "AzureADMyOrg",
        "passwordCredentials": app.secrets.iter().zip(0..).map(|(s, n)| secret(n, if s.expired { -10 } else { 20 + n })).collect::<Vec<_>>(),
        "keyCredentials": app.keys.iter().map(|k| json!({
            "customKeyIdentifier": k.thumbprint(), "displayName": "CN=fake", "endDateTime": iso(k.not_after), "startDateTime": iso(k.not_before),
            "type": "AsymmetricX509Cert", "usage": "Verify", "key": Value::Null,
        })).collect::<Vec<_>>(),
    }));
    apps.collect()
}

const SKUS: [(&str, &str); 2] =
    [("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3"), ("c7df2760-2c81-4ef7-b578-5b5392b571df", "ENTERPRISEPREMIUM")];

pub(crate) fn skus() -> Vec<Value> {
    let sku = |(i, (id, name)): (usize, &(&str, &str))| {
        json!({
            "id": format!("{}_{id}", ids::TENANT), "skuId": id, "skuPartNumber": name, "capabilityStatus": "Enabled", "appliesTo": "User",
            "consumedUnits": 300 + i, "prepaidUnits": {"enabled": 350, "suspended": 0, "warning": 5, "lockedOut": 0},
            "servicePlans": [{"servicePlanId": "57ff2da0-773e-42df-b2af-ffb7a2317929", "servicePlanName": "TEAMS1", "provisioningStatus": "Success", "appliesTo": "User"}],
        })
    };
    SKUS.iter().enumerate().map(sku).collect()
}

fn sign_in(i: usize, user: &Value) -> Value {
    let failed = i % 6 == 5;
    json!({
        "id": format!("51000000-0000-4000-8000-{i:012x}"), "createdDateTime": iso(DAY_ZERO - (i as i64) * 60),
        "userDisplayName": user["displayName"], "userPrincipalName": user["userPrincipalName"], "userId": user["id"],
        "appId": ids::PUBLIC_APP, "appDisplayName": "Microsoft Graph Command Line Tools", "ipAddress": format!("192.0.2.{}", i % 250),
        "clientAppUsed": "Mobile Apps and Desktop clients", "isInteractive": true, "conditionalAccessStatus": "notApplied",
        "status": {"errorCode": if failed { 50126 } else { 0 }, "failureReason": if failed { "Invalid username or password." } else { "Other." }, "additionalDetails": Value::Null},
        "location": {"city": "Köln", "countryOrRegion": "DE", "geoCoordinates": {"latitude": 50.9375, "longitude": 6.9603, "altitude": Value::Null}},
    })
}

/// The properties that a user has without `$select`.
pub(crate) const USER_DEFAULTS: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// Only these properties.
pub(crate) fn project(value: &Value, names: &[&str]) -> Value {
    let Some(all) = value.as_object() else { return value.clone() };
    names
        .iter()
        .filter_map(|n| all.get_key_value(*n))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect::<Map<_, _>>()
        .into()
}
