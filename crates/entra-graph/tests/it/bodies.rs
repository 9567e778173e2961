//! Bodies that are read while they are sent.

use crate::double::{Answer, Double};
use entra_graph::{BodyError, GraphError, GraphRequest, RequestBody};
use entra_net::{BodySource, Bytes, Kind, Method, Pieces};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

const TEXT: &[u8] = b"a body that comes in pieces";

/// Gives `TEXT` in pieces of five bytes.
#[derive(Debug, Default)]
struct Source {
    begun: AtomicUsize,
    /// May be begun only once.
    once: bool,
    /// Fails in place of this piece.
    fails_at: Option<usize>,
    /// Ends without saying so before this piece.
    breaks_at: Option<usize>,
    /// Bytes more than there are that are promised.
    too_many: u64,
}

impl BodySource for Source {
    fn length(&self) -> Option<u64> {
        Some(TEXT.len() as u64 + self.too_many)
    }

    fn can_begin(&self) -> bool {
        !self.once || self.begun.load(Ordering::Relaxed) == 0
    }

    fn begin(&self) -> Pieces {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let (sender, pieces) = tokio::sync::mpsc::channel(1);
        let (fails_at, breaks_at) = (self.fails_at, self.breaks_at);
        tokio::spawn(async move {
            for (n, piece) in TEXT.chunks(5).enumerate() {
                if breaks_at == Some(n) {
                    return;
                }
                let failed = fails_at == Some(n);
                let piece =
                    if failed { Err(io::Error::other("the disk is gone")) } else { Ok(Bytes::from_static(piece)) };
                if sender.send(piece).await.is_err() || failed {
                    return;
                }
            }
            let _ = sender.send(Ok(Bytes::new())).await;
        });
        pieces
    }
}

fn posting(source: Source) -> (GraphRequest, Arc<Source>) {
    let source = Arc::new(source);
    let body = RequestBody::Source(source.clone());
    (GraphRequest::new(Method::POST, "v1.0/echo").with_body(body), source)
}

fn once() -> Source {
    Source { once: true, ..Source::default() }
}

#[tokio::test]
async fn every_try_sends_all_of_it() {
    let challenge = Answer::new(401, "").with("WWW-Authenticate", r#"Bearer claims="e30=""#);
    let later = Answer::new(429, "").with("Retry-After", "1");
    let moved = Answer::redirect(307, "/v1.0/elsewhere");
    let server = Double::answering([challenge, later, moved, Answer::json("{}")]).await;
    let (graph, _) = server.graph();
    let (request, source) = posting(Source::default());
    graph.send(&request, &mut |_| ()).await.unwrap();
    let journal = server.journal();
    assert_eq!((journal.len(), source.begun.load(Ordering::Relaxed)), (4, 4));
    for seen in &journal {
        assert_eq!((seen.body.as_slice(), seen.header("transfer-encoding")), (TEXT, None), "{}", seen.target);
    }
}

#[tokio::test]
async fn what_can_be_read_only_once_is_never_sent_in_part() {
    for answer in [
        Answer::new(401, r#"{"error":{"code":"InvalidAuthenticationToken"}}"#),
        Answer::new(429, "").with("Retry-After", "1"),
        Answer::redirect(307, "/v1.0/elsewhere"),
        Answer::redirect(302, "/v1.0/elsewhere"),
    ] {
        let status = answer.status;
        let server = Double::answering([answer, Answer::json("{}")]).await;
        let (graph, _) = server.graph();
        let (request, source) = posting(once());
        let error = graph.send(&request, &mut |_| ()).await.unwrap_err();
        assert!(matches!(error, GraphError::Spent(_)), "{status}: {error:?}");
        assert!(error.to_string().starts_with("Response status code does not indicate success: "), "{error}");
        assert_eq!(error.refusal().unwrap().status(), status);
        assert_eq!((server.journal().len(), source.begun.load(Ordering::Relaxed)), (1, 1));
        let again = graph.send(&request, &mut |_| ()).await.unwrap_err();
        assert!(matches!(again, GraphError::Body(BodyError::Spent)), "{again:?}");
        assert_eq!(server.journal().len(), 1);
    }
}

#[tokio::test]
async fn its_answer_is_one_where_errors_are_not_checked() {
    let server = Double::answering([Answer::new(429, "").with("Retry-After", "1"), Answer::json("{}")]).await;
    let (graph, _) = server.graph();
    let request = GraphRequest { skip_http_error_check: true, ..posting(once()).0 };
    assert_eq!(graph.send(&request, &mut |_| ()).await.unwrap().head.status, 429);
    assert_eq!(server.journal().len(), 1);
}

#[tokio::test]
async fn a_redirect_that_becomes_a_get_needs_it_no_more() {
    let server = Double::answering([Answer::redirect(303, "/v1.0/result"), Answer::json("{}")]).await;
    let (graph, _) = server.graph();
    graph.send(&posting(once()).0, &mut |_| ()).await.unwrap();
    let journal = server.journal();
    assert_eq!((journal[1].method.as_str(), journal[1].body.len()), ("GET", 0));
}

#[tokio::test]
async fn what_cannot_be_read_to_its_end_does_not_arrive_as_a_whole() {
    for (source, says) in [
        (Source { fails_at: Some(2), ..Source::default() }, "the disk is gone"),
        (Source { breaks_at: Some(2), ..Source::default() }, "reading it was ended"),
        (Source { too_many: 1, ..Source::default() }, "its length has changed meanwhile"),
    ] {
        let server = Double::answering([Answer::json("{}")]).await;
        let (graph, _) = server.graph();
        match graph.send(&posting(source).0, &mut |_| ()).await.unwrap_err() {
            GraphError::Transport(error) => assert_eq!((error.kind, error.detail.as_str()), (Kind::Body, says)),
            other => panic!("{other:?}"),
        }
        assert_eq!(server.journal().len(), 0, "{says}");
    }
}
