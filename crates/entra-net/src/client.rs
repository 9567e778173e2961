use crate::{
    Body, HeaderMap, Method, Network, Thumbprint, Url,
    body::{Outgoing, Unread},
    connector::Connector,
    error::{Error, Kind},
    header::{ACCEPT, HeaderName, HeaderValue, USER_AGENT},
    proxies::Proxies,
    trust,
};
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming as Arriving;
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};
use rustls::ClientConfig;
use std::{error::Error as StdError, pin::Pin, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use tower_http::decompression::{Decompression, DecompressionBody};
use tower_service::Service;

pub(crate) const OWN_USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("connect-entra/", env!("CARGO_PKG_VERSION")));
/// A host that does not even accept a connection in this time is not going to.
pub(crate) const CONNECT_LIMIT: Duration = Duration::from_secs(20);
/// A kept connection that nobody uses is given up after this time.
const IDLE_LIMIT: Duration = Duration::from_secs(60);
/// The default limit of a whole exchange, as MSAL's HTTP client has it.
const EXCHANGE_LIMIT: Duration = Duration::from_secs(100);
/// What a sign-in service's reply may weigh.
const REPLY_LIMIT: usize = 1 << 20;
/// Tries of a request that a server has refused to look at (RFC 9113, section 8.7).
const UNPROCESSED_LIMIT: u32 = 3;

/// One request.
#[derive(Clone)]
pub struct Request {
    /// GET, POST …
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Header fields beside those that the client sets itself.
    pub headers: HeaderMap,
    /// What is sent.
    pub body: Body,
    /// Limit of the whole exchange; `None` for none.
    pub limit: Option<Duration>,
    /// Largest reply taken by [`Client::send`], in bytes.
    pub reply_limit: usize,
}

impl Request {
    /// A request without body, with the limits of a sign-in.
    pub fn new(method: Method, url: Url) -> Self {
        let limit = Some(EXCHANGE_LIMIT);
        Self { method, url, headers: HeaderMap::new(), body: Body::Empty, limit, reply_limit: REPLY_LIMIT }
    }

    /// Adds a header field.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Sets what is sent.
    #[must_use]
    pub fn with_body(mut self, bytes: impl Into<Bytes>) -> Self {
        self.body = Body::Bytes(bytes.into());
        self
    }

    /// The host, with its port where that is not the scheme's own: what messages name.
    pub fn host(&self) -> String {
        let name = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| name.into(), |port| format!("{name}:{port}"))
    }
}

impl Request {
    /// As it goes out, and the place where a failure to read its body is noted.
    fn outgoing(&self, host: &str) -> Result<(http::Request<Outgoing>, Unread), Error> {
        let address = self.address().map_err(|words| Error::new(Kind::Request, host, words))?;
        let (body, unread) = self.body.begin();
        let mut request = http::Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = address;
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        request.headers_mut().entry(USER_AGENT).or_insert(OWN_USER_AGENT);
        Ok((request, unread))
    }

    /// Its address, if that can be asked. A name and password in it are nobody's business.
    fn address(&self) -> Result<http::Uri, String> {
        if !matches!(self.url.scheme(), "https" | "http") {
            return Err("its address is not one of the web".into());
        }
        let mut url = self.url.clone();
        // Addresses of the web may always be without.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        url.as_str().parse().map_err(|error: http::uri::InvalidUri| error.to_string())
    }
}

// By hand, since header fields and bodies hold secrets; so does the path of an upload session.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.host())
    }
}

/// A reply, whole.
#[derive(Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
}

impl Reply {
    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header field as text, where it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

// By hand, since a reply's body is a token more often than not.
impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply {} ({} bytes)", self.status, self.body.len())
    }
}

/// A reply whose head has come and whose body has not been read yet.
pub struct Incoming {
    head: http::response::Parts,
    body: Pin<Box<DecompressionBody<Arriving>>>,
    host: String,
    deadline: Option<Deadline>,
}

impl Incoming {
    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    /// Header fields.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Version of HTTP, as `HTTP/2.0`.
    pub fn version(&self) -> String {
        format!("{:?}", self.head.version)
    }

