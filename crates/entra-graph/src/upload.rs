//! Large files in pieces (Graph, "createUploadSession"): each piece is tried again, and the service is asked what it
//! has where a piece went astray.

use crate::{Graph, GraphError, GraphReply, GraphRequest, Told, note::Note, stumbles::Stumbles};
use entra_net::{Body, Bytes, HeaderMap, HeaderValue, Method, Url, header};
use serde::Deserialize;
use std::{
    io::{Error, Read, Seek, SeekFrom},
    ops::Range,
};

/// Pieces are multiples of this, in bytes: 320 KiB.
pub const PIECE_UNIT: u64 = 320 * 1024;
/// The largest piece that Graph takes: 60 MiB.
const LARGEST_PIECE: u64 = 192 * PIECE_UNIT;
/// The size of a piece of a file: 10 MiB.
pub const FILE_PIECE: u64 = 32 * PIECE_UNIT;
/// The size of a piece of an attachment: 3.75 MiB, since Outlook takes 4 MB at most (Graph, "Attach large files").
pub const ATTACHMENT_PIECE: u64 = 12 * PIECE_UNIT;

/// What the service says about a session.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    upload_url: Option<String>,
    next_expected_ranges: Option<Vec<String>>,
}

/// Sends `source` through the upload session that `create` asks for, in pieces of about `piece` bytes, and returns
/// the last answer, which describes the file.
///
/// The session's address is a key of its own: it gets no bearer and stands in no note and no error.
pub async fn upload<R: Read + Seek + Send>(
    graph: &Graph,
    create: &GraphRequest,
    source: &mut R,
    piece: u64,
    told: Told<'_>,
) -> Result<GraphReply, GraphError> {
    let total = source.seek(SeekFrom::End(0)).map_err(unreadable)?;
    if total == 0 {
        return Err(GraphError::Reply("An empty file cannot be sent in pieces: send it with PUT".into()));
    }
    // A refusal is no session, whatever the caller makes of refusals.
    let create = GraphRequest { skip_http_error_check: false, ..create.clone() };
    let session = session(&graph.send(&create, told).await?)?;
    let url = session.upload_url.as_deref().and_then(|text| Url::parse(text).ok());
    let url = url.filter(|url| url.scheme() == "https");
    let url = url.ok_or_else(|| GraphError::Reply("The service gave no https address to upload to".into()))?;
    let next = session.next(total).unwrap_or(0..total);
    let piece = whole_units(piece);
    Upload { graph, url, source, total, piece, stumbles: Stumbles::default() }.run(next, told).await
}

fn whole_units(piece: u64) -> u64 {
    (piece / PIECE_UNIT * PIECE_UNIT).clamp(PIECE_UNIT, LARGEST_PIECE)
}

struct Upload<'a, R> {
    graph: &'a Graph,
    url: Url,
    source: &'a mut R,
    total: u64,
    piece: u64,
    stumbles: Stumbles,
}

/// What an answer to a piece means.
enum Taken {
    /// The file is complete.
    All(GraphReply),
    /// The service wants this next.
    Next(Range<u64>),
    /// Nobody knows what arrived.
    Unknown(GraphError),
}

