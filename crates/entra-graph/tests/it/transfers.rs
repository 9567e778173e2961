//! Uploads in pieces and downloads that go on.

use crate::double::{Answer, Double, Notes, Seen, lock};
use entra_graph::{GraphError, GraphRequest, Note, PIECE_UNIT, download, upload};
use entra_net::Method;
use std::{
    io::Cursor,
    sync::{Arc, Mutex},
};

const UNIT: usize = PIECE_UNIT as usize;

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n % 251) as u8).collect()
}

fn create() -> GraphRequest {
    GraphRequest::new(Method::POST, "v1.0/me/drive/root:/big.bin:/createUploadSession")
}

/// Takes pieces into `file`; `mishap` may answer the n-th request to the session in its place.
async fn drive(
    total: usize,
    file: Arc<Mutex<Vec<u8>>>,
    mut mishap: impl FnMut(usize, &Seen) -> Option<Answer> + Send + 'static,
) -> Double {
    let mut count = 0;
    Double::start(move |seen| {
        if seen.method == "POST" {
            let url = format!("https://{}/up/fake-key-in-path?sig=fake-key", seen.header("host").unwrap());
            return Answer::json(&format!(r#"{{"uploadUrl":"{url}","nextExpectedRanges":["0-"]}}"#));
        }
        count += 1;
        let mut file = lock(&file);
        if let Some(range) = seen.header("content-range") {
            let start: usize = range[6..].split('-').next().unwrap().parse().unwrap();
            assert!(range.ends_with(&format!("/{total}")), "{range}");
            if start == file.len() && !matches!(mishap(count, seen), Some(answer) if answer.body.starts_with(b"lost")) {
                file.extend_from_slice(&seen.body);
            }
        }
        match mishap(count, seen) {
            Some(answer) => answer,
            None if file.len() == total => Answer::new(201, r#"{"id":"file1"}"#),
            None => Answer::new(202, format!(r#"{{"nextExpectedRanges":["{}-"]}}"#, file.len())),
        }
    })
    .await
}

#[tokio::test]
async fn a_file_goes_in_pieces_without_the_bearer() {
    let bytes = content(UNIT * 5 + 7);
    let file = Arc::new(Mutex::new(Vec::new()));
    let server = drive(bytes.len(), file.clone(), |_, _| None).await;
    let (mut graph, _) = server.graph();
    graph.heads = true;
    let mut notes = Notes::default();
    let reply =
        upload(&graph, &create(), &mut Cursor::new(&bytes), PIECE_UNIT * 2 + 9, &mut notes.told()).await.unwrap();
    assert_eq!(reply.text(), r#"{"id":"file1"}"#);
    assert!(*lock(&file) == bytes, "the file arrived whole");
    let journal = server.journal();
    assert_eq!(journal[0].header("authorization"), Some("Bearer token-1"));
    let pieces: Vec<_> = journal[1..].iter().map(|seen| seen.body.len()).collect();
    assert_eq!(pieces, [UNIT * 2, UNIT * 2, UNIT + 7]);
    for seen in &journal[1..] {
        assert_eq!((seen.header("authorization"), seen.header("client-request-id")), (None, None));
        assert_eq!(seen.target, "/up/fake-key-in-path?sig=fake-key");
    }
    assert!(!format!("{:?}", notes.0).contains("fake-key"));
    let total = bytes.len() as u64;
    assert_eq!(notes.0.last(), Some(&Note::Progress { done: total, total: Some(total) }));
}

#[tokio::test]
async fn a_piece_that_went_astray_is_asked_after() {
    for (mishap, requests) in [
        // The answer is lost, the piece is not: it is not sent again.
        (Answer { cut_after: Some(0), ..Answer::new(202, "x") }, 6),
        (Answer { cut_after: Some(0), ..Answer::new(202, "lost") }, 7),
        (Answer::new(500, "lost"), 7),
        (Answer::new(416, "{}"), 6),
        (Answer::new(503, "lost").with("Retry-After", "1"), 6),
    ] {
        let bytes = content(UNIT * 4);
        let file = Arc::new(Mutex::new(Vec::new()));
        let answer = mishap.clone();
        let server = drive(bytes.len(), file.clone(), move |count, seen| {
            (count == 2 && seen.method == "PUT").then(|| answer.clone())
        })
        .await;
        let (graph, _) = server.graph();
        upload(&graph, &create(), &mut Cursor::new(&bytes), PIECE_UNIT, &mut |_| ()).await.unwrap();
        assert!(*lock(&file) == bytes, "{mishap:?}");
        assert_eq!(server.journal().len(), requests, "{mishap:?}");
    }
}

#[tokio::test]
async fn a_file_is_not_complete_before_its_last_piece() {
    let bytes = content(UNIT * 2);
    for (status, body) in [(200, "{}"), (200, r#"{"nextExpectedRanges":[]}"#), (202, r#"{"nextExpectedRanges":["x"]}"#)]
    {
        let server = drive(bytes.len(), Arc::default(), move |_, _| Some(Answer::new(status, body))).await;
        let (graph, _) = server.graph();
        let error = upload(&graph, &create(), &mut Cursor::new(&bytes), PIECE_UNIT, &mut |_| ()).await.unwrap_err();
        assert!(error.to_string().contains("which piece"), "{status} {body}: {error}");
    }
}

#[tokio::test]
async fn a_refused_session_is_told_whatever_the_caller_makes_of_refusals() {
    let server = Double::answering([Answer::new(403, r#"{"error":{"code":"accessDenied"}}"#)]).await;
    let (graph, _) = server.graph();
    let create = GraphRequest { skip_http_error_check: true, ..create() };
    let error = upload(&graph, &create, &mut Cursor::new([0; 9]), PIECE_UNIT, &mut |_| ()).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().status(), 403);
}

#[tokio::test]
async fn transfers_pause_no_longer_than_the_connection_allows() {
    let broken = Answer { cut_after: Some(0), ..Answer::new(200, "abc") };
    let server = Double::answering([broken]).await;
    let (mut graph, _) = server.graph();
    // Three seconds, then six: only the first pause is within the limit.
    graph.limits.retries_time_limit = std::time::Duration::from_secs(5);
    let mut bytes = Vec::new();
    let fetched = download(&graph, &GraphRequest::get("v1.0/content"), |_| Ok(&mut bytes), &mut |_| ()).await;
    assert!(matches!(fetched, Err(GraphError::Transport(_))));
    assert_eq!(server.journal().len(), 2);
}

#[tokio::test]
async fn an_upload_that_gets_nowhere_ends() {
    let bytes = content(UNIT * 2);
    for (status, body) in [(500, "lost"), (404, "lost"), (202, r#"{"nextExpectedRanges":["0-"]}"#), (202, "{}")] {
        let server = drive(bytes.len(), Arc::default(), move |_, _| Some(Answer::new(status, body))).await;
        let (graph, _) = server.graph();
        let error = upload(&graph, &create(), &mut Cursor::new(&bytes), PIECE_UNIT, &mut |_| ()).await.unwrap_err();
        assert!(server.journal().len() < 12, "{status} {body}");
        let told = format!("{error:?} {}", error.refusal().map(|refusal| refusal.details()).unwrap_or_default());
        assert!(!told.contains("fake-key"), "{told}");
    }
    let server = Double::answering([Answer::json(r#"{"uploadUrl":"http://localhost/up"}"#)]).await;
    let (graph, _) = server.graph();
    let plain = upload(&graph, &create(), &mut Cursor::new(&bytes), PIECE_UNIT, &mut |_| ()).await;
    assert!(matches!(plain, Err(GraphError::Reply(_))));
    let empty = upload(&graph, &create(), &mut Cursor::new([]), PIECE_UNIT, &mut |_| ()).await;
    assert!(matches!(empty, Err(GraphError::Reply(_))));
}

/// Gives `bytes`, cut after every `step`, with ranges where `ranges` says so.
async fn files(
    bytes: Vec<u8>,
    step: usize,
    ranges: bool,
    tag: impl Fn(usize) -> Option<&'static str> + Send + 'static,
) -> Double {
    let mut count = 0;
    Double::start(move |seen| {
        count += 1;
        let asked = seen.header("range").filter(|_| ranges);
        let start: usize = asked.map_or(0, |range| range[6..].trim_end_matches('-').parse().unwrap());
        let rest = bytes[start..].to_vec();
        let mut answer = Answer::new(if start > 0 { 206 } else { 200 }, rest);
        if start > 0 {
            answer = answer.with("Content-Range", format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len()));
        }
        if let Some(tag) = tag(count) {
            answer = answer.with("ETag", tag);
        }
        // Where there are no ranges, each try comes further than the one before.
        let reach = if ranges { step } else { step * count };
        answer.cut_after = (answer.body.len() > reach).then_some(reach);
        answer
    })
    .await
}

async fn fetch(server: &Double) -> (Result<(), GraphError>, Vec<u8>) {
    let (graph, _) = server.graph();
    let mut bytes = Vec::new();
    let fetched = download(&graph, &GraphRequest::get("v1.0/content"), |_| Ok(&mut bytes), &mut |_| ()).await;
    (fetched.map(drop), bytes)
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_broke() {
    let bytes = content(50_000);
    let server = files(bytes.clone(), 20_000, true, |_| Some("\"v1\"")).await;
    let (fetched, got) = fetch(&server).await;
    fetched.unwrap();
    assert!(got == bytes, "whole");
    let journal = server.journal();
    assert_eq!(journal.len(), 3);
    assert_eq!(journal[0].header("accept-encoding"), Some("identity"));
    assert_eq!((journal[1].header("range"), journal[1].header("if-range")), (Some("bytes=20000-"), Some("\"v1\"")));
    assert_eq!(journal[2].header("range"), Some("bytes=40000-"));
}

#[tokio::test]
async fn without_ranges_what_is_known_is_skipped() {
    let bytes = content(50_000);
    let server = files(bytes.clone(), 20_000, false, |_| Some("\"v1\"")).await;
    let (fetched, got) = fetch(&server).await;
    fetched.unwrap();
    assert!(got == bytes, "whole");
}

#[tokio::test]
async fn other_content_is_never_mixed_in() {
    let changed =
        files(content(50_000), 20_000, false, |count| Some(if count == 1 { "\"v1\"" } else { "\"v2\"" })).await;
    let unknown = files(content(50_000), 20_000, true, |_| None).await;
    let weak = files(content(50_000), 20_000, true, |_| Some("W/\"v1\"")).await;
    for server in [changed, unknown, weak] {
        let (fetched, got) = fetch(&server).await;
        assert!(matches!(fetched, Err(GraphError::Reply(_))));
        assert_eq!(got.len(), 20_000);
    }
}

#[tokio::test]
async fn a_part_that_the_caller_asked_for_is_not_gone_on_with_and_no_error_becomes_content() {
    let part = Answer { cut_after: Some(50), ..Answer::new(206, content(100)) }.with("ETag", "\"v1\"");
    let part = part.with("Content-Range", "bytes 100-199/1000");
    let refused = Answer::new(404, r#"{"error":{}}"#);
    let nothing = Answer { cut_after: Some(0), ..Answer::new(200, "abc") };
    for (first, kept) in [(part, 50), (nothing, 0)] {
        let server = Double::answering([first, refused.clone()]).await;
        let (graph, _) = server.graph();
        let mut bytes = Vec::new();
        let mut request = GraphRequest { skip_http_error_check: true, ..GraphRequest::get("v1.0/content") };
        if kept > 0 {
            request.headers.push(("Range".into(), "bytes=100-199".into()));
        }
        let fetched = download(&graph, &request, |_| Ok(&mut bytes), &mut |_| ()).await;
        assert!(matches!(fetched, Err(GraphError::Reply(_) | GraphError::Refused(_))), "{fetched:?}");
        assert_eq!(bytes.len(), kept);
    }
}

#[tokio::test]
async fn a_refused_download_makes_no_file() {
    let server = Double::answering([Answer::new(404, "{}")]).await;
    let (graph, _) = server.graph();
    let mut made = false;
    let create = |_: &entra_graph::Head| {
        made = true;
        Ok(Vec::new())
    };
    let error = download(&graph, &GraphRequest::get("v1.0/content"), create, &mut |_| ()).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().status(), 404);
    assert!(!made);
}

#[tokio::test]
async fn a_download_that_gets_nowhere_ends() {
    let server = Double::answering([Answer { cut_after: Some(0), ..Answer::new(200, "abc") }]).await;
    let (fetched, got) = fetch(&server).await;
    assert!(matches!(fetched, Err(GraphError::Transport(_))));
    assert_eq!((server.journal().len(), got.len()), (4, 0));
}
