//! Bodies that are read while they are sent, so that nothing large is held.

use crate::host::HostLink;
use entra_graph::RequestBody;
use entra_net::{BodySource, Bytes, Pieces};
use std::{
    fmt,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{sync::mpsc, task::AbortHandle};

/// Bytes that are read at once; a file that has no more is read whole.
const PIECE: u64 = 256 << 10;
/// Pieces that may wait to be sent.
const AHEAD: usize = 1;

/// A file as a body. What is no regular file can be read only once and has no length: it is read whole.
pub(super) fn file(path: &Path) -> io::Result<RequestBody> {
    let mut file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_file() && about.len() > PIECE {
        let source = FileSource { file: Arc::new(Mutex::new(file)), length: about.len() };
        return Ok(RequestBody::Source(Arc::new(source)));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(RequestBody::Bytes(bytes.into()))
}

/// A regular file, kept open: every try sends the same one, as long as it was when it was opened.
#[derive(Debug)]
struct FileSource {
    file: Arc<Mutex<File>>,
    length: u64,
}

impl BodySource for FileSource {
    fn length(&self) -> Option<u64> {
        Some(self.length)
    }

    fn can_begin(&self) -> bool {
        true
    }

    /// Reads beside the runtime's one thread, which others wait for.
    fn begin(&self) -> Pieces {
        let (sender, pieces) = mpsc::channel(AHEAD);
        let (file, length) = (self.file.clone(), self.length);
        tokio::task::spawn_blocking(move || {
            let mut at = 0;
            while at < length {
                let piece = piece(&file, at, PIECE.min(length - at));
                let count = piece.as_ref().map_or(0, Bytes::len) as u64;
                if sender.blocking_send(piece).is_err() || count == 0 {
                    return;
                }
                at += count;
            }
        });
        pieces
    }
}

/// An earlier try may still be reading: each looks for its own place.
fn piece(file: &Mutex<File>, at: u64, most: u64) -> io::Result<Bytes> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    (&mut *file).take(most).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

/// A stream of the host, which hands its pieces over as they are wanted.
pub(super) struct HostSource {
    host: HostLink,
    length: Option<u64>,
    /// Can the host go back to its start?
    rewinds: bool,
    /// Who reads for the last try.
    reader: Mutex<Option<AbortHandle>>,
}

impl HostSource {
    pub(super) fn new(host: HostLink, length: Option<u64>, rewinds: bool) -> Self {
        Self { host, length, rewinds, reader: Mutex::new(None) }
    }

    fn reader(&self) -> std::sync::MutexGuard<'_, Option<AbortHandle>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BodySource for HostSource {
    fn length(&self) -> Option<u64> {
        self.length
    }

    fn can_begin(&self) -> bool {
        self.rewinds || self.reader().is_none()
    }

    /// There is one place to read from: an earlier try gets no more pieces.
    fn begin(&self) -> Pieces {
        let (sender, pieces) = mpsc::channel(AHEAD);
        let host = self.host.clone();
        let mut reader = self.reader();
        let mut restart = reader.is_some();
        if let Some(earlier) = reader.take() {
            earlier.abort();
        }
        let reading = tokio::spawn(async move {
            loop {
                let piece = tokio::select! {
                    () = sender.closed() => return,
                    piece = host.piece(restart) => piece,
                };
                restart = false;
                let Some(piece) = piece else { return };
                let ends = piece.is_empty();
                if sender.send(Ok(piece)).await.is_err() || ends {
                    return;
                }
            }
        });
        *reader = Some(reading.abort_handle());
        pieces
    }
}

impl fmt::Debug for HostSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostSource").field("length", &self.length).finish_non_exhaustive()
    }
}
