//! Files in memory, for credentials that read some.

use crate::{FileProblem, FileState, Files};
use entra_net::Secret;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, UNIX_EPOCH},
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

/// A host on loopback that gives the next of its answers to each request, and the last one for ever.
pub(crate) struct Double {
    pub(crate) address: String,
    heard: std::sync::Arc<Mutex<Vec<String>>>,
}

impl Double {
    /// Each answer is everything after `HTTP/1.1 `, without a length.
    pub(crate) async fn start(answers: &[&str]) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let heard = std::sync::Arc::<Mutex<Vec<String>>>::default();
        let (told, answers) = (heard.clone(), answers.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        tokio::spawn(async move {
            for n in 0.. {
                let Ok((socket, _)) = listener.accept().await else { return };
                let request = answer(socket, answers.get(n).or(answers.last()).unwrap()).await;
                told.lock().unwrap().push(request);
            }
        });
        Self { address, heard }
    }

    /// Heads and bodies of the requests so far, in lower case.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn answer(mut socket: tokio::net::TcpStream, answer: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut request = Vec::new();
    while !String::from_utf8_lossy(&request).contains("\r\n\r\n") {
        if socket.read_buf(&mut request).await.unwrap_or(0) == 0 {
            break;
        }
    }
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let length = body.len();
    let text = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    let _ = socket.write_all(text.as_bytes()).await;
    let _ = socket.shutdown().await;
    String::from_utf8_lossy(&request).to_lowercase()
}