    /// Bytes of the body that the server promised, before decompression.
    pub fn promised(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// The next piece of the body; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let frame = in_time(self.deadline, &self.host, self.body.frame()).await?;
            match frame.transpose().map_err(|error| Error::of_body(error.as_ref(), &self.host))? {
                None => return Ok(None),
                Some(frame) => {
                    if let Ok(piece) = frame.into_data() {
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }

    /// Reads the rest, up to `most` bytes.
    pub async fn read(mut self, most: usize) -> Result<Reply, Error> {
        let (status, headers) = (self.status(), self.headers().clone());
        let mut body = Vec::new();
        while let Some(piece) = self.chunk().await? {
            if body.len() + piece.len() > most {
                return Err(Error::new(Kind::TooLarge { limit: most }, self.host, ""));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Reply { status, headers, body: body.into() })
    }
}

/// When an exchange has to be over, and how long that was from its beginning.
#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    after: Duration,
}

async fn in_time<T>(deadline: Option<Deadline>, host: &str, work: impl Future<Output = T>) -> Result<T, Error> {
    let Some(Deadline { at, after }) = deadline else { return Ok(work.await) };
    timeout_at(at, work).await.map_err(|_| Error::new(Kind::TimedOut { after }, host, ""))
}

/// Sends requests: HTTP/1.1 and HTTP/2 over TLS 1.2 or newer, connections kept, gzip, no redirects of its own.
#[derive(Clone, Debug)]
pub struct Client {
    sender: Arc<Sender>,
    tls: Arc<ClientConfig>,
}

type Sender = Decompression<legacy::Client<Connector, Outgoing>>;

impl Client {
    /// A client that goes the way that `network` says.
    pub fn new(network: &Network) -> Result<Self, Error> {
        Ok(Self::build(trust::client_config(network)?, Proxies::of(network)?, None, CONNECT_LIMIT))
    }

    /// A client for the same way out that has no connection yet. It trusts whom this one does, and hosts that this one
    /// knows need no whole handshake.
    pub fn without_connections(&self, network: &Network) -> Result<Self, Error> {
        Ok(Self::build(self.tls.as_ref().clone(), Proxies::of(network)?, None, CONNECT_LIMIT))
    }

    /// A client that never takes a proxy: for the identity endpoints of a host, which are link-local. `connect_limit`
    /// is short there, since an address that nobody has does not refuse.
    pub fn direct(network: &Network, connect_limit: Duration) -> Result<Self, Error> {
        let tls = trust::client_config(&network.without_proxies())?;
        Ok(Self::build(tls, Proxies::None, None, connect_limit))
    }

    /// A direct client that trusts one certificate, and nothing else.
    pub fn pinned(thumbprint: Thumbprint, connect_limit: Duration) -> Result<Self, Error> {
        Ok(Self::build(trust::pinned_config(thumbprint)?, Proxies::None, None, connect_limit))
    }

    /// `host` is reached whatever name is asked for.
    pub(crate) fn build(tls: ClientConfig, proxies: Proxies, host: Option<String>, connect_limit: Duration) -> Self {
        let tls = Arc::new(tls);
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.timer(TokioTimer::new()).pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE_LIMIT);
        let sender = builder.build(Connector::new(tls.clone(), proxies, host, connect_limit));
        Self { sender: Arc::new(Decompression::new(sender)), tls }
    }

    /// Sends and reads the whole reply.
    pub async fn send(&self, request: Request) -> Result<Reply, Error> {
        let most = request.reply_limit;
        self.open(request).await?.read(most).await
    }

    /// Sends and returns as soon as the reply's head is there.
    pub async fn open(&self, request: Request) -> Result<Incoming, Error> {
        let host = request.host();
        // A limit beyond what the clock can tell is none.
        let at = |after| Instant::now().checked_add(after).map(|at| Deadline { at, after });
        let deadline = request.limit.and_then(at);
        let mut tries = 1;
        let response = loop {
            let (outgoing, unread) = request.outgoing(&host)?;
            match in_time(deadline, &host, Sender::clone(&self.sender).call(outgoing)).await? {
                Ok(response) => break response,
                Err(error) if tries < UNPROCESSED_LIMIT && is_unprocessed(&error) && request.body.can_begin() => {
                    tries += 1;
                }
                Err(error) => {
                    return Err(match unread.take() {
                        Some(why) => Error::new(Kind::Body, host, why),
                        None => Error::of_request(&error, &host),
                    });
                }
            }
        };
        let (head, body) = response.into_parts();
        Ok(Incoming { head, body: Box::pin(body), host, deadline })
    }
}

/// The server says that it has not looked at the request: a connection that it ends in peace, or a stream refused.
fn is_unprocessed(error: &legacy::Error) -> bool {
    let cause = error.source().and_then(StdError::source).and_then(|cause| cause.downcast_ref::<h2::Error>());
    cause.filter(|cause| cause.is_remote()).is_some_and(|cause| {
        let ended = cause.is_go_away() && cause.reason() == Some(h2::Reason::NO_ERROR);
        ended || cause.is_reset() && cause.reason() == Some(h2::Reason::REFUSED_STREAM)
    })
}
