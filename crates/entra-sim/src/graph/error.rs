//! Graph's error body.

use crate::answer;
use crate::clock::iso;
use crate::seen::Seen;
use crate::text::guid;
use crate::world::World;
use axum::response::Response;
use serde_json::{Value, json};

/// The ids that every answer of Graph carries.
pub(crate) struct Ids {
    request: String,
    client: String,
}

impl Ids {
    pub(crate) fn new(seen: &Seen) -> Self {
        let request = guid();
        let client = seen.header("client-request-id").map_or_else(|| request.clone(), str::to_owned);
        Self { request, client }
    }

    pub(crate) fn stamp(&self, mut response: Response) -> Response {
        answer::add_header(&mut response, "request-id", &self.request);
        answer::add_header(&mut response, "client-request-id", &self.client);
        let place = r#"{"ServerInfo":{"DataCenter":"Simulated","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"SIM"}}"#;
        answer::add_header(&mut response, "x-ms-ags-diagnostic", place);
        response
    }
}

pub(crate) fn body(world: &World, ids: &Ids, code: &str, message: &str) -> Value {
    json!({"error": {
        "code": code,
        "message": message,
        "innerError": {"date": iso(world.clock.now()).trim_end_matches('Z'), "request-id": ids.request, "client-request-id": ids.client},
    }})
}

pub(crate) fn refuse(world: &World, seen: &Seen, status: u16, code: &str, message: &str) -> Response {
    let ids = Ids::new(seen);
    ids.stamp(answer::json(status, &body(world, &ids, code, message)))
}

pub(crate) fn ok(seen: &Seen, status: u16, value: &Value) -> Response {
    Ids::new(seen).stamp(answer::json(status, value))
}

pub(crate) fn empty(seen: &Seen, status: u16) -> Response {
    stamp(seen, answer::empty(status))
}

/// A response with the ids of every answer.
pub(crate) fn stamp(seen: &Seen, response: Response) -> Response {
    Ids::new(seen).stamp(response)
}
