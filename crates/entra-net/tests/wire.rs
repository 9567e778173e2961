//! What goes over the wire, and when it ends: against small servers on loopback.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use entra_net::{Client, Error, HeaderMap, Kind, Method, Network, Reply, Request, Url, header};
use std::{
    future::Future,
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

const LIMIT: Duration = Duration::from_secs(20);
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct Identity {
    config: ServerConfig,
    ca: tempfile::NamedTempFile,
}

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| {
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = rcgen::CertifiedIssuer::self_signed(ca, rcgen::KeyPair::generate().unwrap()).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["localhost".into(), "127.0.0.1".into()];
    let leaf = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &ca).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), ca.pem()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    Identity { config, ca: file }
});

fn tls(protocols: &[&str]) -> TlsAcceptor {
    let mut config = IDENTITY.config.clone();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// Trusts the servers here.
fn network() -> Network {
    Network { ca_file: Some(IDENTITY.ca.path().to_owned()), ..Network::direct() }
}

/// A server that serves each connection with `serve`; it ends with the value.
struct Server {
    port: u16,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start<F: Future<Output = ()> + Send + 'static>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let accept = async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        };
        Self { port, task: tokio::spawn(accept) }
    }

    /// Says `answer` to each request, and tells their heads.
    async fn saying(answer: &'static [u8]) -> (Self, mpsc::UnboundedReceiver<String>) {
        let (told, heads) = mpsc::unbounded_channel();
        let serve = move |mut stream: TcpStream| {
            let told = told.clone();
            async move {
                while let Some(head) = head(&mut stream).await {
                    let _ = told.send(head);
                    stream.write_all(answer).await.unwrap();
                }
            }
        };
        (Self::start(serve).await, heads)
    }

    fn at(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}", self.port)
    }
}

/// The head of a request, names and values as they came; `None` where the connection ends.
async fn head<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap())
}

/// Answers one request.
async fn answer<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    head(&mut stream).await.unwrap();
    stream.write_all(OK).await.unwrap();
    stream.flush().await.unwrap();
    // The client ends it.
    let _ = stream.read_u8().await;
}

fn direct() -> Client {
    Client::direct(&network(), LIMIT).unwrap()
}

fn request(method: Method, address: &str) -> Request {
    Request { limit: Some(LIMIT), ..Request::new(method, Url::parse(address).unwrap()) }
}

async fn get(client: &Client, address: &str) -> Result<Reply, Error> {
    client.send(request(Method::GET, address)).await
}

#[tokio::test]
async fn a_request_says_who_asks_and_what_it_takes() {
    let (server, mut heads) = Server::saying(OK).await;
    get(&direct(), &server.at("http")).await.unwrap();
    let seen = heads.recv().await.unwrap();
    for line in ["GET / HTTP/1.1", "accept: */*", "user-agent: connect-entra/", "accept-encoding: gzip\r", "host: 127"]
    {
        assert!(seen.contains(line), "{seen}");
    }
    let own = Request {
        headers: HeaderMap::from_iter([
            (header::ACCEPT, "text/plain".parse().unwrap()),
            (header::ACCEPT_ENCODING, "identity".parse().unwrap()),
            (header::USER_AGENT, "me".parse().unwrap()),
        ]),
        ..request(Method::GET, &server.at("http"))
    };
    direct().send(own).await.unwrap();
    let seen = heads.recv().await.unwrap();
    for line in ["accept: text/plain\r", "user-agent: me\r", "accept-encoding: identity\r"] {
        assert!(seen.contains(line) && seen.matches("accept").count() == 2, "{seen}");
    }
}

