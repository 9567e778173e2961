//! Listeners: accept, TLS, journal, faults, then the room that answers.

use crate::answer;
use crate::faults::Fault;
use crate::seen::{Seen, Service};
use crate::trouble::{alter, canned};
use crate::world::World;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

/// One listener and what it serves.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) world: Arc<World>,
    pub(crate) service: Service,
    pub(crate) router: Router,
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

/// Serves until the runtime ends.
pub(crate) async fn serve(door: Door, listener: TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        tokio::spawn(connection(door.clone(), stream));
    }
}

/// One TCP connection; its end can be ordered by a fault.
async fn connection(door: Door, stream: TcpStream) {
    let cord = Arc::new(Cord { number: CONNECTIONS.fetch_add(1, Ordering::Relaxed), ..Cord::default() });
    let wire = Wire { stream, cord: Arc::clone(&cord) };
    let served = async {
        match door.tls.clone() {
            Some(config) => {
                if let Ok(stream) = TlsAcceptor::from(config).accept(wire).await {
                    let _ = cord.sni.set(stream.get_ref().1.server_name().unwrap_or_default().to_owned());
                    speak(door, Arc::clone(&cord), stream).await;
                }
            }
            None => speak(door, Arc::clone(&cord), wire).await,
        }
    };
    tokio::select! {
        () = served => {}
        () = cord.pull.notified() => {}
    }
}

async fn speak<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(door: Door, cord: Arc<Cord>, stream: S) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (door, cord) = (door.clone(), Arc::clone(&cord));
        async move { Ok::<_, Infallible>(one(door, &cord, request).await) }
    });
    let _ = Builder::new(TokioExecutor::new()).serve_connection_with_upgrades(TokioIo::new(stream), service).await;
}

/// One request: written down, disturbed if a fault is due, answered by its room.
async fn one(door: Door, cord: &Cord, request: Request<Incoming>) -> Response {
    let (parts, body) = request.into_parts();
    // Broken off by the client: there is nobody to answer, and nothing that was asked.
    let Ok(body) = to_bytes(Body::new(body), usize::MAX).await else { return answer::empty(400) };
    let mut seen = Seen::new(door.service, door.tls.is_some(), cord.number, &parts, body.clone());
    seen.sni = cord.sni.get().cloned().unwrap_or_default();
    if door.service == Service::Control {
        return route(door, Request::from_parts(parts, Body::from(body)), seen).await;
    }
    let number = door.world.journal.add(&seen);
    let fault = door.world.faults.take(&seen);
    let Some(fault) = fault else {
        let world = Arc::clone(&door.world);
        let response = route(door, Request::from_parts(parts, Body::from(body)), seen).await;
        world.journal.answered(number, response.status().as_u16(), false);
        return response;
    };
    door.world.journal.answered(number, 0, true);
    interrupt(&fault, cord).await;
    seen.token_lifetime = fault.token_lifetime;
    let world = Arc::clone(&door.world);
    let response = if fault.canned() {
        canned(&fault)
    } else {
        route(door, Request::from_parts(parts, Body::from(body)), seen).await
    };
    let response = alter(&world, &fault, response).await;
    world.journal.answered(number, response.status().as_u16(), true);
    response
}

async fn route(door: Door, request: Request<Body>, seen: Seen) -> Response {
    call(door.router, request, seen).await
}

pub(crate) async fn call(mut router: Router, mut request: Request<Body>, seen: Seen) -> Response {
    request.extensions_mut().insert(Arc::new(seen));
    router.call(request).await.unwrap_or_else(|never| match never {})
}

/// A request from within the world, to the sign-in service's rooms.
pub(crate) async fn inner(router: Router, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let seen = Seen::new(Service::Login, true, 0, &parts, body.clone());
    call(router, Request::from_parts(parts, Body::from(body)), seen).await
}

async fn interrupt(fault: &Fault, cord: &Cord) {
    if fault.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    }
    if fault.reset {
        cord.reset.store(true, Ordering::Relaxed);
        cord.pull.notify_one();
    }
    if fault.reset || fault.stall {
        std::future::pending::<()>().await;
    }
}

/// What ends a connection before its time.
#[derive(Default)]
struct Cord {
    number: u64,
    sni: OnceLock<String>,
    reset: AtomicBool,
    pull: Notify,
}

/// The TCP stream; dropped with a reset when a fault asked for one.
struct Wire {
    stream: TcpStream,
    cord: Arc<Cord>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.cord.reset.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use crate::faults::Fault;
    use crate::ids;
    use crate::testing::Bench;
    use serde_json::json;
    use std::time::Duration;

    async fn send(bench: &Bench) -> reqwest::Result<String> {
        let scope = bench.scope();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", ids::APP),
            ("client_secret", ids::SECRET),
            ("scope", &scope),
        ];
        let request = bench.http.post(bench.endpoint(ids::TENANT)).form(&form).timeout(Duration::from_millis(700));
        request.send().await?.text().await
    }

    #[tokio::test]
    async fn status_headers_and_body_are_played_so_often() {
        let bench = Bench::new();
        bench.sim.fault(Fault::at("login").path("/token").status(429).header("Retry-After", "7").body("slow").times(2));
        for _ in 0..2 {
            let response = bench.http.post(bench.endpoint("common")).send().await.expect("an answer");
            assert_eq!(
                (response.status().as_u16(), &response.headers()["retry-after"]),
                (429, &"7".parse().expect("a value"))
            );
        }
        assert!(send(&bench).await.expect("an answer").contains("access_token"));
        assert_eq!(bench.sim.journal().iter().map(|e| e.status).collect::<Vec<_>>(), [429, 429, 200]);
    }

    #[tokio::test]
    async fn connections_are_reset_cut_and_stalled() {
        let bench = Bench::new();
        bench.sim.fault(Fault { reset: true, ..Fault::default() });
        assert!(send(&bench).await.is_err());
        bench.sim.fault(Fault { cut: Some(20), ..Fault::default() });
        assert!(send(&bench).await.is_err());
        bench.sim.fault(Fault { stall: true, ..Fault::default() });
        assert!(send(&bench).await.expect_err("nothing comes").is_timeout());
        assert!(send(&bench).await.is_ok());
    }

    #[tokio::test]
    async fn answers_are_edited() {
        let bench = Bench::new();
        let fault =
            json!({"path": "/token", "set": {"expires_in": "60"}, "without": ["access_token"], "token_lifetime": 60});
        bench.control("/fault", fault).await;
        let text = send(&bench).await.expect("an answer");
        assert!(text.contains(r#""expires_in":"60""#) && !text.contains("access_token"), "{text}");
    }

    #[tokio::test]
    async fn canned_bodies() {
        let bench = Bench::new();
        bench.control("/fault", json!([{"html": true}, {"garbage": true}, {"big": 10_000_000}])).await;
        assert!(send(&bench).await.expect("an answer").starts_with("<!DOCTYPE html>"));
        assert!(!send(&bench).await.expect("an answer").contains("access_token"));
        assert_eq!(send(&bench).await.expect("an answer").len(), 10_000_000);
    }

    #[tokio::test]
    async fn the_untrusted_listener_is_not_trusted() {
        let bench = Bench::new();
        let error = bench.http.get(bench.sim.untrusted()).send().await.expect_err("no trust");
        assert!(error.is_connect());
    }
}
