//! A forward proxy (CONNECT), journalled. Microsoft's host names lead to this world, loopback to itself, all else
//! nowhere.

use crate::ca::NAMES;
use crate::seen::{Seen, Service};
use crate::text::base64;
use crate::world::{World, lock};
use axum::body::Bytes;
use axum::http::{Method, Request};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// How the proxy treats who comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProxyRule {
    /// Lets everybody through.
    #[default]
    Open,
    /// Answers 403 to everybody.
    Refuse,
    /// Wants Basic authentication, else 407.
    Basic {
        /// User name.
        user: String,
        /// Password.
        password: String,
    },
    /// Accepts the connection and never answers.
    Stall,
}

pub(crate) async fn serve(world: Arc<World>, listener: TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        tokio::spawn(connection(Arc::clone(&world), stream));
    }
}

async fn connection(world: Arc<World>, mut stream: TcpStream) {
    let Some(request) = read_head(&mut stream).await else { return };
    let (parts, ()) = request.into_parts();
    let mut seen = Seen::new(Service::Proxy, false, 0, &parts, Bytes::new());
    if parts.method == Method::CONNECT {
        seen.path = parts.uri.to_string();
    }
    let number = world.journal.add(&seen);
    let rule = lock(&world.proxy).clone();
    let refusal = match &rule {
        ProxyRule::Open => None,
        ProxyRule::Stall => return std::future::pending().await,
        ProxyRule::Refuse => Some("403 Forbidden"),
        ProxyRule::Basic { user, password } => {
            let wanted = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
            (seen.header("proxy-authorization") != Some(&wanted)).then_some("407 Proxy Authentication Required")
        }
    };
    let target = if parts.method == Method::CONNECT { target(&world, &seen.path) } else { None };
    let outcome = match (refusal, target) {
        (Some(line), _) => Err(line),
        (None, None) => Err("502 Bad Gateway"),
        (None, Some(address)) => TcpStream::connect(address).await.map_err(|_| "502 Bad Gateway"),
    };
    match outcome {
        Ok(mut upstream) => {
            world.journal.answered(number, 200, false);
            if stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_ok() {
                let _ = copy_bidirectional(&mut stream, &mut upstream).await;
            }
        }
        Err(line) => {
            world.journal.answered(number, line[..3].parse().unwrap_or(0), false);
            let _ = stream.write_all(refuse(line).as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    }
}

fn refuse(line: &str) -> String {
    let body = "The proxy of the simulated world says no.";
    let ask = if line.starts_with("407") { "Proxy-Authenticate: Basic realm=\"simulated\"\r\n" } else { "" };
    format!(
        "HTTP/1.1 {line}\r\n{ask}Content-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The loopback address behind a `host:port`.
fn target(world: &World, authority: &str) -> Option<String> {
    let (host, port) = authority.rsplit_once(':')?;
    let after_scheme = |url: &str| url.rsplit_once(':').map(|(_, port)| format!("127.0.0.1:{port}"));
    if matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return Some(format!("127.0.0.1:{port}"));
    }
    if !NAMES.contains(&host) {
        return None;
    }
    after_scheme(if host.starts_with("login.") { &world.places.login } else { &world.places.graph })
}

/// Reads up to the blank line; a request target in absolute or authority form stays as it is.
async fn read_head(stream: &mut TcpStream) -> Option<Request<()>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 65_536 {
            return None;
        }
        head.push(stream.read_u8().await.ok()?);
    }
    let text = String::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let mut builder = Request::builder().method(first.next()?).uri(first.next()?);
    for (name, value) in lines.filter_map(|l| l.split_once(": ")) {
        builder = builder.header(name, value);
    }
    builder.body(()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    async fn status(bench: &Bench, proxy: &str, url: &str) -> reqwest::Result<u16> {
        let ca = reqwest::Certificate::from_pem(&std::fs::read(bench.sim.ca()).expect("a CA file")).expect("a CA");
        let proxy = reqwest::Proxy::all(proxy).expect("an address");
        let http = reqwest::Client::builder().proxy(proxy).tls_certs_only([ca]).build()?;
        Ok(http.get(url).send().await?.status().as_u16())
    }

    #[tokio::test]
    async fn microsofts_names_lead_here() {
        let bench = Bench::new();
        let url = "https://login.microsoftonline.com/common/discovery/v2.0/keys";
        assert_eq!(status(&bench, bench.sim.proxy(), url).await.expect("an answer"), 200);
        let entries = bench.sim.journal();
        assert_eq!((entries[0].service, entries[0].path.as_str()), ("proxy", "login.microsoftonline.com:443"));
        assert!(status(&bench, bench.sim.proxy(), "https://elsewhere.example/").await.is_err());
    }

    #[tokio::test]
    async fn it_can_refuse_or_ask() {
        let bench = Bench::new();
        let url = format!("{}/common/discovery/v2.0/keys", bench.sim.login());
        bench.sim.set_proxy(ProxyRule::Refuse);
        assert!(status(&bench, bench.sim.proxy(), &url).await.is_err());
        bench.control("/proxy", serde_json::json!({"basic": {"user": "u", "password": "p"}})).await;
        assert!(status(&bench, bench.sim.proxy(), &url).await.is_err());
        let named = bench.sim.proxy().replace("http://", "http://u:p@");
        assert_eq!(status(&bench, &named, &url).await.expect("an answer"), 200);
        let answered: Vec<u16> = bench.sim.seen("proxy", "").iter().map(|e| e.status).collect();
        assert_eq!(answered, [403, 407, 200]);
    }
}