#[tokio::test]
async fn without_a_body_no_length_is_told_but_the_caller_s_own() {
    let (server, mut heads) = Server::saying(OK).await;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::GET] {
        let request = request(method, &server.at("http"));
        direct().send(request.clone()).await.unwrap();
        let seen = heads.recv().await.unwrap();
        assert!(!seen.contains("content-length") && !seen.contains("transfer-encoding"), "{seen}");
        direct().send(request.with_header(header::CONTENT_LENGTH, 0.into())).await.unwrap();
        let seen = heads.recv().await.unwrap();
        assert!(seen.contains("\r\ncontent-length: 0\r\n"), "{seen}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_sent_to_is_refused_and_a_password_in_it_is_not_sent() {
    let (server, mut heads) = Server::saying(OK).await;
    get(&direct(), &server.at("http").replace("http://", "http://me:secret@")).await.unwrap();
    let seen = heads.recv().await.unwrap();
    assert!(!seen.contains("me:") && !seen.contains("authorization"), "{seen}");
    for address in ["ftp://localhost/", "data:,text"] {
        assert_eq!(get(&direct(), address).await.unwrap_err().kind, Kind::Request, "{address}");
    }
}

#[tokio::test]
async fn what_came_compressed_is_read_plain() {
    const ZIPPED: &[u8] =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00";
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n";
    let (server, _heads) = Server::saying([head.as_bytes(), ZIPPED].concat().leak()).await;
    let opened = direct().open(request(Method::GET, &server.at("http"))).await.unwrap();
    assert_eq!(opened.promised(), None);
    let reply = opened.read(100).await.unwrap();
    assert_eq!((reply.body.as_ref(), reply.header("content-encoding")), (b"hello".as_ref(), None));
}

#[tokio::test]
async fn the_limit_covers_the_body() {
    let (server, _heads) = Server::saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart").await;
    let after = Duration::from_secs(1);
    let request = Request { limit: Some(after), ..request(Method::GET, &server.at("http")) };
    let mut opened = direct().open(request).await.unwrap();
    assert_eq!(opened.promised(), Some(9));
    assert_eq!(opened.chunk().await.unwrap().unwrap().as_ref(), b"part");
    assert_eq!(opened.chunk().await.unwrap_err().kind, Kind::TimedOut { after });
}

#[tokio::test]
async fn a_limit_beyond_all_clocks_is_none() {
    let (server, _heads) = Server::saying(OK).await;
    let request = Request { limit: Some(Duration::MAX), ..request(Method::GET, &server.at("http")) };
    assert!(direct().send(request).await.unwrap().is_success());
}

#[tokio::test]
async fn who_gives_up_closes_the_socket() {
    let (told, mut events) = mpsc::unbounded_channel();
    let serve = move |mut stream: TcpStream| {
        let told = told.clone();
        async move {
            head(&mut stream).await.unwrap();
            told.send("asked").unwrap();
            assert_eq!(stream.read(&mut [0]).await.unwrap_or_default(), 0);
            told.send("closed").unwrap();
        }
    };
    let server = Server::start(serve).await;
    let (client, address) = (direct(), server.at("http"));
    let asking = get(&client, &address);
    tokio::select! {
        _ = asking => panic!("nobody answers"),
        asked = events.recv() => assert_eq!(asked, Some("asked")),
    }
    assert_eq!(events.recv().await, Some("closed"));
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_is_replaced() {
    let serve = |mut stream: TcpStream| async move {
        head(&mut stream).await.unwrap();
        stream.write_all(OK).await.unwrap();
    };
    let server = Server::start(serve).await;
    let client = direct();
    for _ in 0..20 {
        assert_eq!(get(&client, &server.at("http")).await.unwrap().body.as_ref(), b"ok");
    }
}

#[tokio::test]
async fn a_proxy_is_told_who_asks() {
    let (proxy, mut heads) = Server::saying(b"HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n").await;
    let address = format!("http://me:p%40ss@127.0.0.1:{}", proxy.port);
    for network in [
        Network { https_proxy: Some(address.clone()), ..network() },
        Network { all_proxy: Some(address.replace("http://", "")), ..network() },
    ] {
        let client = Client::new(&network).unwrap();
        assert_eq!(get(&client, "https://somewhere.example").await.unwrap_err().kind, Kind::Proxy);
        let seen = heads.recv().await.unwrap();
        assert!(seen.starts_with("CONNECT somewhere.example:443 HTTP/1.1\r\n"), "{seen}");
        let seen = seen.to_ascii_lowercase();
        assert!(seen.contains("\r\nproxy-authorization: basic bwu6cebzcw==\r\n"), "{seen}");
        assert!(seen.contains("\r\nuser-agent: connect-entra/"), "{seen}");
    }
}

#[tokio::test]
async fn a_proxy_is_passed_by_where_it_is_told_so() {
    let server = Server::start(|stream| async { answer(tls(&[]).accept(stream).await.unwrap()).await }).await;
    let (proxy, mut heads) = Server::saying(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n").await;
    let mut network = Network { https_proxy: Some(proxy.at("http")), ..network() };
    let client = Client::new(&network).unwrap();
    assert_eq!(get(&client, &server.at("https")).await.unwrap_err().kind, Kind::Proxy);
    heads.recv().await.unwrap();
    network.no_proxy = Some("example.com, 127.0.0.0/8".into());
    get(&client.without_connections(&network).unwrap(), &server.at("https")).await.unwrap();
    assert!(heads.is_empty());
}

#[tokio::test]
async fn a_proxy_may_be_reached_over_tls() {
    let proxy = Server::start(|stream| async move {
        let mut outer = tls(&[]).accept(stream).await.unwrap();
        assert!(head(&mut outer).await.unwrap().starts_with("CONNECT localhost:1 "));
        outer.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        outer.flush().await.unwrap();
        answer(tls(&[]).accept(outer).await.unwrap()).await;
    })
    .await;
    let network = Network { https_proxy: Some(proxy.at("https")), ..network() };
    let reply = get(&Client::new(&network).unwrap(), "https://localhost:1").await;
    assert_eq!(reply.unwrap().body.as_ref(), b"ok");
}

#[tokio::test]
async fn a_host_that_does_not_agree_on_tls_in_time_is_not_reached() {
    let server = Server::start(|mut stream| async move { while stream.read_u8().await.is_ok() {} }).await;
    let client = Client::direct(&network(), Duration::from_millis(500)).unwrap();
    let error = get(&client, &server.at("https")).await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (Kind::Unreachable, "operation timed out"));
}

#[tokio::test]
async fn http2_is_spoken_and_what_it_refused_unread_is_sent_again() {
    let (told, mut asked) = mpsc::unbounded_channel();
    let serve = move |stream: TcpStream| {
        let told = told.clone();
        async move {
            let stream = tls(&["h2", "http/1.1"]).accept(stream).await.unwrap();
            let mut connection = h2::server::handshake(stream).await.unwrap();
            let mut refused = false;
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                told.send(request.uri().to_string()).unwrap();
                if refused {
                    respond.send_response(Default::default(), false).unwrap().send_data("ok".into(), true).unwrap();
                } else {
                    respond.send_reset(h2::Reason::REFUSED_STREAM);
                }
                refused = true;
            }
        }
    };
    let server = Server::start(serve).await;
    // A name and password are no part of what is asked for.
    let address = server.at("https").replace("https://", "https://me:secret@");
    let request = request(Method::POST, &address).with_body("some");
    let opened = Client::new(&network()).unwrap().open(request).await.unwrap();
    assert_eq!(opened.version(), "HTTP/2.0");
    assert_eq!(opened.read(100).await.unwrap().body.as_ref(), b"ok");
    for _ in 0..2 {
        assert_eq!(asked.recv().await, Some(format!("{}/", server.at("https"))));
    }
}
