//! One request as this world saw it: what rooms answer and what the journal keeps.

use axum::body::Bytes;
use axum::http::request::Parts;

/// Which listener a request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Login,
    Graph,
    Identity,
    Aks,
    Control,
    Proxy,
}

impl Service {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Graph => "graph",
            Self::Identity => "identity",
            Self::Aks => "aks",
            Self::Control => "control",
            Self::Proxy => "proxy",
        }
    }
}

pub(crate) type Pairs = Vec<(String, String)>;

pub(crate) struct Seen {
    pub(crate) service: Service,
    pub(crate) connection: u64,
    pub(crate) version: String,
    pub(crate) method: String,
    pub(crate) scheme: &'static str,
    /// Server name of the TLS handshake.
    pub(crate) sni: String,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) raw_query: String,
    pub(crate) query: Pairs,
    pub(crate) headers: Pairs,
    pub(crate) form: Pairs,
    pub(crate) body: Bytes,
    /// Lifetime that a fault sets for tokens issued by this request.
    pub(crate) token_lifetime: Option<i64>,
}

impl Seen {
    pub(crate) fn new(service: Service, tls: bool, connection: u64, parts: &Parts, body: Bytes) -> Self {
        let headers = headers_of(parts);
        let named = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let host = parts.uri.authority().map(ToString::to_string).or_else(|| named("host")).unwrap_or_default();
        let is_form = named("content-type").is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
        let raw_query = parts.uri.query().unwrap_or_default().to_owned();
        Self {
            service,
            connection,
            version: format!("{:?}", parts.version),
            method: parts.method.to_string(),
            sni: String::new(),
            scheme: if tls { "https" } else { "http" },
            host,
            path: parts.uri.path().to_owned(),
            query: pairs(raw_query.as_bytes()),
            raw_query,
            form: if is_form { pairs(&body) } else { Vec::new() },
            headers,
            body,
            token_lifetime: None,
        }
    }

    /// A header by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// A form field, blank counted as absent, as Entra does.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        find(&self.form, name).filter(|v| !v.is_empty())
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// Scheme and host by which the caller reached us.
    pub(crate) fn base(&self) -> String {
        format!("{}://{}", self.scheme, self.host)
    }
}

fn find<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

fn headers_of(parts: &Parts) -> Pairs {
    parts.headers.iter().map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect()
}

fn pairs(bytes: &[u8]) -> Pairs {
    form_urlencoded::parse(bytes).into_owned().collect()
}
