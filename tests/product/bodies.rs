//! Bodies that are read while they are sent: files, and streams of the host.

use crate::world::World;
use connect_entra::*;
use entra_sim::{Fault, ids};
use house::{End, Next, Running};

const PLACE: &str = "/v1.0/me/drive/root:/big.bin:/content";

fn content() -> Vec<u8> {
    (0..1_000_003_u32).map(|n| (n % 251) as u8).collect()
}

fn connected() -> World {
    let mut world = World::new();
    world.with_secret(ids::SECRET).result();
    world
}

/// The place asks for claims, then for patience.
fn in_trouble(world: &World) {
    let challenge = r#"Bearer error="insufficient_claims", claims="e30=""#;
    world.sim.fault(Fault::at("graph").path("/content").status(401).header("WWW-Authenticate", challenge));
    world.sim.fault(Fault::at("graph").path("/content").status(429).header("Retry-After", "0"));
}

fn put(world: &World, more: &[(&str, &str)]) -> Running {
    let kind = "application/octet-stream";
    let mut fields = world.host.fields([("Method", "PUT"), ("Uri", PLACE), ("ContentType", kind)]);
    fields.0.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Running::begin(entra_request_begin, &fields)
}

/// Hands pieces of `bytes` over as they are wanted; tells how often it began anew.
fn serve(world: &World, operation: &Running, bytes: &[u8]) -> (End, usize) {
    let (mut at, mut restarts) = (0, 0);
    loop {
        match operation.next() {
            Next::Event(ENTRA_EVENT_RESULT, fields) => return (End::Result(fields), restarts),
            Next::Event(ENTRA_EVENT_ERROR, fields) => return (End::Error(fields), restarts),
            Next::Event(ENTRA_EVENT_ASK_VARIABLES, asked) => {
                operation.answer(&world.host.variables(operation, &asked));
            }
            Next::Event(ENTRA_EVENT_WANT_BODY, wanted) => {
                if wanted.get("Restart").is_some() {
                    (at, restarts) = (0, restarts + 1);
                }
                let piece = &bytes[at..bytes.len().min(at + 70_000)];
                at += piece.len();
                // SAFETY: the piece lives through the call.
                let status = unsafe { entra_op_write(operation.handle(), piece.as_ptr(), piece.len() as u64) };
                assert_eq!(status, ENTRA_OK);
            }
            Next::Event(..) | Next::Timeout => {}
            Next::Over => return (End::Cancelled, restarts),
        }
    }
}

/// Lengths of the bodies that arrived; the last one's bytes are compared.
fn arrived(world: &World) -> Vec<usize> {
    world.sim.seen("graph", "/content").iter().map(|entry| entry.body_length).collect()
}

fn assert_kept(world: &World, bytes: &[u8]) {
    let last = world.sim.seen("graph", "/content").pop().unwrap();
    assert_eq!((last.status, last.body == String::from_utf8_lossy(bytes)), (201, true));
}

#[test]
fn a_file_is_sent_from_its_start_at_every_try() {
    let world = connected();
    in_trouble(&world);
    let (bytes, file) = (content(), tempfile::NamedTempFile::new().unwrap());
    std::fs::write(file.path(), &bytes).unwrap();
    let operation = put(&world, &[("InputFilePath", &file.path().display().to_string())]);
    let (end, _) = serve(&world, &operation, &[]);
    assert_eq!(end.result().get("StatusCode"), Some("201"));
    assert_eq!(arrived(&world), [bytes.len(); 3]);
    assert_kept(&world, &bytes);
}

#[test]
fn a_stream_that_can_seek_is_sent_from_its_start_at_every_try() {
    let world = connected();
    in_trouble(&world);
    let bytes = content();
    let length = bytes.len().to_string();
    let operation = put(&world, &[("Body", "Stream"), ("BodyLength", &length), ("BodyRewinds", "true")]);
    let (end, restarts) = serve(&world, &operation, &bytes);
    assert_eq!((end.result().get("StatusCode"), restarts), (Some("201"), 2));
    assert_eq!(arrived(&world), [bytes.len(); 3]);
    assert_kept(&world, &bytes);
}

#[test]
fn a_stream_of_unknown_length_is_sent_to_its_end() {
    let world = connected();
    let bytes = content();
    let (end, restarts) = serve(&world, &put(&world, &[("Body", "Stream")]), &bytes);
    assert_eq!((end.result().get("StatusCode"), restarts), (Some("201"), 0));
    assert_kept(&world, &bytes);
    let entry = world.sim.seen("graph", "/content").pop().unwrap();
    assert_eq!((entry.version.as_str(), entry.header("content-length")), ("HTTP/2.0", None));
}

#[test]
fn a_stream_that_cannot_go_back_is_not_sent_again() {
    let world = connected();
    in_trouble(&world);
    let bytes = content();
    let (end, restarts) = serve(&world, &put(&world, &[("Body", "Stream")]), &bytes);
    let error = end.error();
    assert_eq!((error.get("Id"), error.get("StatusCode")), (Some("InvokeGraphHttpResponseException"), Some("401")));
    assert!(error.get("Message").unwrap().contains("cannot go back to its start"), "{error:?}");
    assert!(error.get("Hint").unwrap().contains("-InputFilePath"), "{error:?}");
    assert_eq!((arrived(&world), restarts), (vec![bytes.len()], 0));
}

#[test]
fn a_stream_shorter_than_promised_does_not_arrive() {
    let world = connected();
    let bytes = content();
    let length = (bytes.len() + 1).to_string();
    let (end, _) = serve(&world, &put(&world, &[("Body", "Stream"), ("BodyLength", &length)]), &bytes);
    let message = end.error();
    let message = message.get("Message").unwrap();
    assert!(message.contains("its length has changed meanwhile"), "{message}");
    assert_eq!(arrived(&world), [0; 0]);
}
