//! The one listener of the product: the browser hands the answer of a sign-in to it (RFC 8252, section 7.3).

use crate::{Error, Host, Level, credential::pages::Page};
use entra_net::Clock;
use std::{
    future::{Future, poll_fn},
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Whoever connects has this long to say what it wants; browsers also open connections that they never use.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the browser may take to close its side after the page has been sent.
const FAREWELL: Duration = Duration::from_millis(500);
/// Connections served at the same time.
const GUESTS: usize = 32;
/// A request's head: browsers send the cookies of everything that ever ran on localhost.
const HEAD_LIMIT: usize = 64 << 10;
/// A request's body: an authorization code is 1 to 2 KiB.
const BODY_LIMIT: usize = 64 << 10;
/// Ports tried until one is free on both addresses.
const PORTS: u32 = 20;

/// A listener on 127.0.0.1 and, where the system has it, on ::1, since browsers may take either for `localhost`.
pub(crate) struct Loopback {
    four: TcpListener,
    six: Option<TcpListener>,
    port: u16,
    /// Somebody brought an answer with another state.
    strange: AtomicBool,
}

/// The answer of the sign-in service, and the browser that waits for a page.
pub(crate) struct Answered {
    /// The fields of the answer.
    pub(crate) fields: Vec<(String, String)>,
    stream: TcpStream,
}

impl Loopback {
    /// Bound once: nobody can take the port between finding and using it.
    pub(crate) async fn bind() -> Result<Self, Error> {
        let failed = |error: io::Error| Error::Listener(error.to_string());
        for _ in 0..PORTS {
            let four = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
            let port = four.local_addr().map_err(failed)?.port();
            match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                six => return Ok(Self { four, six: six.ok(), port, strange: AtomicBool::new(false) }),
            }
        }
        Err(Error::Listener("no port is free on both 127.0.0.1 and ::1".into()))
    }

    /// The address to give to the service: by name, as it is registered; the service ignores the port.
    pub(crate) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Was an answer with a wrong state turned away?
    pub(crate) fn met_strangers(&self) -> bool {
        self.strange.load(Ordering::Relaxed)
    }

    /// Waits for the one request that carries an answer with this state. All others are answered and forgotten.
    pub(crate) async fn answer(&self, state: &str, clock: &dyn Clock, host: &dyn Host) -> Result<Answered, Error> {
        let mut guests: Vec<Guest<'_>> = Vec::new();
        loop {
            tokio::select! {
                stream = self.accept(), if guests.len() < GUESTS => match stream {
                    Ok(stream) => guests.push(Box::pin(self.serve(stream, state, clock, host))),
                    // A browser has given up one of the connections that it opens beforehand (accept(2)).
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                    Err(error) => return Err(Error::Listener(error.to_string())),
                },
                answered = next(&mut guests) => {
                    if let Some(answered) = answered {
                        return Ok(answered);
                    }
                }
            }
        }
    }

    async fn accept(&self) -> io::Result<TcpStream> {
        let (stream, _) = match &self.six {
            Some(six) => tokio::select! {
                four = self.four.accept() => four?,
                six = six.accept() => six?,
            },
            None => self.four.accept().await?,
        };
        Ok(stream)
    }

    /// Hears one connection out; gives it back, still open, where it brings the answer.
    async fn serve(&self, mut stream: TcpStream, state: &str, clock: &dyn Clock, host: &dyn Host) -> Option<Answered> {
        let request = tokio::select! {
            request = read(&mut stream) => request,
            () = clock.sleep(PATIENCE) => return None,
        };
        let page = match request.map(|request| judge(&request, state)) {
            Ok(Verdict::Answer(fields)) => return Some(Answered { fields, stream }),
            Ok(Verdict::Stranger) => {
                self.strange.store(true, Ordering::Relaxed);
                host.log(Level::Verbose, "An answer that does not belong to this sign-in was turned away".into());
                Page::stranger()
            }
            Ok(Verdict::Nothing(status)) => Page::nothing(status),
            Err(Unheard::Refused(status)) => Page::nothing(status),
            Err(Unheard::Gone) => return None,
        };
        send(&mut stream, &page, clock).await;
        None
    }
}

impl Answered {
    /// Shows the page to the person and lets the browser go.
    pub(crate) async fn show(mut self, page: &Page, clock: &dyn Clock) {
        send(&mut self.stream, page, clock).await;
    }
}

type Guest<'a> = Pin<Box<dyn Future<Output = Option<Answered>> + Send + 'a>>;

