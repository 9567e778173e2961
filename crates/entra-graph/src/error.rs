use crate::{AddressError, BatchError, BearerError, BodyError, GraphReply, HeaderError};
use entra_net::{Clock, StatusCode, retry_after};
use serde_json::Value;
use std::{fmt::Write as _, time::Duration};

/// Inner errors deeper than this are not looked at.
const DEEPEST: usize = 32;

/// Why a request did not succeed. No variant holds a bearer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// The address is not used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A header field cannot be sent.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The body cannot be sent.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Parts that make no batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// No token could be had.
    #[error("No token for the request could be had: {0}")]
    Bearer(BearerError),
    /// No reply came.
    #[error(transparent)]
    Transport(#[from] entra_net::Error),
    /// The service said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The request would have to be sent again, and its body is a stream that cannot go back to its start.
    #[error("{0} It was not sent again: its body is a stream that cannot go back to its start.")]
    Spent(Box<Refusal>),
    /// The service said "later" as often as was asked.
    #[error("Too many retries performed. More than {retries} retries encountered while sending the request. ({last})")]
    TooManyRetries {
        /// Further tries after the first.
        retries: u32,
        /// The last answer.
        last: Box<Refusal>,
    },
    /// The service sent the request on and on.
    #[error("Too many redirects performed. More than {limit} redirects encountered while sending the request.")]
    TooManyRedirects {
        /// How many are followed.
        limit: u32,
    },
    /// A redirect that is not followed.
    #[error("The redirect to '{to}' is not followed: only https is supported")]
    Redirect {
        /// Where it leads, without its query.
        to: String,
    },
    /// The reply is not what the protocol says.
    #[error("{0}")]
    Reply(String),
    /// What is sent cannot be read, or what came cannot be written.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What came of it.
        error: std::io::Error,
    },
}

impl GraphError {
    /// The answer behind it, where there is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) | Self::Spent(refusal) | Self::TooManyRetries { last: refusal, .. } => Some(refusal),
            _ => None,
        }
    }
}

/// An answer that is no success, taken apart.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The answer as it came.
    pub reply: GraphReply,
    /// `error.code`.
    pub code: Option<String>,
    /// `error.message`.
    pub message: Option<String>,
    /// The code of the deepest inner error, where there is one.
    pub inner_code: Option<String>,
    /// Id under which the service knows the request.
    pub request_id: Option<String>,
    /// Id under which the caller knows it.
    pub client_request_id: Option<String>,
    /// When the service answered, as it words it.
    pub date: Option<String>,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(reply: GraphReply, clock: &dyn Clock) -> Self {
        let json = serde_json::from_str::<Value>(&reply.text()).unwrap_or_default();
        let error = json.get("error").unwrap_or(&Value::Null);
        let inner = inner(error);
        let field = |name: &str| reply.head.header(name).map(str::to_owned);
        let named = |name: &str| inner.and_then(|inner| text(inner, name));
        Self {
            code: text(error, "code").or_else(|| error.as_str().map(Into::into)),
            message: text(error, "message").or_else(|| text(&json, "error_description")),
            inner_code: deepest_code(error),
            request_id: field("request-id").or_else(|| named("request-id")),
            client_request_id: field("client-request-id").or_else(|| named("client-request-id")),
            date: field("date").or_else(|| named("date")),
            retry_after: retry_after(&reply.head.headers, clock),
            reply,
        }
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.reply.head.status
    }

    /// Request line, status line, header fields and body, as the original's error details show them: scripts cut the
    /// JSON out of it.
    pub fn details(&self) -> String {
        let head = self.reply.head.shown();
        let mut text = format!("{} {}\r\n", head.method, head.url);
        // Writing to a String cannot fail.
        let _ = write!(text, "{} {} {}\r\n", head.version, head.status, head.reason());
        let is_content = |name: &str| name.starts_with("content-");
        for of_content in [false, true] {
            for (name, value) in &head.headers {
                if is_content(name.as_str()) == of_content {
                    let value = String::from_utf8_lossy(value.as_bytes());
                    let _ = write!(text, "{}: {value}\r\n", field_name(name.as_str()));
                }
            }
        }
        text.push_str("\r\n");
        text.push_str(&self.reply.text());
        text
    }
}

impl std::fmt::Display for Refusal {
    /// The original's sentence, which scripts match on.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status();
        write!(f, "Response status code does not indicate success: {} ({}).", status_name(status), status_text(status))
    }
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(Into::into)
}

fn inner(error: &Value) -> Option<&Value> {
    ["innerError", "innererror", "inner_error"]
        .iter()
        .find_map(|name| error.get(name))
        .filter(|inner| inner.is_object())
}

fn deepest_code(error: &Value) -> Option<String> {
    let levels = std::iter::successors(inner(error), |error| inner(error));
    levels.take(DEEPEST).filter_map(|error| text(error, "code")).last()
}

/// Standard fields are written as .NET writes them; others stay as they are.
fn field_name(name: &str) -> String {
    const STANDARD: [&str; 21] = [
        "accept-ranges",
        "age",
        "allow",
        "cache-control",
        "connection",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-location",
        "content-range",
        "content-type",
        "date",
        "etag",
        "expires",
        "last-modified",
        "location",
        "retry-after",
        "server",
        "transfer-encoding",
        "vary",
    ];
    if name == "etag" {
        return "ETag".into();
    }
    if name == "www-authenticate" {
        return "WWW-Authenticate".into();
    }
    if !STANDARD.contains(&name) {
        return name.into();
    }
    let words = name.split('-').map(|word| word[..1].to_ascii_uppercase() + &word[1..]);
    words.collect::<Vec<_>>().join("-")
}

pub(crate) fn status_text(status: u16) -> &'static str {
    match status {
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        416 => "Requested Range Not Satisfiable",
        505 => "Http Version Not Supported",
        _ => StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default(),
    }
}

/// The status as .NET's `HttpStatusCode` names it; the number where it has no name there.
pub fn status_name(status: u16) -> String {
    let name = match status {
        203 => "NonAuthoritativeInformation",
        207 => "MultiStatus",
        414 => "RequestUriTooLong",
        418 => "418",
        505 => "HttpVersionNotSupported",
        _ => status_text(status),
    };
    if name.is_empty() {
        return status.to_string();
    }
    name.replace([' ', '-'], "")
}
