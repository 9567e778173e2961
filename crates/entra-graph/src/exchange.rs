use crate::{
    Address, BodyError, Graph, GraphError, GraphRequest, HeaderError, MediaType, Note, Opened, Told, address::host_of,
    challenge, error::status_text, headers, limits::is_throttled, reply::Head,
};
use entra_net::{
    Body, Bytes, HeaderMap, HeaderValue, Incoming, Method, Request, Secret, Url, Waiting, header, retry_after,
};
use std::time::Duration;

/// As many redirects are followed; the sixth request in a row is the last.
const REDIRECTS: u32 = 5;
/// What is read of an answer that is not the last, so that its connection can be used again.
const DRAIN_LIMIT: usize = 1 << 16;

/// One request on its way, and what has happened to it.
pub(crate) struct Exchange<'a> {
    graph: &'a Graph,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Body,
    /// May the bearer go along? Once gone it does not come back: a foreign host that sends us home again must not
    /// make us act there.
    trusted: bool,
    shown: Shown,
    challenged: bool,
    claims: Option<String>,
    refused: Option<Secret>,
    redirects: u32,
    tries: u32,
    waited: Duration,
}

/// How much of the address notes and errors show.
enum Shown {
    All,
    /// Another host, to which a redirect led: its query may be a key.
    NoQuery,
    /// An address that is a key as a whole.
    Host,
}

/// What an answer leads to.
enum Next {
    Done,
    Challenge,
    Wait(Duration),
    GiveUp,
    /// The request would have to be sent again, and its body cannot be.
    Stuck,
    Redirect(Url),
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(graph: &'a Graph, request: &GraphRequest, address: &Address) -> Result<Self, GraphError> {
        let mut fields = headers::fields(&request.headers, request.validate_headers)?;
        let charset = content_type(request, &mut fields)?;
        request.add_defaults(&mut fields)?;
        if address.is_own() {
            fields.remove(header::AUTHORIZATION);
            request.add_own(address.is_beta(), &mut fields)?;
        }
        let body = request.body.encoded(charset.as_deref())?;
        let plain = Self::plain(graph, request.method.clone(), address.url().clone(), fields, body);
        Ok(Self { trusted: address.is_own(), ..plain })
    }

    /// To an address that is a key of its own: without bearer, and without a word about the address.
    pub(crate) fn bare(graph: &'a Graph, method: Method, url: Url, headers: HeaderMap, body: Body) -> Self {
        Self { shown: Shown::Host, ..Self::plain(graph, method, url, headers, body) }
    }

    fn plain(graph: &'a Graph, method: Method, url: Url, headers: HeaderMap, body: Body) -> Self {
        Self {
            graph,
            method,
            url,
            headers,
            body,
            trusted: false,
            shown: Shown::All,
            challenged: false,
            claims: None,
            refused: None,
            redirects: 0,
            tries: 0,
            waited: Duration::ZERO,
        }
    }

    pub(crate) async fn run(mut self, told: Told<'_>) -> Result<Opened, GraphError> {
        loop {
            let (incoming, token) = self.send(told).await?;
            match self.next(&incoming, token.is_some())? {
                Next::Done => return Ok(self.opened(incoming)),
                Next::Challenge => {
                    self.take_challenge(&incoming, token, told);
                    drain(incoming).await;
                }
                Next::Wait(pause) => {
                    let status = incoming.status();
                    drain(incoming).await;
                    self.wait(pause, status, told).await;
                }
                Next::GiveUp => return Err(self.give_up(incoming).await),
                Next::Stuck => return Ok(Opened { spent: true, ..self.opened(incoming) }),
                Next::Redirect(to) => {
                    self.follow(incoming.status(), to, told);
                    drain(incoming).await;
                }
            }
        }
    }

    async fn send(&mut self, told: Told<'_>) -> Result<(Incoming, Option<Secret>), GraphError> {
        let token = self.bearer().await?;
        // Answered: a later try of this request takes the token that came for them.
        self.claims = None;
        let mut request = Request::new(self.method.clone(), self.url.clone());
        request.headers = self.headers.clone();
        request.limit = self.graph.limits.client_timeout;
        if let Some(token) = &token {
            request.headers.insert(header::AUTHORIZATION, authorization(token)?);
        }
        if self.tries > 0 {
            request.headers.insert("retry-attempt", self.tries.into());
        }
        if !self.body.can_begin() {
            return Err(BodyError::Spent.into());
        }
        let bytes = self.body.length();
        if bytes != Some(0) {
            request.body = self.body.clone();
        } else if writes(&self.method) {
            // Graph answers 411 to a POST that does not say that it is empty.
            request.headers.insert(header::CONTENT_LENGTH, 0.into());
        }
        told(Note::Sending { method: self.method.to_string(), url: self.shown_url().to_string(), bytes });
        self.tell_head(told, || format!("{} {}", self.method, self.shown_url()), &request.headers);
        let incoming = self.graph.client.open(request).await?;
        self.tell_head(
            told,
            || format!("{} {} {}", incoming.version(), incoming.status(), status_text(incoming.status())),
            incoming.headers(),
        );
        Ok((incoming, token))
    }

    fn tell_head(&self, told: Told<'_>, first: impl FnOnce() -> String, fields: &HeaderMap) {
        if self.graph.heads {
            told(Note::Head(first() + &headers::lines(fields)));
        }
    }

    /// The bearer, where it may go along: nothing else in this crate attaches one.
    async fn bearer(&self) -> Result<Option<Secret>, GraphError> {
        if !self.trusted || !self.graph.endpoint.owns(&self.url) {
            return Ok(None);
        }
        let asked = self.graph.bearer.bearer(self.claims.as_deref(), self.refused.as_ref());
        asked.await.map(Some).map_err(GraphError::Bearer)
    }