impl<R: Read + Seek + Send> Upload<'_, R> {
    async fn run(mut self, mut next: Range<u64>, told: Told<'_>) -> Result<GraphReply, GraphError> {
        loop {
            told(Note::Progress { done: next.start, total: Some(self.total) });
            match self.put(&next, told).await? {
                Taken::All(reply) => {
                    told(Note::Progress { done: self.total, total: Some(self.total) });
                    return Ok(reply);
                }
                Taken::Next(range) if range.start > next.start => {
                    self.stumbles.overcome();
                    next = range;
                }
                Taken::Next(range) => {
                    let error = GraphError::Reply("The service asks for the same piece again and again".into());
                    self.stumbles.pause(self.graph, error, told).await?;
                    next = range;
                }
                Taken::Unknown(error) => {
                    self.stumbles.pause(self.graph, error, told).await?;
                    match self.ask(told).await? {
                        Taken::All(reply) => return Ok(reply),
                        Taken::Next(range) => next = range,
                        Taken::Unknown(error) => self.stumbles.pause(self.graph, error, told).await?,
                    }
                }
            }
        }
    }

    async fn put(&mut self, next: &Range<u64>, told: Told<'_>) -> Result<Taken, GraphError> {
        let end = next.end.min(next.start + self.piece);
        let body = self.read(next.start..end)?;
        let mut headers = HeaderMap::new();
        let range = format!("bytes {}-{}/{}", next.start, end - 1, self.total);
        // Digits and signs alone.
        if let Ok(range) = HeaderValue::try_from(range) {
            headers.insert(header::CONTENT_RANGE, range);
        }
        let sent = self.graph.send_bare(Method::PUT, &self.url, headers, Body::Bytes(body), told).await;
        self.taken(sent, |_| end == self.total)
    }

    /// Asks what has arrived.
    async fn ask(&mut self, told: Told<'_>) -> Result<Taken, GraphError> {
        let sent = self.graph.send_bare(Method::GET, &self.url, HeaderMap::new(), Body::Empty, told).await;
        self.taken(sent, |answer| answer.is_none_or(|session| session.next_expected_ranges.is_none()))
    }

    /// `whole` decides whether an answer that wants nothing more means that the file is complete.
    fn taken(
        &self,
        sent: Result<GraphReply, GraphError>,
        whole: impl FnOnce(Option<&Session>) -> bool,
    ) -> Result<Taken, GraphError> {
        let reply = match sent {
            Ok(reply) => reply,
            Err(GraphError::Transport(error)) if error.is_passing() => return Ok(Taken::Unknown(error.into())),
            Err(error) => return Err(error),
        };
        let refused = |reply| GraphError::Refused(Box::new(self.graph.refusal(reply)));
        match reply.head.status {
            201 => Ok(Taken::All(reply)),
            200 | 202 => {
                let answer = session(&reply).ok();
                match answer.as_ref().and_then(|session| session.next(self.total)) {
                    Some(next) => Ok(Taken::Next(next)),
                    None if reply.head.status == 200 && whole(answer.as_ref()) => Ok(Taken::All(reply)),
                    None => Err(GraphError::Reply("The service does not say which piece it wants next".into())),
                }
            }
            // The piece has arrived before, or the service stumbled: it knows where to go on.
            409 | 416 | 500 | 502 => Ok(Taken::Unknown(refused(reply))),
            _ => Err(refused(reply)),
        }
    }

    fn read(&mut self, at: Range<u64>) -> Result<Bytes, GraphError> {
        self.source.seek(SeekFrom::Start(at.start)).map_err(unreadable)?;
        let mut bytes = vec![0; usize::try_from(at.end - at.start).unwrap_or_default()];
        self.source.read_exact(&mut bytes).map_err(unreadable)?;
        Ok(bytes.into())
    }
}

impl Session {
    /// The first range that the service still wants: `12345-` or `12345-67890`; of an attachment also `12345`.
    fn next(&self, total: u64) -> Option<Range<u64>> {
        let range = self.next_expected_ranges.as_ref()?.first()?;
        let (start, end) = range.split_once('-').unwrap_or((range, ""));
        let start = start.trim().parse().ok()?;
        let end = end.trim().parse::<u64>().map_or(total, |end| end.saturating_add(1).min(total));
        (start < end).then_some(start..end)
    }
}

fn session(reply: &GraphReply) -> Result<Session, GraphError> {
    let read = serde_json::from_slice(&reply.body);
    read.map_err(|_| GraphError::Reply("The service's answer is no upload session".into()))
}

fn unreadable(error: Error) -> GraphError {
    GraphError::Io { what: "What is to be uploaded cannot be read", error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_units() {
        assert_eq!(whole_units(0), PIECE_UNIT);
        assert_eq!(whole_units(PIECE_UNIT * 2 + 5), PIECE_UNIT * 2);
        assert_eq!(whole_units(u64::MAX), 60 * 1024 * 1024);
        assert_eq!(whole_units(FILE_PIECE), 10 * 1024 * 1024);
    }

    #[test]
    fn the_next_range_is_read_in_all_forms() {
        let next = |range: &str| Session { upload_url: None, next_expected_ranges: Some(vec![range.into()]) }.next(100);
        assert_eq!(next("12-"), Some(12..100));
        assert_eq!(next("12"), Some(12..100));
        assert_eq!(next("12-49"), Some(12..50));
        for none in ["", "x-", "100-", "50-12"] {
            assert_eq!(next(none), None, "{none}");
        }
    }
}
