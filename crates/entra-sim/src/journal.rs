//! What was asked of this world, in order. Secrets are kept: tests compare them, and the world is thrown away.

use crate::seen::{Pairs, Seen};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::sync::Mutex;

/// Bodies are kept up to this many bytes.
const KEPT: usize = 1 << 20;

/// Entries are kept up to this number, the oldest going first, so that long runs do not fill the memory.
const LIMIT: usize = 20_000;

/// One request. Names of headers are lower-case; a repeated name's values are joined by `, `.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Number of the request, from 1.
    pub n: usize,
    /// `login`, `graph`, `identity`, `aks` or `proxy`.
    pub service: &'static str,
    /// Number of the TCP connection it came on.
    pub connection: u64,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub version: String,
    /// Server name of the TLS handshake.
    pub sni: String,
    /// Method, upper-case.
    pub method: String,
    /// Host and port as the client named them.
    pub host: String,
    /// Path, still percent-encoded.
    pub path: String,
    /// The query as sent.
    pub raw_query: String,
    /// Decoded query parameters.
    pub query: Map<String, Value>,
    /// Headers.
    pub headers: Map<String, Value>,
    /// Decoded form fields.
    pub form: Map<String, Value>,
    /// Body as text, at most 1 MiB of it.
    pub body: String,
    /// Length of the whole body in bytes.
    pub body_length: usize,
    /// Status that was answered; 0 = none (yet).
    pub status: u16,
    /// A fault was played on it.
    pub faulted: bool,
}

impl Entry {
    /// A form field.
    #[must_use]
    pub fn form(&self, name: &str) -> Option<&str> {
        self.form.get(name)?.as_str()
    }

    /// A query parameter.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name)?.as_str()
    }

    /// A header by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.as_str()
    }
}

#[derive(Default)]
pub(crate) struct Journal {
    entries: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    entries: VecDeque<Entry>,
    next: usize,
}

impl Journal {
    /// Writes a request down; gives its number.
    pub(crate) fn add(&self, seen: &Seen) -> usize {
        let mut book = self.book();
        book.next += 1;
        let entry = entry(book.next, seen);
        book.entries.push_back(entry);
        if book.entries.len() > LIMIT {
            book.entries.pop_front();
        }
        book.next
    }

    pub(crate) fn answered(&self, n: usize, status: u16, faulted: bool) {
        if let Some(entry) = self.book().entries.iter_mut().rev().find(|e| e.n == n) {
            entry.status = status;
            entry.faulted = faulted;
        }
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.book().entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.book().entries.clear();
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn entry(n: usize, seen: &Seen) -> Entry {
    Entry {
        n,
        service: seen.service.name(),
        connection: seen.connection,
        version: seen.version.clone(),
        sni: seen.sni.clone(),
        method: seen.method.clone(),
        host: seen.host.clone(),
        path: seen.path.clone(),
        raw_query: seen.raw_query.clone(),
        query: map(&seen.query),
        headers: map(&seen.headers),
        form: map(&seen.form),
        body: String::from_utf8_lossy(&seen.body[..seen.body.len().min(KEPT)]).into_owned(),
        body_length: seen.body.len(),
        status: 0,
        faulted: false,
    }
}

fn map(pairs: &Pairs) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in pairs {
        let joined = match map.get(name).and_then(Value::as_str) {
            Some(first) => format!("{first}, {value}"),
            None => value.clone(),
        };
        map.insert(name.clone(), joined.into());
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seen::Service;
    use axum::body::Bytes;
    use axum::http::Request;

    fn seen(body: &'static str) -> Seen {
        let request = Request::post("https://localhost:1/a%20b?x=1&x=2&y=%C3%BC")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("Accept", "a")
            .header("Accept", "b")
            .body(());
        let (parts, ()) = request.expect("a well-formed request").into_parts();
        Seen::new(Service::Login, true, 7, &parts, Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn an_entry_holds_all_that_was_asked() {
        let journal = Journal::default();
        let n = journal.add(&seen("client_secret=a%2Bb&empty="));
        journal.answered(n, 418, true);
        let entry = &journal.entries()[0];
        assert_eq!((entry.n, entry.status, entry.faulted, entry.path.as_str()), (1, 418, true, "/a%20b"));
        assert_eq!((entry.query("x"), entry.query("y")), (Some("1, 2"), Some("ü")));
        assert_eq!(
            (entry.header("accept"), entry.form("client_secret"), entry.form("none")),
            (Some("a, b"), Some("a+b"), None)
        );
    }

    #[test]
    fn the_oldest_go_first() {
        let journal = Journal::default();
        for _ in 0..LIMIT + 2 {
            journal.add(&seen(""));
        }
        let entries = journal.entries();
        assert_eq!((entries.len(), entries[0].n), (LIMIT, 3));
        journal.clear();
        assert_eq!(journal.add(&seen("")), LIMIT + 3);
    }
}
