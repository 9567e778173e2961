use super::clouds;
use crate::{Account, KnownToken, Place, reply::number};
use entra_net::Secret;
use serde_json::{Map, Value};
use zeroize::Zeroize;

/// One entry of a section. Keys differ between the libraries that write them, so entries are found by their fields.
pub(super) type Item = Map<String, Value>;

pub(super) fn text<'a>(item: &'a Item, field: &str) -> &'a str {
    item.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Seconds since 1970, which are text in most caches.
pub(super) fn seconds(item: &Item, field: &str) -> Option<u64> {
    item.get(field).and_then(number)
}

pub(super) fn is(item: &Item, field: &str, value: &str) -> bool {
    text(item, field).eq_ignore_ascii_case(value)
}

pub(super) fn in_cloud(item: &Item, place: &Place) -> bool {
    clouds::is_same(text(item, "environment"), &place.login)
}

/// Of this cloud and this app.
pub(super) fn in_place(item: &Item, place: &Place) -> bool {
    in_cloud(item, place) && is(item, "client_id", &place.client_id)
}

/// Of this cloud, this app and this person.
pub(super) fn is_own(item: &Item, place: &Place, home_id: &str) -> bool {
    in_place(item, place) && is(item, "home_account_id", home_id)
}

/// Tokens that are bound to a key are of no use without it.
pub(super) fn is_bearer(item: &Item) -> bool {
    is(item, "credential_type", "AccessToken") && ["", "Bearer"].iter().any(|kind| is(item, "token_type", kind))
}

/// When it was last touched, as far as it says.
pub(super) fn age(item: &Item) -> u64 {
    let stamp = |field| seconds(item, field).unwrap_or_default();
    stamp("last_modification_time").max(stamp("cached_at"))
}

pub(super) fn secret(item: &Item) -> Option<Secret> {
    Some(text(item, "secret")).filter(|text| !text.is_empty()).map(Secret::from)
}

pub(super) fn account(item: &Item) -> Account {
    let field = |name| text(item, name).to_owned();
    Account {
        home_id: field("home_account_id"),
        local_id: field("local_account_id"),
        username: field("username"),
        tenant: field("realm"),
    }
}

pub(super) fn scopes(item: &Item) -> Vec<String> {
    text(item, "target").split_whitespace().map(str::to_owned).collect()
}

pub(super) fn token(item: &Item) -> Option<KnownToken> {
    Some(KnownToken {
        tenant: text(item, "realm").to_owned(),
        scopes: scopes(item),
        secret: secret(item)?,
        given_at: seconds(item, "cached_at")?,
        expires_at: seconds(item, "expires_on")?,
        renew_at: seconds(item, "refresh_on"),
    })
}

/// All values are text: MSAL.NET refuses a cache with a number in it.
pub(super) fn fields<const N: usize>(fields: [(&str, &str); N]) -> Item {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// The parts of a key, joined as all libraries of the family join them.
pub(super) fn key(parts: &[&str]) -> String {
    parts.join("-").to_lowercase()
}

pub(super) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        _ => {}
    }
}
