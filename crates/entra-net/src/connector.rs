use crate::{HeaderMap, client::OWN_USER_AGENT, header::USER_AGENT, proxies::Proxies};
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::legacy::connect::{Connected, Connection, HttpConnector, dns::Name, proxy::Tunnel},
    rt::TokioIo,
};
use rustls::{ClientConfig, pki_types::ServerName};
use std::{
    error::Error as StdError,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
    vec,
};
use tokio::{
    net::{TcpStream, lookup_host},
    time,
};
use tokio_rustls::TlsConnector;
use tower_service::Service;

type BoxError = Box<dyn StdError + Send + Sync>;
type Answer<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Silence after which the other side is asked whether it is there, and the pause between two such questions.
const PROBE: Duration = Duration::from_secs(15);
/// Questions without an answer after which it is not.
const PROBES: u32 = 3;

/// Makes connections: TCP, the tunnel of a proxy where one is in the way, TLS.
#[derive(Clone)]
pub(crate) struct Connector {
    tcp: Tcp,
    proxies: Arc<Proxies>,
    tls: Arc<ClientConfig>,
    /// For the way to the proxy: the tunnel through it is another protocol's.
    tls_to_proxy: Arc<ClientConfig>,
    limit: Duration,
}

/// TLS to the host, over the way there; that may be TLS to a proxy.
pub(crate) type Stream = MaybeHttpsStream<Way>;
type Way = MaybeHttpsStream<Prompt>;

impl Connector {
    /// `host` is reached whatever name is asked for; a connection that takes longer than `limit` is given up.
    pub(crate) fn new(tls: Arc<ClientConfig>, proxies: Proxies, host: Option<String>, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Names(host));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(limit));
        // A computer that has slept, a network that has changed: a kept connection may be dead, and nobody says so.
        tcp.set_keepalive(Some(PROBE));
        tcp.set_keepalive_interval(Some(PROBE));
        tcp.set_keepalive_retries(Some(PROBES));
        #[cfg(any(target_os = "linux", target_os = "android"))]
        tcp.set_tcp_user_timeout(Some(PROBE * PROBES));
        let mut tls_to_proxy = tls.as_ref().clone();
        tls_to_proxy.alpn_protocols.clear();
        Self { tcp: Tcp(tcp), proxies: Arc::new(proxies), tls, tls_to_proxy: Arc::new(tls_to_proxy), limit }
    }

    async fn connect(mut self, to: Uri) -> Result<Stream, BoxError> {
        let way = match self.proxies.to(&to) {
            None => MaybeHttpsStream::Http(self.tcp.call(to.clone()).await?),
            Some(proxy) => {
                let to_proxy = HttpsConnector::from((self.tcp, self.tls_to_proxy));
                let fields = HeaderMap::from_iter([(USER_AGENT, OWN_USER_AGENT)]);
                let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy).with_headers(fields);
                if let Some(auth) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                tunnel.call(to.clone()).await?
            }
        };
        if to.scheme_str() != Some("https") {
            return Ok(MaybeHttpsStream::Http(way));
        }
        // An address literal has brackets in a URL and none in a certificate.
        let name = to.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = ServerName::try_from(name.to_owned())?;
        let secured = TlsConnector::from(self.tls).connect(name, TokioIo::new(way)).await?;
        Ok(MaybeHttpsStream::from(secured))
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Answer<Stream, BoxError>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let late = |_| io::Error::new(io::ErrorKind::TimedOut, "operation timed out");
            time::timeout(this.limit, this.connect(to)).await.map_err(late)?
        })
    }
}

/// The system's resolver, or one host behind every name.
#[derive(Clone)]
struct Names(Option<String>);

impl Service<Name> for Names {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Answer<Self::Response, io::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let host = self.0.clone().unwrap_or_else(|| name.as_str().to_owned());
        Box::pin(async move { Ok(lookup_host((host, 0)).await?.collect::<Vec<_>>().into_iter()) })
    }
}

#[derive(Clone)]
struct Tcp(HttpConnector<Names>);

impl Service<Uri> for Tcp {
    type Response = Prompt;
    type Error = BoxError;
    type Future = Answer<Prompt, BoxError>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = self.0.call(to);
        Box::pin(async move { Ok(Prompt { stream: connecting.await?, young: YOUNG }) })
    }
}

/// Reads before a connection is no longer young: those of the tunnel, of the handshake, and of the first answer.
const YOUNG: u8 = 16;

/// A TCP connection that acknowledges at once while it is young.
///
/// With TLS 1.3 a server sends session tickets in front of its first answer (RFC 8446, section 4.6.1). One that follows
/// Nagle's algorithm (RFC 1122, section 4.2.3.4) holds the answer until the tickets are acknowledged, and Linux delays
/// that by 40 ms where it expects something to send along.
pub(crate) struct Prompt {
    stream: TokioIo<TcpStream>,
    young: u8,
}

impl Prompt {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn acknowledge(&self) {
        // It is not permanent (tcp(7)), so it is set for each read. What comes of it is only speed.
        let _ = self.stream.inner().set_quickack(true);
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn acknowledge(&self) {}
}

impl Read for Prompt {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.young > 0 {
            self.acknowledge();
        }
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if polled.is_ready() {
            self.young = self.young.saturating_sub(1);
        }
        polled
    }
}

impl Write for Prompt {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }
}

impl Connection for Prompt {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
