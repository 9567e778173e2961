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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Operation, operation::under_way};
    use std::{io::Write, time::Duration};

    /// The next wish for a piece: is it for the first one again?
    fn wish(operation: &Operation) -> bool {
        let mut restart = None;
        let seen = operation.next(Duration::from_millis(50), |event| {
            restart = Some(event.fields.flag("Restart"));
            true
        });
        seen.unwrap();
        restart.unwrap()
    }

    /// What comes to the end, and whether the end was said.
    async fn rest(pieces: &mut Pieces) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.recv().await {
            let piece = piece.unwrap();
            if piece.is_empty() {
                return (bytes, true);
            }
            bytes.extend_from_slice(&piece);
        }
        (bytes, false)
    }

    // The service may answer before it has read all, and the request begins anew while the first one is still sent.
    #[tokio::test]
    async fn a_stream_that_begins_anew_leaves_nothing_to_the_try_before() {
        let (operation, host) = under_way();
        let source = HostSource::new(host, None, true);
        let mut earlier = source.begin();
        tokio::task::yield_now().await;
        assert!(!wish(&operation));
        let mut later = source.begin();
        tokio::task::yield_now().await;
        operation.write(b"old").unwrap();
        assert!(wish(&operation));
        operation.write(b"new").unwrap();
        assert_eq!(rest(&mut earlier).await, (Vec::new(), false), "broken off, not ended");
        assert_eq!(later.recv().await.unwrap().unwrap(), "new");
        tokio::task::yield_now().await;
        assert!(!wish(&operation));
        operation.write(b"").unwrap();
        assert_eq!(rest(&mut later).await, (Vec::new(), true));
    }

    #[tokio::test]
    async fn a_stream_without_a_way_back_begins_once_and_breaks_off_with_the_operation() {
        let (operation, host) = under_way();
        let source = HostSource::new(host, Some(3), false);
        assert!(source.can_begin());
        let mut pieces = source.begin();
        assert!(!source.can_begin());
        tokio::task::yield_now().await;
        operation.cancel();
        assert_eq!(rest(&mut pieces).await, (Vec::new(), false));
    }

    #[tokio::test]
    async fn two_tries_of_a_file_read_side_by_side() {
        let mut named = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..PIECE * 3 + 7).map(|n| (n % 251) as u8).collect();
        named.write_all(&bytes).unwrap();
        let RequestBody::Source(source) = file(named.path()).unwrap() else { panic!("read whole") };
        let (mut earlier, mut later) = (source.begin(), source.begin());
        let (first, second) = (earlier.recv().await.unwrap().unwrap(), later.recv().await.unwrap().unwrap());
        assert_eq!(first, second);
        for (pieces, mut read) in [(&mut earlier, first.to_vec()), (&mut later, second.to_vec())] {
            while read.len() < bytes.len() {
                read.extend_from_slice(&pieces.recv().await.unwrap().unwrap());
            }
            assert!(read == bytes);
        }
        // It has become shorter: the piece that is not there is an end too early.
        let RequestBody::Source(source) = file(named.path()).unwrap() else { panic!("read whole") };
        named.as_file().set_len(PIECE).unwrap();
        let (read, ended) = rest(&mut source.begin()).await;
        assert_eq!((read.len() as u64, ended), (PIECE, true));
        assert!(matches!(file(named.path()).unwrap(), RequestBody::Bytes(read) if read.len() as u64 == PIECE));
    }
}
