//! Files: large uploads in pieces, downloads by redirect to another host, ranges.

use super::bearer::{Anyone, Caller};
use super::data::Upload;
use super::error::{empty, ok, refuse};
use crate::answer;
use crate::clock::iso;
use crate::seen::Seen;
use crate::text::{guid, hex, sha256};
use crate::world::World;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use std::sync::Arc;

/// Pieces but the last are multiples of this many bytes.
const GRAIN: u64 = 320 * 1024;
const LARGEST: u64 = 60 * 1024 * 1024;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/me/drive/{*rest}", get(drive).post(drive).put(drive))
        .route("/drive/{*rest}", get(drive).post(drive).put(drive))
        .route("/users/{user}/drive/{*rest}", get(user_drive).post(user_drive).put(user_drive))
}

/// Addresses that carry their own permission: a bearer there is a mistake.
pub(super) fn open_routes() -> Router<Arc<World>> {
    Router::new().route("/upload/{id}", get(status).put(piece).delete(cancel)).route("/download/{name}", get(download))
}

/// The same listener under its other name, so that it is another host for clients.
pub(super) fn other_host(world: &World) -> String {
    world.places.graph.replace("localhost", "127.0.0.1")
}

async fn user_drive(caller: Caller, Path((_, rest)): Path<(String, String)>) -> Response {
    item(&caller, &rest)
}

async fn drive(caller: Caller, Path(rest): Path<String>) -> Response {
    item(&caller, &rest)
}

/// `root:/NAME:/createUploadSession`, `root:/NAME:/content`, `root:/NAME`.
fn item(caller: &Caller, rest: &str) -> Response {
    let name = rest.trim_start_matches("root:/").trim_start_matches("items/");
    let (name, action) = name.split_once(":/").unwrap_or((name, ""));
    match (caller.seen.method.as_str(), action) {
        ("POST", "createUploadSession") => session(caller, name),
        ("GET", "content") => {
            answer::redirect(302, &format!("{}/download/{}", other_host(&caller.world), encoded(name)))
        }
        ("PUT", "content") => {
            caller.world.store().files.insert(name.into(), caller.seen.body.to_vec());
            ok(&caller.seen, 201, &described(name, &caller.seen.body))
        }
        ("GET", "") if content(&caller.world, name).is_some() => {
            let bytes = content(&caller.world, name).unwrap_or_default();
            ok(&caller.seen, 200, &described(name, &bytes))
        }
        _ => refuse(&caller.world, &caller.seen, 404, "itemNotFound", "The resource could not be found."),
    }
}

fn encoded(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn described(name: &str, bytes: &[u8]) -> Value {
    json!({"id": format!("01{}", hex(&sha256(name.as_bytes())[..8])), "name": name, "size": bytes.len(), "file": {"hashes": {"sha256Hash": hex(&sha256(bytes))}}})
}

fn session(caller: &Caller, name: &str) -> Response {
    let id = guid();
    caller.world.store().uploads.insert(id.clone(), Upload { name: name.into(), data: Vec::new(), total: None });
    ok(
        &caller.seen,
        200,
        &json!({
            "@odata.context": format!("{}/v1.0/$metadata#microsoft.graph.uploadSession", caller.seen.base()),
            "uploadUrl": format!("{}/upload/{id}", other_host(&caller.world)),
            "expirationDateTime": iso(caller.world.clock.now() + 86_400), "nextExpectedRanges": ["0-"],
        }),
    )
}

fn with_bearer(anyone: &Anyone) -> Option<Response> {
    anyone.seen.header("authorization")?;
    Some(refuse(
        &anyone.world,
        &anyone.seen,
        401,
        "unauthenticated",
        "A bearer token was sent to an address that carries its own permission.",
    ))
}

/// `bytes FIRST-LAST/TOTAL`.
fn content_range(seen: &Seen) -> Option<(u64, u64, u64)> {
    let (range, total) = seen.header("content-range")?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?, total.parse().ok()?))
}

