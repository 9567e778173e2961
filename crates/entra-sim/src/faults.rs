//! Trouble to order: what happens to the next requests that match.

use crate::seen::Seen;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// One kind of trouble. Matching fields that are absent match everything. Where none of `status`, `body`,
/// `body_base64`, `html`, `garbage` and `big` is given, the true answer is given and then changed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// `login`, `graph`, `identity` or `proxy`, or a piece of the host name.
    pub host: Option<String>,
    /// A piece of the path; `*` stands for anything.
    pub path: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// A piece of the body.
    pub contains: Option<String>,
    /// How many requests it is played on; absent = 1, 0 = all that follow.
    pub times: Option<u32>,
    /// Matching requests that are let through first.
    pub skip: u32,
    /// Status of the canned answer.
    pub status: Option<u16>,
    /// Headers: added to the answer (replacing those of the same name). The value `date+N` becomes the HTTP date N
    /// seconds from now.
    pub headers: BTreeMap<String, String>,
    /// Body of the canned answer; its type is JSON where it begins with a brace, unless `headers` names one.
    pub body: Option<String>,
    /// The same for bytes.
    pub body_base64: Option<String>,
    /// A proxy's HTML page as the answer.
    pub html: bool,
    /// Bytes that are neither text nor JSON.
    pub garbage: bool,
    /// A body of this many bytes.
    pub big: Option<usize>,
    /// Milliseconds before the answer.
    pub delay_ms: u64,
    /// Never answers; the connection stays open.
    pub stall: bool,
    /// Resets the TCP connection.
    pub reset: bool,
    /// Sends this many bytes of the body, then closes; the announced length stays the whole one.
    pub cut: Option<usize>,
    /// JSON fields set in the answer (an object), such as `{"expires_in": "3599"}`.
    pub set: Map<String, Value>,
    /// JSON fields taken out of the answer.
    pub without: Vec<String>,
    /// Lifetime in seconds of tokens issued by the request.
    pub token_lifetime: Option<i64>,
}

impl Fault {
    /// A fault for requests to this service (`login`, `graph`, `identity`, `proxy`) or host.
    #[must_use]
    pub fn at(host: &str) -> Self {
        Self { host: Some(host.to_owned()), ..Self::default() }
    }

    /// Only for paths with this piece in them.
    #[must_use]
    pub fn path(mut self, piece: &str) -> Self {
        self.path = Some(piece.to_owned());
        self
    }

    /// Answers with this status and no true body.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// With this header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, text: &str) -> Self {
        self.body = Some(text.to_owned());
        self
    }

    /// Played so often; 0 = always.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    pub(crate) fn canned(&self) -> bool {
        self.status.is_some()
            || self.body.is_some()
            || self.body_base64.is_some()
            || self.html
            || self.garbage
            || self.big.is_some()
    }

    fn matches(&self, seen: &Seen) -> bool {
        let host = |h: &String| h == seen.service.name() || seen.host.contains(h.as_str());
        let body = |piece: &String| String::from_utf8_lossy(&seen.body).contains(piece.as_str());
        self.host.as_ref().is_none_or(host)
            && self.path.as_ref().is_none_or(|p| glob(p, &seen.path))
            && self.method.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(&seen.method))
            && self.contains.as_ref().is_none_or(body)
    }
}

/// Whether the pieces between the stars are in the text, in order.
fn glob(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    pattern.split('*').all(|piece| match rest.find(piece) {
        Some(at) => {
            rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}

#[derive(Default)]
pub(crate) struct Faults {
    list: Mutex<Vec<Fault>>,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.list().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.list().clear();
    }

    pub(crate) fn all(&self) -> Vec<Fault> {
        self.list().clone()
    }

    /// The first fault that matches, counted down and removed when it was played often enough.
    pub(crate) fn take(&self, seen: &Seen) -> Option<Fault> {
        let mut list = self.list();
        let at = list.iter().position(|f| f.matches(seen))?;
        if list[at].skip > 0 {
            list[at].skip -= 1;
            return None;
        }
        let fault = list[at].clone();
        match fault.times.unwrap_or(1) {
            0 => {}
            1 => drop(list.remove(at)),
            n => list[at].times = Some(n - 1),
        }
        Some(fault)
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.list.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        assert!(glob("/oauth2/*/token", "/t/oauth2/v2.0/token"));
        assert!(glob("token", "/t/oauth2/v2.0/token"));
        assert!(!glob("/token*/oauth2", "/t/oauth2/v2.0/token"));
    }

    #[test]
    fn unknown_fields_are_mistakes() {
        assert!(serde_json::from_str::<Fault>(r#"{"statuss":429}"#).is_err());
        assert!(serde_json::from_str::<Fault>(r#"{"status":429,"headers":{"Retry-After":"1"}}"#).is_ok());
    }
}