/// The next guest that has been heard out.
async fn next(guests: &mut Vec<Guest<'_>>) -> Option<Answered> {
    poll_fn(|context| {
        for at in 0..guests.len() {
            if let Poll::Ready(answered) = guests[at].as_mut().poll(context) {
                drop(guests.swap_remove(at));
                return Poll::Ready(answered);
            }
        }
        Poll::Pending
    })
    .await
}

/// A request as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    method: String,
    path: String,
    query: String,
    body: Vec<u8>,
}

/// Why there is no request.
#[derive(Debug, PartialEq, Eq)]
enum Unheard {
    /// It is answered with this status.
    Refused(u16),
    /// The connection ended.
    Gone,
}

impl From<io::Error> for Unheard {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// What a request is.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Answer(Vec<(String, String)>),
    /// An answer to somebody else's question.
    Stranger,
    /// Anything else: `/favicon.ico`, a port scan, a page opened by hand.
    Nothing(u16),
}

fn judge(request: &Request, state: &str) -> Verdict {
    let text = match request.method.as_str() {
        "GET" => request.query.as_bytes(),
        "POST" => &request.body,
        "HEAD" | "OPTIONS" => return Verdict::Nothing(204),
        _ => return Verdict::Nothing(405),
    };
    let fields: Vec<_> = form_urlencoded::parse(text).into_owned().collect();
    let value = |name: &str| fields.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str());
    if request.path != "/" || (value("code").is_none() && value("error").is_none()) {
        return Verdict::Nothing(404);
    }
    if value("state") == Some(state) { Verdict::Answer(fields) } else { Verdict::Stranger }
}

async fn read(stream: &mut TcpStream) -> Result<Request, Unheard> {
    let mut bytes = Vec::with_capacity(4096);
    let head = loop {
        if let Some(head) = parse(&bytes)? {
            break head;
        }
        if bytes.len() >= HEAD_LIMIT {
            return Err(Unheard::Refused(431));
        }
        more(stream, &mut bytes).await?;
    };
    let Head { mut request, length, body, waits } = head;
    if length > BODY_LIMIT {
        return Err(Unheard::Refused(413));
    }
    if waits && bytes.len() < length + body {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        stream.flush().await?;
    }
    while bytes.len() < length + body {
        more(stream, &mut bytes).await?;
    }
    request.body = bytes[body..body + length].to_vec();
    Ok(request)
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<(), Unheard> {
    match stream.read_buf(bytes).await? {
        0 => Err(Unheard::Gone),
        _ => Ok(()),
    }
}

struct Head {
    request: Request,
    /// Bytes of the body.
    length: usize,
    /// Where it begins.
    body: usize,
    /// The client waits for a word before it sends the body (RFC 9110, section 10.1.1).
    waits: bool,
}

/// The head, once it is there whole.
fn parse(bytes: &[u8]) -> Result<Option<Head>, Unheard> {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut fields);
    let body = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(body)) => body,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(Unheard::Refused(400)),
    };
    let field = |name: &str| {
        let found = parsed.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok().map(str::trim)
    };
    let method = parsed.method.unwrap_or_default().to_owned();
    let length = match field("content-length") {
        Some(text) => text.parse().map_err(|_| Unheard::Refused(400))?,
        // A body of unknown length (chunked): no browser sends a form that way.
        None if method == "POST" => return Err(Unheard::Refused(411)),
        None => 0,
    };
    let waits = field("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
    let (path, query) = split(parsed.path.unwrap_or_default());
    let request = Request { method, path: path.into(), query: query.into(), body: Vec::new() };
    Ok(Some(Head { request, length, body, waits }))
}

/// Path and query; of a whole address too, as proxies send it.
fn split(target: &str) -> (&str, &str) {
    let local = match target.split_once("://") {
        Some((_, rest)) => rest.find(['/', '?']).map_or("/", |at| &rest[at..]),
        None => target,
    };
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    (if path.is_empty() { "/" } else { path }, query)
}

/// The whole page, then the end of our side, then a moment for the browser to end its own: a socket that is closed with
/// something unread in it resets, and the browser shows that in place of the page.
async fn send(stream: &mut TcpStream, page: &Page, clock: &dyn Clock) {
    let bytes = page.response();
    tokio::select! {
        _ = farewell(stream, &bytes) => {}
        () = clock.sleep(FAREWELL) => {}
    }
}

async fn farewell(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await?;
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests;
