//! Entra's error body (protocol: RFC 6749 5.2 with Microsoft's additions).

use crate::answer;
use crate::clock::stamp;
use crate::seen::Seen;
use crate::text::{guid, is_guid};
use crate::world::World;
use axum::response::Response;
use serde_json::{Value, json};

/// Why a sign-in is refused.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) error: String,
    pub(crate) code: u32,
    pub(crate) text: String,
    pub(crate) suberror: Option<String>,
    /// Claims that the person has to satisfy (JSON text).
    pub(crate) claims: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, error: &str, code: u32, text: impl Into<String>) -> Self {
        Self { status, error: error.to_owned(), code, text: text.into(), suberror: None, claims: None }
    }

    /// HTTP 400, `invalid_request`.
    pub(crate) fn request(code: u32, text: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", code, text)
    }

    /// HTTP 401, `invalid_client`.
    pub(crate) fn client(code: u32, text: impl Into<String>) -> Self {
        Self::new(401, "invalid_client", code, text)
    }

    /// HTTP 400, `invalid_grant`.
    pub(crate) fn grant(code: u32, text: impl Into<String>) -> Self {
        Self::new(400, "invalid_grant", code, text)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::request(900144, format!("The request body must contain the following parameter: '{parameter}'."))
    }

    pub(crate) fn suberror(mut self, name: &str) -> Self {
        self.suberror = Some(name.to_owned());
        self
    }
}

/// Ids that an answer carries.
pub(crate) struct Trace {
    pub(crate) id: String,
    pub(crate) correlation: String,
    at: String,
}

impl Trace {
    pub(crate) fn new(world: &World, seen: &Seen) -> Self {
        let given = seen.header("client-request-id").or_else(|| seen.param("client-request-id"));
        let correlation = given.filter(|id| is_guid(id)).map_or_else(guid, str::to_owned);
        Self { id: guid(), correlation, at: stamp(world.clock.now()) }
    }

    /// `AADSTSnnn: text`, then the three lines.
    pub(crate) fn describe(&self, code: u32, text: &str) -> String {
        format!(
            "AADSTS{code}: {text}\r\nTrace ID: {}\r\nCorrelation ID: {}\r\nTimestamp: {}",
            self.id, self.correlation, self.at
        )
    }

    /// The headers of every answer of the sign-in service.
    pub(crate) fn stamp(&self, mut response: Response) -> Response {
        for (name, value) in [
            ("cache-control", "no-store, no-cache"),
            ("pragma", "no-cache"),
            ("x-ms-request-id", self.id.as_str()),
            ("client-request-id", self.correlation.as_str()),
            ("x-ms-ests-server", "2.1.0 - SIM ProdSlices"),
        ] {
            answer::add_header(&mut response, name, value);
        }
        response
    }
}

pub(crate) fn body(world: &World, seen: &Seen, trace: &Trace, refusal: &Refusal) -> Value {
    let mut body = json!({
        "error": refusal.error,
        "error_description": trace.describe(refusal.code, &refusal.text),
        "error_codes": [refusal.code],
        "timestamp": stamp(world.clock.now()),
        "trace_id": trace.id,
        "correlation_id": trace.correlation,
        "error_uri": format!("{}/error?code={}", seen.base(), refusal.code),
    });
    if let Some(suberror) = &refusal.suberror {
        body["suberror"] = suberror.as_str().into();
    }
    if let Some(claims) = &refusal.claims {
        body["claims"] = claims.as_str().into();
    }
    body
}

/// A refusal or a success as HTTP.
pub(crate) fn respond(world: &World, seen: &Seen, outcome: Result<Value, Refusal>) -> Response {
    let trace = Trace::new(world, seen);
    let response = match outcome {
        Ok(value) => answer::json(200, &value),
        Err(refusal) => answer::json(refusal.status, &body(world, seen, &trace, &refusal)),
    };
    trace.stamp(response)
}
