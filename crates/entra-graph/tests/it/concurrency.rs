//! Many requests at once, and requests that nobody waits for any more.

use crate::double::{Answer, Double, client, lock};
use entra_graph::{BatchPart, GraphRequest, PIECE_UNIT, Pages, batch, download, upload};
use entra_net::Method;
use std::io::Cursor;

fn sendable<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn every_operation_may_run_on_any_thread() {
    let server = Double::answering([Answer::json(r#"{"value":[],"responses":[]}"#)]).await;
    let (graph, _) = server.graph();
    let request = GraphRequest::get("v1.0/users");
    sendable(graph.send(&request, &mut |_| ())).await.unwrap();
    let mut pages = Pages::new(&graph, request.clone(), None).unwrap();
    assert!(sendable(pages.next(&mut |_| ())).await.unwrap().is_some());
    let parts: [BatchPart; 0] = [];
    assert!(sendable(batch(&graph, &request, "v1.0", &parts, &mut |_| ())).await.0.is_empty());
    let mut source = Cursor::new(Vec::new());
    let create = GraphRequest::new(Method::POST, "v1.0/up");
    assert!(sendable(upload(&graph, &create, &mut source, PIECE_UNIT, &mut |_| ())).await.is_err());
    sendable(download(&graph, &request, |_| Ok(Vec::new()), &mut |_| ())).await.unwrap();
}

#[tokio::test]
async fn requests_side_by_side_share_the_connection() {
    let server = Double::start(|seen| Answer::json(&format!("\"{}\"", seen.target))).await;
    let (graph, tokens) = server.graph();
    let one = |n: u32| {
        let graph = graph.clone();
        async move {
            let reply = graph.send(&GraphRequest::get(format!("v1.0/{n}")), &mut |_| ()).await.unwrap();
            assert_eq!(reply.text(), format!("\"/v1.0/{n}\""));
        }
    };
    let tasks: Vec<_> = (0..32).map(|n| tokio::spawn(one(n))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!((server.journal().len(), lock(&tokens.asked).len()), (32, 32));
}

#[tokio::test]
async fn a_request_that_is_dropped_while_it_waits_is_not_sent_again() {
    let server = Double::answering([Answer::new(429, "").with("Retry-After", "3600")]).await;
    let (mut graph, _) = server.graph();
    graph.clock = std::sync::Arc::new(entra_net::SystemClock);
    graph.client = client();
    let (waits, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        let mut told = |note| {
            if matches!(note, entra_graph::Note::Waiting { .. }) {
                waits.send(()).unwrap();
            }
        };
        graph.send(&GraphRequest::get("v1.0/me"), &mut told).await.map(drop)
    });
    waiting.recv().await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(server.journal().len(), 1);
}
