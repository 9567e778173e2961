//! A person with a browser, played by the world itself: goes through the sign-in pages and hands the answer to the
//! application's loopback listener.

use crate::ids;
use crate::world::World;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

/// What the person does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// The authorize address that the application opened.
    pub url: String,
    /// Who signs in.
    #[serde(default = "adele")]
    pub login: String,
    /// `accept`, `cancel` (at the first page) or `decline` (at the consent page).
    #[serde(default = "accept")]
    pub action: String,
    /// Hands the answer to the redirect address; else it is only told.
    #[serde(default = "yes")]
    pub deliver: bool,
}

impl Visit {
    /// Adele signs in at this address and agrees to everything.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), login: adele(), action: accept(), deliver: true }
    }
}

fn adele() -> String {
    ids::ADELE.into()
}

fn accept() -> String {
    "accept".into()
}

fn yes() -> bool {
    true
}

type Fields = Vec<(String, String)>;

/// Walks the pages; gives `{method, url, fields, status}` of the hand-over, or `{page}` where the pages end in themselves.
pub(crate) async fn visit(world: &Arc<World>, router: Router, visit: Visit) -> Value {
    let Ok(url) = Url::parse(&visit.url) else { return json!({"error": "url is no address"}) };
    let path = url[url::Position::BeforePath..].to_owned();
    let mut response = send(world, router.clone(), "GET", &path, None).await;
    for _ in 0..6 {
        if let Some(to) = response.headers().get("location").and_then(|l| l.to_str().ok()) {
            return hand_over("GET", to, Vec::new(), visit.deliver).await;
        }
        let page = text(response).await;
        let fields = hidden(&page);
        let more = match () {
            () if page.contains("id=\"continue\"") => {
                return hand_over("POST", &action(&page), fields, visit.deliver).await;
            }
            () if page.contains("id=\"accept\"") => vec![("action", visit.action.as_str())],
            () if page.contains("id=\"login\"") && page.contains("id=\"error\"") => return json!({"page": page}),
            () if page.contains("id=\"login\"") && visit.action == "cancel" => vec![("action", "cancel")],
            () if page.contains("id=\"login\"") => vec![("login", visit.login.as_str()), ("password", ids::PASSWORD)],
            () => return json!({"page": page}),
        };
        let own = fields.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(own.chain(more)).finish();
        response = send(world, router.clone(), "POST", &action(&page), Some(body)).await;
    }
    json!({"error": "the pages never end"})
}

/// A request straight into the sign-in service's rooms, not written into the journal.
async fn send(world: &Arc<World>, router: Router, method: &str, path: &str, body: Option<String>) -> Response {
    let host = world.places.login.trim_start_matches("https://");
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", host)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body.unwrap_or_default()));
    crate::server::inner(router, request.expect("a well-formed request")).await
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let value = rest.split_once('"')?.0;
    Some(value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

fn hidden(page: &str) -> Fields {
    let inputs = page.split("<input type=\"hidden\"").skip(1);
    inputs.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect()
}

fn action(page: &str) -> String {
    attribute(page, "action").unwrap_or_default()
}

/// Does what a browser would do with the answer: loopback only.
async fn hand_over(method: &str, url: &str, fields: Fields, deliver: bool) -> Value {
    let mut told = json!({"method": method, "url": url, "fields": fields.iter().cloned().collect::<std::collections::BTreeMap<_, _>>()});
    if deliver {
        match post(method, url, &fields).await {
            Ok(status) => told["status"] = status.into(),
            Err(error) => told["error"] = error.to_string().into(),
        }
    }
    told
}

async fn post(method: &str, url: &str, fields: &Fields) -> std::io::Result<u16> {
    let url = Url::parse(url).map_err(std::io::Error::other)?;
    let port = url.port().unwrap_or(80);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let head = format!(
        "{method} {} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        &url[url::Position::BeforePath..url::Position::AfterQuery],
        body.len()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all((head + &body).as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let line = String::from_utf8_lossy(&answer);
    Ok(line.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::Visit;
    use crate::testing::Bench;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[tokio::test]
    async fn the_answer_reaches_the_listener() {
        let bench = Bench::new();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let redirect = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
        let got = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut text = String::new();
            while !text.contains("state=s1") {
                let mut buffer = [0; 4096];
                let length = stream.read(&mut buffer).expect("bytes");
                text += &String::from_utf8_lossy(&buffer[..length]);
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").expect("sent");
            text
        });
        let told = bench.sim.browse(&Visit::new(&bench.authorize(&[("redirect_uri", &redirect)])));
        assert_eq!(told["status"], 200, "{told}");
        let text = got.join().expect("the listener ends");
        assert!(text.starts_with("POST / HTTP/1.1") && text.contains("code=1.fakeCode."));
    }
}
