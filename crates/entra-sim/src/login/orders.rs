//! Refusals to order: what policy says to the next sign-ins, in Entra's own words and codes.

use super::error::Refusal;
use crate::seen::Seen;
use crate::world::lock;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Mutex;

/// One refusal. Matching fields that are absent match everything.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Order {
    /// `client_credentials`, `authorization_code`, `refresh_token`, `device_code` (polling), `device_authorization`
    /// (the first request) or `authorize` (the page).
    pub grant: Option<String>,
    /// Client id.
    pub client: Option<String>,
    /// Number after AADSTS.
    pub code: u32,
    /// `error` of the answer.
    pub error: String,
    /// `suberror` of the answer.
    pub suberror: Option<String>,
    /// `claims` of the answer (JSON text). A request that already carries them is let through.
    pub claims: Option<String>,
    /// The sentence.
    pub text: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// How many requests are refused; 0 = all that follow.
    pub times: u32,
    /// Authorize only: the error goes back to the redirect address instead of standing on the page.
    pub redirect: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            grant: None,
            client: None,
            code: 53003,
            error: "invalid_grant".into(),
            suberror: None,
            claims: None,
            text: None,
            status: 400,
            times: 1,
            redirect: false,
        }
    }
}

impl Order {
    fn matches(&self, grant: &str, seen: &Seen) -> bool {
        let field = |name: &str| seen.field(name).or_else(|| seen.param(name));
        let carried = |wanted: &String| field("claims").is_some_and(|sent| covers(sent, wanted));
        self.grant.as_ref().is_none_or(|g| g == grant)
            && self.client.as_ref().is_none_or(|c| field("client_id") == Some(c.as_str()))
            && !self.claims.as_ref().is_some_and(carried)
    }

    fn refusal(&self) -> Refusal {
        let text = self.text.clone().unwrap_or_else(|| sentence(self.code).to_owned());
        let mut refusal = Refusal::new(self.status, &self.error, self.code, text);
        refusal.suberror = self.suberror.clone();
        refusal.claims = self.claims.clone();
        refusal
    }
}

fn sentence(code: u32) -> &'static str {
    match code {
        50076 => {
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'."
        }
        53003 => {
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
        }
        530_036 => "Access has been blocked by Conditional Access policies. The authentication flow is not allowed.",
        50173 => "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
        700_082 => "The refresh token has expired due to inactivity.",
        65001 => "The user or administrator has not consented to use the application.",
        50158 => "External security challenge not satisfied.",
        _ => "The simulated policy says no.",
    }
}

/// Whether every leaf of the wanted claims is in those that were sent.
fn covers(sent: &str, wanted: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    within(&parse(sent), &parse(wanted))
}

fn within(sent: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Object(map) => map.iter().all(|(name, value)| sent.get(name).is_some_and(|s| within(s, value))),
        other => sent == other,
    }
}

#[derive(Default)]
pub(crate) struct Orders {
    list: Mutex<Vec<Order>>,
}

impl Orders {
    pub(crate) fn add(&self, order: Order) {
        lock(&self.list).push(order);
    }

    pub(crate) fn clear(&self) {
        lock(&self.list).clear();
    }

    pub(crate) fn all(&self) -> Vec<Order> {
        lock(&self.list).clone()
    }

    /// The refusal that is due for this request, and whether authorize sends it back.
    pub(crate) fn due(&self, grant: &str, seen: &Seen) -> Option<(Refusal, bool)> {
        let mut list = lock(&self.list);
        let at = list.iter().position(|o| o.matches(grant, seen))?;
        let order = list[at].clone();
        match order.times {
            0 => {}
            1 => drop(list.remove(at)),
            n => list[at].times = n - 1,
        }
        Some((order.refusal(), order.redirect))
    }

    /// The same as an outcome.
    pub(crate) fn check(&self, grant: &str, seen: &Seen) -> Result<(), Refusal> {
        self.due(grant, seen).map_or(Ok(()), |(refusal, _)| Err(refusal))
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn claims_cover_what_they_hold() {
        let wanted = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
        let merged = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"},"xms_cc":{"values":["cp1"]}}}"#;
        assert!(covers(merged, wanted));
        assert!(!covers(r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#, wanted));
        assert!(!covers("not json", wanted));
    }
}
