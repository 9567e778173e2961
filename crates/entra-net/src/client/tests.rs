use super::*;
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// A server on this machine with a certificate of its own.
struct Server {
    listener: TcpListener,
    tls: TlsAcceptor,
    thumbprint: Thumbprint,
}

impl Server {
    async fn new(protocol: &[u8]) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let certificate = made.cert.der().clone();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
        config.alpn_protocols = vec![protocol.to_vec()];
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate);
        let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let thumbprint = Thumbprint::parse(&hex).unwrap();
        Self { listener, tls: TlsAcceptor::from(Arc::new(config)), thumbprint }
    }

    fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    async fn accept(&self) -> TlsStream<tokio::net::TcpStream> {
        self.tls.accept(self.listener.accept().await.unwrap().0).await.unwrap()
    }

    fn client(&self, proxies: Proxies) -> Client {
        Client::build(trust::pinned_config(self.thumbprint).unwrap(), proxies, None, CONNECT_LIMIT)
    }
}

fn get(url: &str) -> Request {
    Request::new(Method::GET, Url::parse(url).unwrap())
}

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(text).unwrap()
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
}

#[tokio::test]
async fn what_a_server_has_not_looked_at_is_sent_again() {
    let server = Server::new(b"h2").await;
    let client = server.client(Proxies::None);
    let serving = async {
        let mut connection = h2::server::handshake(server.accept().await).await.unwrap();
        for refused in [true, false] {
            let (request, mut answer) = connection.accept().await.unwrap().unwrap();
            assert_eq!(request.headers()["accept"], "*/*");
            match refused {
                true => answer.send_reset(h2::Reason::REFUSED_STREAM),
                false => drop(answer.send_response(http::Response::new(()), true).unwrap()),
            }
        }
        // Until the other side has what it wants.
        let _ = connection.accept().await;
    };
    let url = format!("https://localhost:{}/", server.port());
    let reply = tokio::select! {
        reply = client.send(get(&url)) => reply.unwrap(),
        () = serving => panic!("the server was left"),
    };
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_proxy_may_be_reached_by_tls_and_want_a_name_and_a_password() {
    let server = Server::new(b"http/1.1").await;
    let proxy = format!("https://user:pa%40ss@localhost:{}", server.port());
    let proxies = Proxies::of(&Network { https_proxy: Some(proxy), ..Network::direct() }).unwrap();
    let client = server.client(proxies);
    let serving = async {
        let mut way = server.accept().await;
        let asked = head(&mut way).await.to_lowercase();
        assert!(asked.starts_with("connect service.example:443 http/1.1\r\n"), "{asked}");
        // user:pa@ss
        assert!(asked.contains("proxy-authorization: basic dxnlcjpwyubzcw==\r\n"), "{asked}");
        say(&mut way, "HTTP/1.1 200 OK\r\n\r\n").await;
        let mut service = server.tls.accept(way).await.unwrap();
        let asked = head(&mut service).await.to_lowercase();
        assert!(asked.contains("host: service.example\r\n") && !asked.contains("proxy-"), "{asked}");
        say(&mut service, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthrough").await;
        service
    };
    let (reply, _service) = tokio::join!(client.send(get("https://service.example/")), serving);
    assert_eq!(reply.unwrap().body, "through");
}

#[tokio::test]
async fn the_limit_covers_the_body_too() {
    let server = Server::new(b"http/1.1").await;
    let client = server.client(Proxies::None);
    let limit = Duration::from_millis(300);
    let serving = async {
        let mut stream = server.accept().await;
        head(&mut stream).await;
        say(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhal").await;
        stream
    };
    let request = Request { limit: Some(limit), ..get(&format!("https://localhost:{}/", server.port())) };
    let (reply, _stream) = tokio::join!(client.send(request), serving);
    assert_eq!(reply.unwrap_err().kind, Kind::TimedOut { after: limit });
}

#[tokio::test]
async fn who_gives_up_closes_the_connection() {
    let server = Server::new(b"http/1.1").await;
    let client = server.client(Proxies::None);
    let url = format!("https://localhost:{}/", server.port());
    let mut stream = {
        let asking = client.send(get(&url));
        let serving = async {
            let mut stream = server.accept().await;
            head(&mut stream).await;
            stream
        };
        tokio::select! {
            _ = asking => panic!("nothing was answered"),
            stream = serving => stream,
        }
    };
    // The end of the stream, however it is worded.
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or_default(), 0);
}
