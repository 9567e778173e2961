//! Replies in the few shapes that the rooms give.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;

pub(crate) fn json(status: u16, value: &Value) -> Response {
    with_type(status, "application/json; charset=utf-8", value.to_string())
}

pub(crate) fn html(status: u16, text: impl Into<Body>) -> Response {
    with_type(status, "text/html; charset=utf-8", text)
}

pub(crate) fn plain(status: u16, text: impl Into<Body>) -> Response {
    with_type(status, "text/plain", text)
}

pub(crate) fn empty(status: u16) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

pub(crate) fn with_type(status: u16, kind: &str, body: impl Into<Body>) -> Response {
    let mut response = empty(status);
    *response.body_mut() = body.into();
    header(response, "content-type", kind)
}

/// The response with one more header; what cannot be a header is left out.
pub(crate) fn header(mut response: Response, name: &str, value: &str) -> Response {
    add_header(&mut response, name, value);
    response
}

pub(crate) fn add_header(response: &mut Response, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
        response.headers_mut().append(name, value);
    }
}

pub(crate) fn redirect(status: u16, to: &str) -> Response {
    header(empty(status), "location", to)
}
