//! What faults do to answers.

use crate::answer;
use crate::faults::Fault;
use crate::text;
use crate::world::World;
use axum::body::{Body, Bytes, to_bytes};
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use serde_json::Value;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, UNIX_EPOCH};

const PAGE: &str = "<!DOCTYPE html><html><head><title>Proxy</title></head><body><h1>Something is in the way</h1>\
                    <p>This page is not what you asked for.</p></body></html>";

/// The answer that a fault gives instead of the true one.
pub(crate) fn canned(fault: &Fault) -> Response {
    let status = fault.status.unwrap_or(200);
    if let Some(size) = fault.big {
        return answer::plain(status, vec![b'x'; size]);
    }
    if fault.html {
        return answer::html(status, PAGE);
    }
    if fault.garbage {
        return answer::with_type(status, "application/json", vec![0xff, 0x00, 0xfe, b'{', 0x80, 0xc3]);
    }
    if let Some(bytes) = fault.body_base64.as_deref().and_then(text::from_base64) {
        return answer::with_type(status, "application/octet-stream", bytes);
    }
    let body = fault.body.clone().unwrap_or_default();
    let kind = if body.trim_start().starts_with(['{', '[']) { "application/json" } else { "text/plain" };
    if body.is_empty() { answer::empty(status) } else { answer::with_type(status, kind, body) }
}

/// Changes a true or canned answer as the fault says.
pub(crate) async fn alter(world: &World, fault: &Fault, response: Response) -> Response {
    let mut response =
        if fault.set.is_empty() && fault.without.is_empty() { response } else { edit(fault, response).await };
    for (name, value) in &fault.headers {
        response.headers_mut().remove(name.as_str());
        answer::add_header(&mut response, name, &moment(world, value));
    }
    match fault.cut {
        Some(length) => cut(length, response).await,
        None => response,
    }
}

/// `date+N` as the HTTP date N seconds from now (for Retry-After); any other value as it is.
fn moment(world: &World, value: &str) -> String {
    let seconds = value.strip_prefix("date+").and_then(|n| n.parse::<u64>().ok());
    let now = u64::try_from(world.clock.now()).unwrap_or(0);
    let date = |n: u64| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(now + n));
    seconds.map_or_else(|| value.to_owned(), date)
}

async fn edit(fault: &Fault, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(Value::Object(mut object)) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    object.extend(fault.set.clone());
    object.retain(|name, _| !fault.without.contains(name));
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(Value::Object(object).to_string()))
}

async fn cut(length: usize, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let announced = bytes.len() as u64;
    let piece = Some(bytes.slice(..length.min(bytes.len())));
    Response::from_parts(parts, Body::new(Cut { piece, announced, pause: None }))
}

/// A body that announces more than it sends.
struct Cut {
    piece: Option<Bytes>,
    announced: u64,
    pause: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl HttpBody for Cut {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(piece) = self.piece.take() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        // A moment, so that what was sent is on the wire before the connection dies.
        let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_millis(30))));
        match pause.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(std::io::Error::other("cut by a fault")))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
