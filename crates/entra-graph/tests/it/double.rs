//! A small HTTPS server, and a connection to it with tokens that tell each other apart.

use entra_graph::{Bearer, BearerFuture, Endpoint, Graph, Limits, Note};
use entra_net::{Client, Clock, Network, Secret, SteppedClock};
use std::{
    fmt::Write as _,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

/// What the server saw of one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// What it says to it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Bytes of the body after which the connection is cut.
    pub(crate) cut_after: Option<usize>,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), cut_after: None }
    }

    pub(crate) fn json(body: &str) -> Self {
        Self::new(200, body).with("Content-Type", "application/json")
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn redirect(status: u16, to: impl Into<String>) -> Self {
        Self::new(status, "").with("Location", to)
    }
}

type Script = Box<dyn FnMut(&Seen) -> Answer + Send>;

/// A server and its journal; it ends with the value.
pub(crate) struct Double {
    pub(crate) port: u16,
    journal: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Drop for Double {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Identity {
    config: Arc<ServerConfig>,
    ca: tempfile::NamedTempFile,
}

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = rcgen::CertifiedIssuer::self_signed(ca, key).unwrap();
    let leaf_key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
    let leaf = leaf.signed_by(&leaf_key, &ca).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), ca.pem()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(leaf_key.serialize_der().into()))
        .unwrap();
    Identity { config: Arc::new(config), ca: file }
});

impl Double {
    /// Answers each request with what `script` says.
    pub(crate) async fn start(script: impl FnMut(&Seen) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let journal = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(script)));
        let seen = journal.clone();
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                tokio::spawn(serve(stream, script.clone(), seen.clone()));
            }
        });
        Self { port, journal, task }
    }

    /// Gives these answers one after the other, and the last one for ever.
    pub(crate) async fn answering(answers: impl Into<Vec<Answer>>) -> Self {
        let answers: Vec<Answer> = answers.into();
        let mut at = 0;
        Self::start(move |_| {
            at += 1;
            answers[(at - 1).min(answers.len() - 1)].clone()
        })
        .await
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub(crate) fn journal(&self) -> Vec<Seen> {
        lock(&self.journal).clone()
    }

    /// A connection whose Graph this server is.
    pub(crate) fn graph(&self) -> (Graph, Arc<Tokens>) {
        let tokens = Arc::new(Tokens::default());
        let graph = Graph {
            client: client(),
            clock: Arc::new(SteppedClock::at(1_767_225_600)),
            bearer: tokens.clone(),
            endpoint: Endpoint::new(&self.url()).unwrap(),
            limits: Limits::default(),
            heads: false,
        };
        (graph, tokens)
    }
}

pub(crate) fn client() -> Client {
    let network = Network { ca_file: Some(IDENTITY.ca.path().to_owned()), ..Network::direct() };
    Client::new(&network).unwrap()
}

async fn serve(stream: tokio::net::TcpStream, script: Arc<Mutex<Script>>, journal: Arc<Mutex<Vec<Seen>>>) {
    let acceptor = TlsAcceptor::from(IDENTITY.config.clone());
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let mut stream = BufReader::new(stream);
    while let Some(seen) = read(&mut stream).await {
        lock(&journal).push(seen.clone());
        let answer = (lock(&script))(&seen);
        let bytes = encode(&answer);
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        if answer.cut_after.is_some() {
            return;
        }
    }
}

async fn read<S: tokio::io::AsyncBufRead + Unpin>(stream: &mut S) -> Option<Seen> {
    let mut seen = Seen::default();
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|&n| n > 0)?;
    let mut words = line.split(' ');
    seen.method = words.next()?.into();
    seen.target = words.next()?.into();
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).await.ok()?;
        let line = String::from_utf8_lossy(&line);
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        seen.headers.push((name.to_ascii_lowercase(), value.trim().into()));
    }
    let length = seen.header("content-length").map_or(0, |text| text.parse().unwrap());
    seen.body.resize(length, 0);
    stream.read_exact(&mut seen.body).await.ok()?;
    Some(seen)
}

fn encode(answer: &Answer) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} X\r\n", answer.status);
    for (name, value) in &answer.headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    if !answer.headers.iter().any(|(name, _)| name == "Content-Length") && answer.status != 204 {
        write!(head, "Content-Length: {}\r\n", answer.body.len()).unwrap();
    }
    head.push_str("\r\n");
    let end = answer.cut_after.unwrap_or(answer.body.len());
    [head.as_bytes(), &answer.body[..end]].concat()
}

/// Gives `token-1`, then another for each refusal.
#[derive(Default)]
pub(crate) struct Tokens {
    given: Mutex<u32>,
    /// Claims and refused tokens that it was asked with.
    pub(crate) asked: Mutex<Vec<(Option<String>, Option<String>)>>,
}

impl Bearer for Tokens {
    fn bearer<'a>(&'a self, claims: Option<&'a str>, refused: Option<&'a Secret>) -> BearerFuture<'a> {
        let refused = refused.and_then(Secret::expose_text).map(str::to_owned);
        let mut given = lock(&self.given);
        let current = format!("token-{}", *given);
        if *given == 0 || refused.as_deref() == Some(&current) {
            *given += 1;
        }
        lock(&self.asked).push((claims.map(Into::into), refused));
        let token = Secret::from(format!("token-{}", *given));
        Box::pin(async move { Ok(token) })
    }
}

pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seconds that the connection's clock has moved.
pub(crate) fn waited(graph: &Graph) -> u64 {
    entra_net::unix_seconds(Clock::now(graph.clock.as_ref())) - 1_767_225_600
}

/// Collects what is told.
#[derive(Default)]
pub(crate) struct Notes(pub Vec<Note>);

impl Notes {
    pub(crate) fn told(&mut self) -> impl FnMut(Note) + Send + '_ {
        |note| self.0.push(note)
    }
}
