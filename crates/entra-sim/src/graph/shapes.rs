//! Answers in every shape that breaks clients: other types, no body, redirects, links that lead away.

use super::bearer::{Anyone, Caller};
use super::data::{USER_DEFAULTS, generated_user, project};
use super::error::{ok, refuse, stamp};
use super::files::other_host;
use crate::answer::{self, html, plain, redirect, with_type};
use crate::world::World;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{any, get};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/shape/{kind}", any(shape))
        .route("/status/{code}", any(status))
        .route("/redirect/{kind}/{status}", any(to))
        .route("/links/{kind}", get(links))
        .route("/big", get(big))
        .route("/forbidden", any(forbidden))
}

/// Places that want no token and tell whether one came.
pub(super) fn open_routes() -> Router<Arc<World>> {
    Router::new().route("/open/{*rest}", any(open))
}

async fn open(anyone: Anyone) -> Response {
    let bearer = anyone.seen.header("authorization").is_some();
    ok(&anyone.seen, 200, &json!({"authorization": bearer, "method": anyone.seen.method, "value": [{"id": "foreign"}]}))
}

const NUMBERS: &str = r#"{"int":1,"long":9223372036854775807,"bigger":9223372036854775808,"huge":123456789012345678901234567890,"real":1.5,"exponent":1e3,"negative":-0,"tiny":1e-7}"#;
const DATES: &str = r#"{"utc":"2026-11-25T17:13:38Z","offset":"2026-11-25T17:13:38+01:00","bare":"2026-11-25T17:13:38","fraction":"2026-11-25T17:13:38.1234567Z","day":"2026-11-25","old":"/Date(1795626818000)/","text":"25.11.2026"}"#;
const TEXTS: &str = "{\"umlaut\":\"äöüß\",\"cjk\":\"陳大文\",\"emoji\":\"👩‍👩‍👧\",\"quote\":\"\\\"'`\",\"escape\":\"\\u0000\\t\\\\\",\"lone\":\"\\ud800\",\"bidi\":\"\u{202e}abc\"}";

