use crate::{
    Body, HeaderMap, Network, Thumbprint, Url,
    error::{Error, Kind},
    header::{HeaderName, HeaderValue},
    trust,
};
use bytes::Bytes;
use reqwest::{Method, NoProxy, Proxy, redirect};
use std::{sync::Arc, time::Duration};

const USER_AGENT: &str = concat!("connect-entra/", env!("CARGO_PKG_VERSION"));
/// A host that does not even accept a connection in this time is not going to.
pub(crate) const CONNECT_LIMIT: Duration = Duration::from_secs(20);
/// A kept connection that nobody uses is given up after this time.
const IDLE_LIMIT: Duration = Duration::from_secs(60);
/// The default limit of a whole exchange, as MSAL's HTTP client has it.
const EXCHANGE_LIMIT: Duration = Duration::from_secs(100);
/// What a sign-in service's reply may weigh.
const REPLY_LIMIT: usize = 1 << 20;

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
    response: reqwest::Response,
    host: String,
    limit: Option<Duration>,
}

impl Incoming {
    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Header fields.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Version of HTTP, as `HTTP/2.0`.
    pub fn version(&self) -> String {
        format!("{:?}", self.response.version())
    }

    /// Bytes of the body that the server promised, before decompression.
    pub fn promised(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next piece of the body; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let piece = self.response.chunk().await;
        piece.map_err(|error| Error::from_reqwest(&error, &self.host, self.limit))
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

/// Sends requests: HTTP/1.1 and HTTP/2 over TLS 1.2 or newer, connections kept, gzip, no redirects of its own.
#[derive(Clone, Debug)]
pub struct Client {
    sender: reqwest::Client,
    tls: Arc<rustls::ClientConfig>,
}

impl Client {
    /// A client that goes the way that `network` says.
    pub fn new(network: &Network) -> Result<Self, Error> {
        let builder = unproxied(CONNECT_LIMIT);
        Self::build(proxied(builder, network)?, trust::client_config(network)?)
    }

    /// A client for the same way out that has no connection yet. It trusts whom this one does, and hosts that this one
    /// knows need no whole handshake.
    pub fn without_connections(&self, network: &Network) -> Result<Self, Error> {
        Self::build(proxied(unproxied(CONNECT_LIMIT), network)?, self.tls.as_ref().clone())
    }

    /// A client that never takes a proxy: for the identity endpoints of a host, which are link-local. `connect_limit`
    /// is short there, since an address that nobody has does not refuse.
    pub fn direct(network: &Network, connect_limit: Duration) -> Result<Self, Error> {
        let builder = unproxied(connect_limit);
        Self::build(builder, trust::client_config(&network.without_proxies())?)
    }

    /// A direct client that trusts one certificate, and nothing else.
    pub fn pinned(thumbprint: Thumbprint, connect_limit: Duration) -> Result<Self, Error> {
        Self::build(unproxied(connect_limit), trust::pinned_config(thumbprint)?)
    }

    pub(crate) fn build(builder: reqwest::ClientBuilder, tls: rustls::ClientConfig) -> Result<Self, Error> {
        builder
            .tls_backend_preconfigured(tls.clone())
            .redirect(redirect::Policy::none())
            .pool_idle_timeout(IDLE_LIMIT)
            .user_agent(USER_AGENT)
            .build()
            .map(|sender| Self { sender, tls: Arc::new(tls) })
            .map_err(|error| Error::from_reqwest(&error, "", None))
    }

    /// Sends and reads the whole reply.
    pub async fn send(&self, request: Request) -> Result<Reply, Error> {
        let most = request.reply_limit;
        self.open(request).await?.read(most).await
    }

    /// Sends and returns as soon as the reply's head is there.
    pub async fn open(&self, request: Request) -> Result<Incoming, Error> {
        let (host, limit) = (request.host(), request.limit);
        let mut builder = self.sender.request(request.method, request.url).headers(request.headers);
        if let Some(limit) = limit {
            builder = builder.timeout(limit);
        }
        let (body, unread) = request.body.begin();
        if let Some(body) = body {
            builder = builder.body(body);
        }
        match builder.send().await {
            Ok(response) => Ok(Incoming { response, host, limit }),
            Err(error) => Err(match unread.take() {
                Some(why) => Error::new(Kind::Body, host, why),
                None => Error::from_reqwest(&error, &host, limit),
            }),
        }
    }
}

/// A builder that does not look for proxies by itself: the host's word alone counts.
pub(crate) fn unproxied(connect_limit: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().connect_timeout(connect_limit)
}

fn proxied(mut builder: reqwest::ClientBuilder, network: &Network) -> Result<reqwest::ClientBuilder, Error> {
    let pass = network.no_proxy.as_deref().and_then(NoProxy::from_string);
    let named = [
        proxy("HTTPS_PROXY", network.https_proxy.as_deref(), Proxy::https)?,
        proxy("HTTP_PROXY", network.http_proxy.as_deref(), Proxy::http)?,
        proxy("ALL_PROXY", network.all_proxy.as_deref(), Proxy::all)?,
    ];
    let mut proxies: Vec<_> = named.into_iter().flatten().collect();
    if let Some(system) = network.system_proxy.as_ref().filter(|_| proxies.is_empty()) {
        proxies.extend(system.proxy(network.no_proxy.as_deref())?);
    }
    for proxy in proxies {
        builder = builder.proxy(proxy.no_proxy(pass.clone()));
    }
    Ok(builder)
}

fn proxy<'a>(
    name: &'static str,
    value: Option<&'a str>,
    make: impl FnOnce(&'a str) -> reqwest::Result<Proxy>,
) -> Result<Option<Proxy>, Error> {
    let made = value.map(str::trim).filter(|value| !value.is_empty()).map(make).transpose();
    made.map_err(|_| Error::new(Kind::ProxySetting { name }, "", ""))
}
