use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::{Either, Full};
use std::{
    convert::identity,
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};
use tokio::sync::mpsc;

/// What is sent with a request.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// These bytes. They are not copied, so bytes that own a secret wipe it.
    Bytes(Bytes),
    /// Bytes that are read while they are sent.
    Source(Arc<dyn BodySource>),
}

/// Pieces of a body, an empty one at its end. Without that one a request whose length was not told is broken off, not
/// cut short; one whose length was told ends with it.
pub type Pieces = mpsc::Receiver<io::Result<Bytes>>;

/// Where a body comes from that is too large to be held.
pub trait BodySource: fmt::Debug + Send + Sync {
    /// How many bytes it has, where that is known.
    fn length(&self) -> Option<u64>;
    /// Can it be read from its start now?
    fn can_begin(&self) -> bool;
    /// Reads it from its start, for one try of a request. Runs inside the runtime.
    fn begin(&self) -> Pieces;
}

impl Body {
    /// How many bytes it has, where that is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Source(source) => source.length(),
        }
    }

    /// Can it be sent now? Not where it has been sent once and cannot go back to its start.
    pub fn can_begin(&self) -> bool {
        match self {
            Self::Source(source) => source.can_begin(),
            _ => true,
        }
    }

    /// What goes to the wire, and the place where a failure to read it is noted.
    pub(crate) fn begin(&self) -> (Outgoing, Unread) {
        let unread = Unread::default();
        let body = match self {
            Self::Empty => Outgoing::Left(Full::default()),
            Self::Bytes(bytes) => Outgoing::Left(bytes.clone().into()),
            Self::Source(source) => {
                let left = source.length();
                Outgoing::Right(Sending { pieces: source.begin(), left, ended: false, unread: unread.clone() })
            }
        };
        (body, unread)
    }
}

/// Why a body could not be read. The client's error only tells that the request was broken off.
#[derive(Clone, Default)]
pub(crate) struct Unread(Arc<Mutex<Option<String>>>);

impl Unread {
    pub(crate) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, error: io::Error) -> io::Error {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        error
    }
}

/// A body on its way: all of it at hand, or read meanwhile.
pub(crate) type Outgoing = Either<Full<Bytes>, Sending>;

pub(crate) struct Sending {
    pieces: Pieces,
    /// Bytes that are still owed, where the length was told.
    left: Option<u64>,
    ended: bool,
    unread: Unread,
}

impl Sending {
    fn take(&mut self, piece: Option<io::Result<Bytes>>) -> io::Result<Option<Bytes>> {
        let broken = || Err(io::Error::new(io::ErrorKind::UnexpectedEof, "reading it was ended"));
        let piece = piece.map_or_else(broken, identity)?;
        let count = piece.len() as u64;
        self.ended = piece.is_empty();
        match &mut self.left {
            Some(left) if *left < count || (self.ended && *left > 0) => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "its length has changed meanwhile"))
            }
            Some(left) => {
                *left -= count;
                Ok((!self.ended).then_some(piece))
            }
            None => Ok((!self.ended).then_some(piece)),
        }
    }
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if this.is_end_stream() {
            return Poll::Ready(None);
        }
        let piece = ready!(this.pieces.poll_recv(context));
        let taken = this.take(piece).map_err(|error| this.unread.note(error));
        Poll::Ready(taken.map(|piece| piece.map(Frame::data)).transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