async fn piece(anyone: Anyone, Path(id): Path<String>) -> Response {
    if let Some(refusal) = with_bearer(&anyone) {
        return refusal;
    }
    let (world, seen) = (&anyone.world, &anyone.seen);
    let wrong = |status, code: &str, text: &str| refuse(world, seen, status, code, text);
    let Some((first, last, total)) = content_range(seen) else {
        return wrong(400, "invalidRequest", "The Content-Range header is missing or malformed.");
    };
    let length = seen.body.len() as u64;
    let mut store = world.store();
    let Some(upload) = store.uploads.get_mut(&id) else {
        return wrong(404, "itemNotFound", "The upload session was not found.");
    };
    if last < first || last - first + 1 != length || last >= total || upload.total.is_some_and(|t| t != total) {
        return wrong(
            400,
            "invalidRequest",
            "The Content-Range header length does not match the provided number of bytes.",
        );
    }
    if first != upload.data.len() as u64 {
        return wrong(416, "invalidRange", "The uploaded fragment has already been received or is not the next one.");
    }
    if length > LARGEST || (last + 1 != total && !length.is_multiple_of(GRAIN)) {
        return wrong(400, "invalidRequest", "Pieces are multiples of 320 KiB, but for the last, and at most 60 MiB.");
    }
    upload.total = Some(total);
    upload.data.extend_from_slice(&seen.body);
    if last + 1 < total {
        return ok(seen, 202, &progress(world, upload));
    }
    let (name, data) = (upload.name.clone(), std::mem::take(&mut upload.data));
    let body = described(&name, &data);
    store.uploads.remove(&id);
    store.files.insert(name, data);
    ok(seen, 201, &body)
}

fn progress(world: &World, upload: &Upload) -> Value {
    json!({"expirationDateTime": iso(world.clock.now() + 86_400), "nextExpectedRanges": [format!("{}-", upload.data.len())]})
}

async fn status(anyone: Anyone, Path(id): Path<String>) -> Response {
    if let Some(refusal) = with_bearer(&anyone) {
        return refusal;
    }
    match anyone.world.store().uploads.get(&id) {
        Some(upload) => ok(&anyone.seen, 200, &progress(&anyone.world, upload)),
        None => refuse(&anyone.world, &anyone.seen, 404, "itemNotFound", "The upload session was not found."),
    }
}

async fn cancel(anyone: Anyone, Path(id): Path<String>) -> Response {
    match anyone.world.store().uploads.remove(&id) {
        Some(_) => empty(&anyone.seen, 204),
        None => refuse(&anyone.world, &anyone.seen, 404, "itemNotFound", "The upload session was not found."),
    }
}

/// An uploaded file, or `N.bin`: N bytes of a pattern.
fn content(world: &World, name: &str) -> Option<Vec<u8>> {
    let made = || {
        let size: usize = name.strip_suffix(".bin")?.parse().ok()?;
        (size <= 256 << 20).then(|| (0..size).map(|i| (i * 31 + i / 251) as u8).collect())
    };
    world.store().files.get(name).cloned().or_else(made)
}

async fn download(anyone: Anyone, Path(name): Path<String>) -> Response {
    if let Some(refusal) = with_bearer(&anyone) {
        return refusal;
    }
    match content(&anyone.world, &name) {
        Some(bytes) => ranged(&anyone.seen, &name, bytes),
        None => refuse(&anyone.world, &anyone.seen, 404, "itemNotFound", "The resource could not be found."),
    }
}

