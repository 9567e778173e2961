use crate::{Error, ServiceError, SignIn};
use entra_net::{Clock, Reply, Secret, retry_after};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What the token endpoint gave (RFC 6749, section 5.1, with Entra's fields).
#[derive(Clone, Debug, Default)]
pub struct TokenReply {
    /// `access_token`
    pub access_token: Secret,
    /// `expires_in`, seconds.
    pub expires_in: u64,
    /// `refresh_in`, seconds: from then on a new one should be fetched.
    pub refresh_in: Option<u64>,
    /// `scope`: what was granted.
    pub scope: Option<String>,
    /// `refresh_token`
    pub refresh_token: Option<Secret>,
    /// `id_token`
    pub id_token: Option<Secret>,
    /// `client_info`: base64url of JSON with the home account's ids.
    pub client_info: Option<String>,
    /// `foci`: family of client ids.
    pub family: Option<String>,
    /// Who signed in, and how, where it was a person.
    pub sign_in: Option<Arc<SignIn>>,
}

/// A number, or text that is one: both are seen for the same field.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().map(|n| n as u64)).or_else(|| value.as_str()?.trim().parse().ok())
}

pub(crate) fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn secret(fields: &Map<String, Value>, name: &str) -> Option<Secret> {
    text(fields, name).map(Secret::from)
}

/// The JSON object of a reply; a refusal becomes an error, whatever its status (device codes are refused with 200).
pub(crate) fn fields(reply: &Reply, host: &str, clock: &dyn Clock) -> Result<Map<String, Value>, Error> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(&reply.body) else {
        let content_type = reply.header("content-type").unwrap_or("no content type").to_owned();
        return Err(Error::NotOAuth { host: host.into(), status: reply.status, content_type });
    };
    match text(&fields, "error") {
        Some(error) => Err(Error::Service(Box::new(refusal(error, &fields, reply, host, clock)))),
        None if reply.is_success() => Ok(fields),
        None => {
            let content_type = reply.header("content-type").unwrap_or_default().to_owned();
            Err(Error::NotOAuth { host: host.into(), status: reply.status, content_type })
        }
    }
}

fn refusal(error: String, fields: &Map<String, Value>, reply: &Reply, host: &str, clock: &dyn Clock) -> ServiceError {
    let all = text(fields, "error_description").unwrap_or_default();
    let field = |name| text(fields, name).unwrap_or_default();
    ServiceError {
        host: host.into(),
        status: reply.status,
        code: code(fields, &all),
        description: first_lines(&all),
        suberror: field("suberror"),
        claims: text(fields, "claims"),
        correlation_id: text(fields, "correlation_id")
            .or_else(|| reply.header("client-request-id").map(str::to_owned))
            .unwrap_or_default(),
        trace_id: text(fields, "trace_id")
            .or_else(|| reply.header("x-ms-request-id").map(str::to_owned))
            .unwrap_or_default(),
        timestamp: field("timestamp"),
        retry_after: retry_after(&reply.headers, clock),
        error,
    }
}

/// A refusal that came by way of the browser.
pub(crate) fn redirected(host: &str, error: &str, description: &str, suberror: &str) -> ServiceError {
    let id = |name: &str| description.split_once(name)?.1.split_whitespace().next().map(str::to_owned);
    ServiceError {
        host: host.into(),
        error: error.into(),
        code: code(&Map::new(), description),
        description: first_lines(description),
        suberror: suberror.into(),
        correlation_id: id("Correlation ID:").unwrap_or_default(),
        trace_id: id("Trace ID:").unwrap_or_default(),
        ..ServiceError::default()
    }
}

fn code(fields: &Map<String, Value>, description: &str) -> u64 {
    let listed = fields.get("error_codes").and_then(|codes| number(codes.get(0)?));
    let digits = || description.strip_prefix("AADSTS")?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
    listed.or_else(digits).unwrap_or_default()
}

/// The description without the ids that follow it: those are fields of their own.
fn first_lines(description: &str) -> String {
    let end = description.find("Trace ID:").unwrap_or(description.len());
    description[..end].split_whitespace().collect::<Vec<_>>().join(" ")
}

impl TokenReply {
    pub(crate) fn read(reply: &Reply, host: &str, clock: &dyn Clock) -> Result<Self, Error> {
        let fields = fields(reply, host, clock)?;
        let Some(access_token) = secret(&fields, "access_token") else {
            return Err(Error::NoToken { host: host.into() });
        };
        Ok(Self {
            access_token,
            // An hour is what every Entra token lives at least where nothing is said.
            expires_in: fields.get("expires_in").and_then(number).unwrap_or(3600),
            refresh_in: fields.get("refresh_in").and_then(number),
            scope: text(&fields, "scope"),
            refresh_token: secret(&fields, "refresh_token"),
            id_token: secret(&fields, "id_token"),
            client_info: text(&fields, "client_info"),
            family: text(&fields, "foci"),
            sign_in: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entra_net::{HeaderMap, SteppedClock};

    fn read(status: u16, body: &str) -> Result<TokenReply, Error> {
        let reply = Reply { status, headers: HeaderMap::new(), body: body.to_owned().into() };
        TokenReply::read(&reply, "login.example", &SteppedClock::at(0))
    }

    #[test]
    fn lifetimes_come_as_number_or_text() {
        for body in [r#"{"access_token":"t","expires_in":59}"#, r#"{"access_token":"t","expires_in":"59"}"#] {
            assert_eq!(read(200, body).unwrap().expires_in, 59);
        }
    }

    #[test]
    fn a_refusal_is_taken_apart() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret.\r\nTrace ID: t\r\nCorrelation ID: c","error_codes":[7000215],"correlation_id":"c","trace_id":"t","timestamp":"now"}"#;
        let Err(Error::Service(error)) = read(401, body) else { panic!("not refused") };
        assert_eq!((error.code, error.description.as_str()), (7_000_215, "AADSTS7000215: Invalid client secret."));
        assert_eq!((error.correlation_id.as_str(), error.status), ("c", 401));
    }

    #[test]
    fn a_refusal_inside_a_success_is_seen() {
        assert!(matches!(read(200, r#"{"error":"authorization_pending"}"#), Err(Error::Service(_))));
    }

    #[test]
    fn a_refusal_by_the_browser_has_its_number_and_ids() {
        let text = "AADSTS53003: Blocked.\r\nTrace ID: t\r\nCorrelation ID: c\r\nTimestamp: now";
        let error = redirected("login.example", "server_error", text, "");
        assert_eq!((error.code, error.description.as_str()), (53003, "AADSTS53003: Blocked."));
        assert_eq!((error.correlation_id.as_str(), error.trace_id.as_str()), ("c", "t"));
    }

    #[test]
    fn pages_and_empty_successes_are_told_apart() {
        assert!(matches!(read(200, "<html>"), Err(Error::NotOAuth { .. })));
        assert!(matches!(read(503, "{}"), Err(Error::NotOAuth { status: 503, .. })));
        assert!(matches!(read(200, "{}"), Err(Error::NoToken { .. })));
    }
}