async fn shape(caller: Caller, Path(kind): Path<String>) -> Response {
    let json_text = |text: &str| with_type(200, "application/json; charset=utf-8", text.to_owned());
    let response = match kind.as_str() {
        "empty200" => answer::empty(200),
        "empty202" => answer::empty(202),
        "empty204" => answer::empty(204),
        "text" => plain(200, "plain text – äöü"),
        "html" => html(200, "<!DOCTYPE html><title>x</title><p>ä"),
        "binary" => with_type(200, "application/octet-stream", (0..=255).collect::<Vec<u8>>()),
        "xml" => with_type(200, "application/xml", "<?xml version=\"1.0\"?><a>ä</a>"),
        "scim" => with_type(200, "application/scim+json", r#"{"id":"x"}"#),
        "latin1" => with_type(200, "text/plain; charset=iso-8859-1", b"\xe4\xf6\xfc".to_vec()),
        "bom" => json_text("\u{feff}{\"a\":1}"),
        "null" => json_text("null"),
        "number" => json_text("42"),
        "string" => json_text("\"ä\""),
        "array" => json_text("[1,\"a\",null,{\"b\":[]}]"),
        "numbers" => json_text(NUMBERS),
        "dates" => json_text(DATES),
        "texts" => json_text(TEXTS),
        "cases" => json_text(r#"{"a":1,"A":2}"#),
        "twice" => json_text(r#"{"a":1,"a":2}"#),
        "emptykey" => json_text(r#"{"":1}"#),
        "deep" => json_text(&format!("{}1{}", "[".repeat(200), "]".repeat(200))),
        "broken" => json_text(r#"{"a":"#),
        "notype" => answer::empty(200),
        "gzip" => {
            answer::header(with_type(200, "application/json", gzip(br#"{"zipped":true}"#)), "content-encoding", "gzip")
        }
        "named" => answer::header(
            with_type(200, "application/octet-stream", "content"),
            "content-disposition",
            "attachment; filename=\"report ä.csv\"; filename*=UTF-8''report%20%C3%A4.csv",
        ),
        _ => return refuse(&caller.world, &caller.seen, 404, "Request_ResourceNotFound", "There is no such shape."),
    };
    stamp(&caller.seen, response)
}

/// RFC 1952 with one stored block: no compressor is needed to test a reader.
fn gzip(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("a short text");
    let crc = !data.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 })
    });
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(data);
    out.extend(crc.to_le_bytes());
    out.extend(u32::from(length).to_le_bytes());
    out
}

/// Graph's error with this status; `?retry_after=` sets that header, `?code=` the error's code.
async fn status(caller: Caller, Path(code): Path<u16>) -> Response {
    let name = caller.seen.param("code").unwrap_or(match code {
        429 => "TooManyRequests",
        503 => "serviceNotAvailable",
        404 => "Request_ResourceNotFound",
        403 => "Authorization_RequestDenied",
        _ => "generalException",
    });
    let response = refuse(&caller.world, &caller.seen, code, name, "This is what was asked for.");
    match caller.seen.param("retry_after") {
        Some(value) => answer::header(response, "retry-after", value),
        None => response,
    }
}

async fn forbidden(caller: Caller) -> Response {
    refuse(
        &caller.world,
        &caller.seen,
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

async fn to(caller: Caller, Path((kind, status)): Path<(String, u16)>) -> Response {
    let (seen, world) = (&caller.seen, &caller.world);
    let target = match kind.as_str() {
        "same" => format!("{}/v1.0/echo", seen.base()),
        "relative" => "/v1.0/echo".into(),
        "other" => format!("{}/open/echo", other_host(world)),
        "port" => format!("{}/open/echo", world.places.login),
        "plain" => format!("{}/open/echo", world.places.identity),
        _ => format!("{}{}", seen.base(), seen.path),
    };
    stamp(seen, redirect(status, &target))
}

/// Pages whose link leads somewhere else.
async fn links(caller: Caller, Path(kind): Path<String>) -> Response {
    let (seen, world) = (&caller.seen, &caller.world);
    let foreign = other_host(world);
    let (other, base) = (foreign.trim_start_matches("https://"), seen.base());
    let next = match kind.as_str() {
        "foreign" => format!("{foreign}/open/page"),
        "slashes" => format!("{base}//{other}/open/page"),
        "userinfo" => format!("{base}@{other}/open/page"),
        "backslash" => format!("{base}\\@{other}/open/page"),
        "port" => format!("{}/open/page", world.places.login),
        "plain" => format!("{}/open/page", base.replace("https://", "http://")),
        "relative" => "/v1.0/users?$top=1".into(),
        "version" => format!("{base}//v1.0/echo"),
        "self" => format!("{base}{}", seen.path),
        "null" => String::new(),
        _ => format!("{base}/v1.0/users?$top=1"),
    };
    let mut body =
        json!({"value": if kind == "empty" { json!([]) } else { json!([{"id": "1"}]) }, "@odata.nextLink": next});
    if kind == "null" {
        body["@odata.nextLink"] = Value::Null;
    }
    ok(seen, 200, &body)
}

/// One page of 10,000 users; `?all` with every property. Made once, so that clients are measured and not this.
async fn big(caller: Caller) -> Response {
    let all = caller.seen.param("all").is_some();
    let page = &caller.world.big[usize::from(all)];
    let text = page.get_or_init(|| {
        let shown = |i: usize| if all { generated_user(i) } else { project(&generated_user(i), &USER_DEFAULTS) };
        let value: Vec<Value> = (1..=10_000).map(shown).collect();
        let context = format!("{}/v1.0/$metadata#users", caller.seen.base());
        json!({"@odata.context": context, "value": value}).to_string().into()
    });
    stamp(&caller.seen, with_type(200, "application/json; charset=utf-8", text.clone()))
}

/// What is not there.
pub(super) async fn nothing(caller: Caller) -> Response {
    let path = &caller.seen.path;
    let segment = path
        .trim_start_matches("/v1.0")
        .trim_start_matches("/beta")
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    let text = if path.starts_with("/v1.0") || path.starts_with("/beta") {
        format!("Resource not found for the segment '{segment}'.")
    } else {
        format!("Invalid version: {segment}")
    };
    refuse(&caller.world, &caller.seen, 400, "BadRequest", &text)
}

/// What is there, but not by this method.
pub(super) async fn wrong_method(caller: Caller) -> Response {
    refuse(
        &caller.world,
        &caller.seen,
        405,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target.",
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::Value;

    #[tokio::test]
    async fn shapes() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        let get =
            |kind: &str| bench.http.get(format!("{}/v1.0/shape/{kind}", bench.sim.graph())).bearer_auth(&token).send();
        for (kind, status, length) in [
            ("empty200", 200, 0),
            ("empty202", 202, 0),
            ("empty204", 204, 0),
            ("binary", 200, 256),
            ("latin1", 200, 3),
            ("unknown", 404, 0),
        ] {
            let response = get(kind).await.expect("an answer");
            assert_eq!(response.status().as_u16(), status, "{kind}");
            if status != 404 {
                assert_eq!(response.bytes().await.expect("bytes").len(), length, "{kind}");
            }
        }
        assert_eq!(super::gzip(b"").len(), 23);
        let response = bench.graph(&token, "/v1.0/status/503?retry_after=1.5").await;
        assert_eq!((response.0, &response.1["error"]["code"]), (503, &"serviceNotAvailable".into()));
    }

    #[tokio::test]
    async fn links_and_redirects_lead_away() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        let other = bench.sim.graph().replace("localhost", "127.0.0.1");
        let (_, body) = bench.graph(&token, "/v1.0/links/slashes").await;
        assert_eq!(body["@odata.nextLink"], format!("{}//{}/open/page", bench.sim.graph(), &other["https://".len()..]));
        let url = format!("{}/v1.0/redirect/other/307", bench.sim.graph());
        let response = bench.http.get(url).bearer_auth(&token).send().await.expect("an answer");
        assert_eq!(
            (response.status().as_u16(), response.headers()["location"].to_str().expect("text")),
            (307, format!("{other}/open/echo").as_str())
        );
        let open: Value =
            bench.http.get(format!("{other}/open/echo")).send().await.expect("an answer").json().await.expect("JSON");
        assert_eq!(open["authorization"], false);
    }

    #[tokio::test]
    async fn a_page_of_ten_thousand() {
        let bench = Bench::new();
        let token = bench.app_token().await;
        let (_, body) = bench.graph(&token, "/v1.0/big").await;
        assert_eq!(body["value"].as_array().map(Vec::len), Some(10_000));
    }
}