/// RFC 9110 14: one range of bytes, with `If-Range` by the entity tag.
fn ranged(seen: &Seen, name: &str, bytes: Vec<u8>) -> Response {
    let tag = format!("\"{}\"", hex(&sha256(&bytes)[..8]));
    let valid = seen.header("if-range").is_none_or(|t| t == tag);
    let range = seen.header("range").filter(|_| valid).and_then(|r| range(r, bytes.len()));
    let total = bytes.len();
    let response = match range {
        None => answer::with_type(200, "application/octet-stream", bytes),
        Some(None) => answer::header(answer::empty(416), "content-range", &format!("bytes */{total}")),
        Some(Some((first, last))) => {
            let part = answer::with_type(206, "application/octet-stream", bytes[first..=last].to_vec());
            answer::header(part, "content-range", &format!("bytes {first}-{last}/{total}"))
        }
    };
    let response = answer::header(answer::header(response, "etag", &tag), "accept-ranges", "bytes");
    answer::header(response, "content-disposition", &format!("attachment; filename*=UTF-8''{}", encoded(name)))
}

/// `None` = no range that is understood, `Some(None)` = outside of the file.
fn range(header: &str, total: usize) -> Option<Option<(usize, usize)>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let first: usize = first.parse().ok()?;
    let last = if last.is_empty() { total.saturating_sub(1) } else { last.parse().ok()? };
    Some((first < total && first <= last).then(|| (first, last.min(total - 1))))
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::Value;

    async fn put(bench: &Bench, url: &str, first: usize, data: &[u8], total: usize) -> u16 {
        let range = format!("bytes {first}-{}/{total}", first + data.len() - 1);
        let response =
            bench.http.put(url).header("Content-Range", range).body(data.to_vec()).send().await.expect("an answer");
        response.status().as_u16()
    }

    #[tokio::test]
    async fn pieces_in_order_and_of_the_right_size() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        let url = format!("{}/v1.0/me/drive/root:/ü.bin:/createUploadSession", bench.sim.graph());
        let session: Value =
            bench.http.post(url).bearer_auth(&token).send().await.expect("an answer").json().await.expect("JSON");
        let url = session["uploadUrl"].as_str().expect("an address");
        let data: Vec<u8> = (0..700_000).map(|i| i as u8).collect();
        assert_eq!(put(&bench, url, 0, &data[..1000], data.len()).await, 400);
        assert_eq!(put(&bench, url, 0, &data[..327_680], data.len()).await, 202);
        assert_eq!(put(&bench, url, 0, &data[..327_680], data.len()).await, 416);
        let state: Value = bench.http.get(url).send().await.expect("an answer").json().await.expect("JSON");
        assert_eq!(state["nextExpectedRanges"][0], "327680-");
        assert_eq!(bench.http.get(url).bearer_auth(&token).send().await.expect("an answer").status(), 401);
        assert_eq!(put(&bench, url, 327_680, &data[327_680..655_360], data.len()).await, 202);
        assert_eq!(put(&bench, url, 655_360, &data[655_360..], data.len()).await, 201);
        let content = format!("{}/v1.0/me/drive/root:/ü.bin:/content", bench.sim.graph());
        let redirect = bench.http.get(content).bearer_auth(&token).send().await.expect("an answer");
        let location = redirect.headers()["location"].to_str().expect("text");
        assert!(location.starts_with("https://127.0.0.1:"));
        let bytes = bench.http.get(location).send().await.expect("an answer").bytes().await.expect("bytes");
        assert_eq!(bytes, data);
    }

    #[tokio::test]
    async fn ranges() {
        let bench = Bench::new();
        let url = format!("{}/download/1000.bin", bench.sim.graph());
        let get = |range: &str| bench.http.get(&url).header("Range", range).send();
        let part = get("bytes=990-").await.expect("an answer");
        assert_eq!(
            (part.status().as_u16(), &part.headers()["content-range"]),
            (206, &"bytes 990-999/1000".parse().expect("a value"))
        );
        assert_eq!(part.bytes().await.expect("bytes").len(), 10);
        assert_eq!(get("bytes=1000-").await.expect("an answer").status(), 416);
        let other = bench
            .http
            .get(&url)
            .header("Range", "bytes=0-1")
            .header("If-Range", "\"other\"")
            .send()
            .await
            .expect("an answer");
        assert_eq!(other.status(), 200);
    }
}