    fn next(&self, incoming: &Incoming, with_bearer: bool) -> Result<Next, GraphError> {
        let next = self.wanted(incoming, with_bearer)?;
        let again = match &next {
            Next::Challenge | Next::Wait(_) => true,
            Next::Redirect(_) => !self.becomes_get(incoming.status()),
            _ => false,
        };
        Ok(if again && !self.body.can_begin() { Next::Stuck } else { next })
    }

    fn wanted(&self, incoming: &Incoming, with_bearer: bool) -> Result<Next, GraphError> {
        match incoming.status() {
            401 if with_bearer && !self.challenged => Ok(Next::Challenge),
            status if is_throttled(status) => Ok(self.patience(incoming)),
            301 | 302 | 303 | 307 | 308 => self.redirect(incoming),
            _ => Ok(Next::Done),
        }
    }

    fn patience(&self, incoming: &Incoming) -> Next {
        let limits = &self.graph.limits;
        if limits.max_retry == 0 {
            return Next::Done;
        }
        if self.tries >= limits.max_retry {
            return Next::GiveUp;
        }
        let asked = retry_after(incoming.headers(), self.graph.clock.as_ref());
        let pause = asked.unwrap_or_else(|| limits.pause(self.tries + 1));
        // Asked to wait longer than the caller allows: the answer itself says more than a pause that is too short.
        if !limits.may_wait(self.waited, pause) {
            return Next::Done;
        }
        Next::Wait(pause)
    }

    async fn wait(&mut self, pause: Duration, status: u16, told: Told<'_>) {
        self.tries += 1;
        self.waited += pause;
        told(Note::Waiting {
            pause: Waiting { span: pause, attempt: self.tries, because: status.to_string() },
            left: self.graph.limits.left(self.waited),
        });
        self.graph.clock.sleep(pause).await;
    }

    fn take_challenge(&mut self, incoming: &Incoming, token: Option<Secret>, told: Told<'_>) {
        self.challenged = true;
        self.claims = challenge::claims(incoming.headers());
        self.refused = token;
        told(Note::Challenged { claims: self.claims.is_some() });
    }

    fn redirect(&self, incoming: &Incoming) -> Result<Next, GraphError> {
        let Some(location) = incoming.headers().get(header::LOCATION) else {
            return Ok(Next::Done);
        };
        if self.redirects == REDIRECTS {
            return Err(GraphError::TooManyRedirects { limit: REDIRECTS });
        }
        let text = String::from_utf8_lossy(location.as_bytes());
        let refused = |to: &str| GraphError::Redirect { to: to.into() };
        let to = self.url.join(&text).map_err(|_| refused("?"))?;
        if to.scheme() != "https" {
            return Err(refused(&format!("{}://{}", to.scheme(), host_of(&to))));
        }
        Ok(Next::Redirect(to))
    }

    fn follow(&mut self, status: u16, mut to: Url, told: Told<'_>) {
        self.redirects += 1;
        if to.origin() != self.url.origin() {
            self.leave();
        }
        if self.becomes_get(status) {
            self.method = Method::GET;
            self.body = Body::Empty;
            self.headers.remove(header::CONTENT_TYPE);
        }
        // User information in a redirect would become an Authorization field of its own.
        let _ = to.set_username("");
        let _ = to.set_password(None);
        self.url = to;
        told(Note::Redirected { to: self.shown_url().to_string(), with_bearer: self.trusted });
    }

    fn becomes_get(&self, status: u16) -> bool {
        status == 303 && self.method != Method::GET
    }

    /// Another host, port or scheme: whatever proves who we are stays behind.
    fn leave(&mut self) {
        self.trusted = false;
        if matches!(self.shown, Shown::All) {
            self.shown = Shown::NoQuery;
        }
        for name in [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION] {
            self.headers.remove(name);
        }
    }

    fn shown_url(&self) -> Url {
        let mut url = self.url.clone();
        if !matches!(self.shown, Shown::All) {
            url.set_query(None);
        }
        if matches!(self.shown, Shown::Host) {
            url.set_path("/");
        }
        url
    }

    fn opened(self, incoming: Incoming) -> Opened {
        let head = Head {
            url: self.shown_url(),
            method: self.method,
            version: incoming.version(),
            status: incoming.status(),
            headers: incoming.headers().clone(),
        };
        Opened { head, incoming, spent: false }
    }

    async fn give_up(self, incoming: Incoming) -> GraphError {
        let (graph, retries) = (self.graph, self.tries);
        match self.opened(incoming).whole().await {
            Ok(reply) => GraphError::TooManyRetries { retries, last: Box::new(graph.refusal(reply)) },
            Err(error) => error,
        }
    }
}

/// Sets the content type, and tells the character set that it names.
fn content_type(request: &GraphRequest, fields: &mut HeaderMap) -> Result<Option<String>, HeaderError> {
    let Some(text) = request.effective_content_type(fields) else {
        return Ok(None);
    };
    let media = MediaType::parse(&text);
    if media.is_none() && request.validate_headers {
        return Err(HeaderError::ContentType);
    }
    fields.insert(header::CONTENT_TYPE, headers::value(&text)?);
    Ok(media.and_then(|media| media.charset))
}

fn authorization(token: &Secret) -> Result<HeaderValue, HeaderError> {
    let bytes = [b"Bearer ", token.expose()].concat();
    let owned = Bytes::from_owner(Secret::new(bytes));
    let mut value = HeaderValue::from_maybe_shared(owned).map_err(|_| HeaderError::Value)?;
    value.set_sensitive(true);
    Ok(value)
}

fn writes(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

async fn drain(incoming: Incoming) {
    // What is lost here is a connection that could have been used again, nothing more.
    let _ = incoming.read(DRAIN_LIMIT).await;
}
