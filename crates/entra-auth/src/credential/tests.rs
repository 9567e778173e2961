//! Doubles: files in memory, and hosts on loopback.

use crate::{FileProblem, FileState, Files};
use entra_net::Secret;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

#[derive(Default)]
pub(crate) struct FakeFiles(Mutex<State>);

#[derive(Default)]
struct State {
    files: HashMap<PathBuf, (FileState, String)>,
    writes: u64,
    reads: usize,
}

impl FakeFiles {
    pub(crate) fn write(&self, path: &str, text: &str) {
        let mut state = self.0.lock().unwrap();
        state.writes += 1;
        let changed = Some(UNIX_EPOCH + Duration::from_secs(state.writes));
        state.files.insert(path.into(), (FileState { size: text.len() as u64, changed }, text.to_owned()));
    }

    pub(crate) fn reads(&self) -> usize {
        self.0.lock().unwrap().reads
    }
}

impl Files for FakeFiles {
    fn look(&self, path: &Path) -> Result<FileState, FileProblem> {
        self.0.lock().unwrap().files.get(path).map(|(state, _)| *state).ok_or(FileProblem::NotFound)
    }

    fn read(&self, path: &Path) -> Result<Secret, FileProblem> {
        let mut state = self.0.lock().unwrap();
        state.reads += 1;
        state.files.get(path).map(|(_, text)| Secret::from(text.as_str())).ok_or(FileProblem::NotFound)
    }
}

/// What a double answers: the request, in lower case but for its body, to everything after `HTTP/1.1 `, without a length.
type Handler = dyn Fn(&str) -> String + Send + Sync;

/// A host on loopback.
pub(crate) struct Double {
    pub(crate) address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Double {
    /// Gives the next of its answers to each request, and the last one for ever.
    pub(crate) async fn start(answers: &[&str]) -> Self {
        let answers: Vec<String> = answers.iter().map(|text| (*text).to_owned()).collect();
        let next = AtomicUsize::new(0);
        Self::serve(Arc::new(move |_| {
            let n = next.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
            answers[n].clone()
        }))
        .await
    }

    pub(crate) async fn serve(handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let told = heard.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(talk(socket, handler.clone(), told.clone()));
            }
        });
        Self { address, heard }
    }

    /// The requests so far.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn talk(mut socket: TcpStream, handler: Arc<Handler>, told: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = hear(&mut socket).await {
        let answer = handler(&request);
        told.lock().unwrap().push(request);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let text = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if socket.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn hear(socket: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head.split_once("content-length: ").map_or("0", |(_, rest)| rest.lines().next().unwrap());
            if body.len() >= length.parse().unwrap() {
                return Some(format!("{head}\r\n\r\n{body}"));
            }
        }
        if socket.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
    }
}
