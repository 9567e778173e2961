//! Content to a writer, gone on with where a connection broke.

use crate::{Graph, GraphError, GraphRequest, Opened, Told, note::Note, reply::Head, stumbles::Stumbles};
use entra_net::{Bytes, header};
use std::io::{Error, Write};

/// Progress is told in steps of this many bytes.
const STEP: u64 = 1 << 20;

/// Gets content and writes it as it comes. `create` makes the writer once the head of a successful answer is there,
/// so that a refused request leaves no file behind.
///
/// A connection that breaks is made again and the rest asked for (RFC 9110, section 14), as long as the content is the
/// same by its validator.
pub async fn download<W: Write + Send>(
    graph: &Graph,
    request: &GraphRequest,
    create: impl FnOnce(&Head) -> Result<W, Error> + Send,
    told: Told<'_>,
) -> Result<Head, GraphError> {
    let mut request = request.clone();
    // A range of compressed bytes is of no use.
    add(&mut request, "Accept-Encoding", "identity");
    let opened = graph.open(&request, told).await?;
    let head = opened.head.clone();
    let writer = create(&head).map_err(unwritable)?;
    let total = opened.promised().filter(|_| head.header("content-encoding").is_none());
    let mut download = Download { graph, request, writer, done: 0, total, told_at: 0, stumbles: Stumbles::default() };
    download.run(opened, &head, told).await?;
    download.writer.flush().map_err(unwritable)?;
    told(Note::Progress { done: download.done, total });
    Ok(head)
}

struct Download<'a, W> {
    graph: &'a Graph,
    request: GraphRequest,
    writer: W,
    done: u64,
    total: Option<u64>,
    told_at: u64,
    stumbles: Stumbles,
}

impl<W: Write + Send> Download<'_, W> {
    async fn run(&mut self, mut opened: Opened, head: &Head, told: Told<'_>) -> Result<(), GraphError> {
        let mut skip = 0;
        loop {
            match opened.chunk().await {
                Ok(Some(piece)) => self.write(piece, &mut skip, told)?,
                Ok(None) => return Ok(()),
                Err(GraphError::Transport(error)) if error.is_passing() => {
                    (opened, skip) = self.go_on(error.into(), head, told).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes a piece but for what has been written before.
    fn write(&mut self, piece: Bytes, skip: &mut u64, told: Told<'_>) -> Result<(), GraphError> {
        let known = (*skip).min(piece.len() as u64);
        *skip -= known;
        let piece = &piece[usize::try_from(known).unwrap_or_default()..];
        self.writer.write_all(piece).map_err(unwritable)?;
        if !piece.is_empty() {
            self.done += piece.len() as u64;
            self.stumbles.overcome();
        }
        if self.done >= self.told_at + STEP {
            self.told_at = self.done;
            told(Note::Progress { done: self.done, total: self.total });
        }
        Ok(())
    }

    /// Asks for the rest until an answer comes; tells how much of it is known already.
    async fn go_on(&mut self, mut error: GraphError, head: &Head, told: Told<'_>) -> Result<(Opened, u64), GraphError> {
        // The answer to the rest is judged here: an error's body must not become a part of the content.
        let mut rest = GraphRequest { skip_http_error_check: false, ..self.request.clone() };
        if self.done > 0 {
            // What is done counts from the start of the answer, a range from the start of the content.
            if head.status == 206 {
                return Err(changed("was asked for in part"));
            }
            let validator = validator(head).ok_or_else(|| changed("has no version that could be compared"))?;
            add(&mut rest, "Range", &format!("bytes={}-", self.done));
            add(&mut rest, "If-Range", validator);
        }
        loop {
            self.stumbles.pause(self.graph, error, told).await?;
            match self.graph.open(&rest, told).await {
                Ok(opened) => return self.fits(opened, head),
                Err(GraphError::Transport(again)) if again.is_passing() => error = again.into(),
                Err(other) => return Err(other),
            }
        }
    }

    fn fits(&self, opened: Opened, head: &Head) -> Result<(Opened, u64), GraphError> {
        let start = opened.head.header("content-range").and_then(range_start);
        match opened.head.status {
            _ if self.done == 0 => Ok((opened, 0)),
            206 if start == Some(self.done) => Ok((opened, 0)),
            206 => Err(changed("came in another range than was asked for")),
            _ if validator(&opened.head) == validator(head) => Ok((opened, self.done)),
            _ => Err(changed("has changed meanwhile")),
        }
    }
}

/// What tells one version from another: a strong entity tag, or the date of the last change.
fn validator(head: &Head) -> Option<&str> {
    let tag = head.header(header::ETAG.as_str()).filter(|tag| !tag.starts_with("W/"));
    tag.or_else(|| head.header(header::LAST_MODIFIED.as_str()))
}

/// `bytes 5-9/10` begins at 5.
fn range_start(text: &str) -> Option<u64> {
    text.trim().strip_prefix("bytes")?.trim().split('-').next()?.parse().ok()
}

fn add(request: &mut GraphRequest, name: &str, value: &str) {
    request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    request.headers.push((name.into(), value.into()));
}

fn changed(how: &str) -> GraphError {
    GraphError::Reply(format!(
        "The connection broke, and the download cannot be gone on with: the content {how}. Download it again"
    ))
}

fn unwritable(error: Error) -> GraphError {
    GraphError::Io { what: "What was downloaded cannot be written", error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        assert_eq!(range_start("bytes 5-9/10"), Some(5));
        assert_eq!(range_start("bytes */10"), None);
        assert_eq!(range_start("items 5-9/10"), None);
    }
}
