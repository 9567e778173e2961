//! What the sign-in service remembers: open pages, codes, device codes, refresh tokens, consents, browser sessions.

use super::scopes::Asked;
use crate::people::Person;
use crate::text::{base64url, random};
use std::collections::{BTreeSet, HashMap};

/// An authorize request while its person is at the pages.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) client: String,
    /// The tenant as in the path.
    pub(crate) tenant: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) mode: String,
    pub(crate) challenge: String,
    pub(crate) asked: Asked,
    pub(crate) claims: String,
    pub(crate) prompt: String,
    pub(crate) client_info: bool,
    /// Set when the password was right.
    pub(crate) person: Option<Person>,
}

/// A code that can be redeemed once.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) request: Request,
    pub(crate) person: Person,
    pub(crate) until: i64,
    pub(crate) used: bool,
}

#[derive(Clone)]
pub(crate) enum Decision {
    Pending,
    Approved(Person),
    Declined,
}

#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) user_code: String,
    pub(crate) client: String,
    pub(crate) tenant: String,
    pub(crate) asked: Asked,
    pub(crate) until: i64,
    pub(crate) last_poll: Option<std::time::Instant>,
    pub(crate) decision: Decision,
    pub(crate) used: bool,
}

#[derive(Clone)]
pub(crate) struct Refresh {
    pub(crate) client: String,
    pub(crate) person: Person,
    pub(crate) until: i64,
    pub(crate) revoked: bool,
}

#[derive(Default)]
pub(crate) struct Grants {
    pub(crate) requests: HashMap<String, Request>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) devices: HashMap<String, Device>,
    pub(crate) refresh: HashMap<String, Refresh>,
    consents: HashMap<(String, String), BTreeSet<String>>,
    /// Browser session (cookie) to the people signed in there.
    pub(crate) sessions: HashMap<String, Vec<Person>>,
    /// Opaque access tokens of personal accounts, with what they stand for.
    pub(crate) opaque: HashMap<String, serde_json::Value>,
}

impl Grants {
    /// Names that this person granted to this client, User.Read always among them.
    pub(crate) fn granted(&self, client: &str, person: &Person) -> Vec<String> {
        let mut names = vec!["User.Read".to_owned()];
        if let Some(more) = self.consents.get(&key(client, person)) {
            names.extend(more.iter().filter(|n| !n.eq_ignore_ascii_case("User.Read")).cloned());
        }
        names
    }

    /// Names asked for that were never granted.
    pub(crate) fn missing(&self, client: &str, person: &Person, asked: &Asked) -> Vec<String> {
        let granted = self.granted(client, person);
        asked.names.iter().filter(|n| !granted.iter().any(|g| g.eq_ignore_ascii_case(n))).cloned().collect()
    }

    pub(crate) fn consent(&mut self, client: &str, person: &Person, names: &[String]) {
        self.consents.entry(key(client, person)).or_default().extend(names.iter().cloned());
    }

    pub(crate) fn forget_consents(&mut self) {
        self.consents.clear();
    }

    /// Revokes all refresh tokens of a person; how many there were.
    pub(crate) fn revoke(&mut self, person: &Person) -> usize {
        let theirs = self.refresh.values_mut().filter(|r| r.person.object == person.object);
        theirs.map(|r| r.revoked = true).count()
    }

    pub(crate) fn device_by_user_code(&mut self, user_code: &str) -> Option<&mut Device> {
        let plain = |text: &str| text.replace(['-', ' '], "").to_uppercase();
        self.devices.values_mut().find(|d| plain(&d.user_code) == plain(user_code))
    }
}

fn key(client: &str, person: &Person) -> (String, String) {
    (client.to_lowercase(), person.object.to_owned())
}

/// A long random text with a beginning that tells its kind.
pub(crate) fn ticket(kind: &str) -> String {
    format!("{kind}.{}", base64url(&random(48)))
}
