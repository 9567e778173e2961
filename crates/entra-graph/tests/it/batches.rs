//! Batches whose parts fare differently.

use crate::double::{Answer, Double, Notes, Seen, waited};
use entra_graph::{BatchAnswer, BatchBody, BatchError, BatchPart, Graph, GraphError, GraphRequest, Note, batch};
use entra_net::{Bytes, Method};
use serde_json::{Value, json};

fn requests(seen: &Seen) -> Vec<Value> {
    let body: Value = serde_json::from_str(seen.text()).unwrap();
    body["requests"].as_array().unwrap().clone()
}

/// Answers each part by what its address asks for, the last one first.
async fn service() -> Double {
    let mut throttled = std::collections::HashMap::new();
    Double::start(move |seen| {
        let asked = requests(seen);
        let mut statuses = std::collections::HashMap::new();
        let mut responses = Vec::new();
        for ask in &asked {
            let (id, url) = (ask["id"].as_str().unwrap(), ask["url"].as_str().unwrap());
            let depends = ask["dependsOn"].as_array().cloned().unwrap_or_default();
            let failed = depends.iter().any(|on| statuses[on.as_str().unwrap()] != 200);
            let (mut status, mut headers) = (200, json!({ "Content-Type": "application/json" }));
            if failed {
                status = 424;
            } else if let Some(times) = url.strip_prefix("/slow/") {
                let seen: &mut u32 = throttled.entry(id.to_owned()).or_default();
                *seen += 1;
                if *seen <= times.parse().unwrap() {
                    status = 429;
                    headers = json!({ "retry-after": "5" });
                }
            } else if let Some(number) = url.strip_prefix("/status/") {
                status = number.parse().unwrap();
            }
            statuses.insert(id.to_owned(), status);
            responses.insert(
                0,
                json!({ "id": id, "status": status, "headers": headers, "body": { "url": url, "sent": ask["body"] } }),
            );
        }
        Answer::json(&json!({ "responses": responses }).to_string())
    })
    .await
}

fn part(id: &str, url: &str, depends_on: &[&str]) -> BatchPart {
    let depends_on = depends_on.iter().map(|&on| on.into()).collect();
    BatchPart { id: Some(id.into()), depends_on, ..BatchPart::new(Method::GET, url) }
}

async fn send(graph: &Graph, parts: &[BatchPart]) -> Result<Vec<BatchAnswer>, GraphError> {
    let (answers, end) = batch(graph, &GraphRequest::get(""), "v1.0", parts, &mut |_| ()).await;
    end.map(|()| answers)
}

#[tokio::test]
async fn what_was_answered_before_an_error_is_not_lost() {
    let mut calls = 0;
    let server = Double::start(move |seen| {
        calls += 1;
        if calls == 2 {
            return Answer::new(500, "{}");
        }
        let answers: Vec<_> = requests(seen).iter().map(|ask| json!({ "id": ask["id"], "status": 200 })).collect();
        Answer::json(&json!({ "responses": answers }).to_string())
    })
    .await;
    let (graph, _) = server.graph();
    let parts: Vec<_> = (1..=45).map(|number| part(&number.to_string(), "/me", &[])).collect();
    let (answers, end) = batch(&graph, &GraphRequest::get(""), "v1.0", &parts, &mut |_| ()).await;
    assert_eq!(end.unwrap_err().refusal().unwrap().status(), 500);
    let ids: Vec<_> = answers.iter().map(|answer| answer.id.parse::<u32>().unwrap()).collect();
    assert_eq!(ids, (1..=20).collect::<Vec<_>>());
}

fn statuses(answers: &[BatchAnswer]) -> Vec<(&str, u16)> {
    answers.iter().map(|answer| (answer.id.as_str(), answer.status)).collect()
}

#[tokio::test]
async fn forty_five_parts_make_three_calls_and_keep_their_order() {
    let server = service().await;
    let (graph, _) = server.graph();
    let parts: Vec<_> = (0..45).map(|n| BatchPart::new(Method::GET, format!("/users/{n}?top=1"))).collect();
    let answers = send(&graph, &parts).await.unwrap();
    let counts: Vec<_> = server.journal().iter().map(|seen| requests(seen).len()).collect();
    assert_eq!(counts, [20, 20, 5]);
    assert!(server.journal().iter().all(|seen| seen.target == "/v1.0/$batch"));
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(answer.id, (n + 1).to_string());
        assert!(answer.body.as_ref().unwrap().contains(&format!("\"/users/{n}?$top=1\"")), "{answer:?}");
    }
}

#[tokio::test]
async fn a_throttled_part_is_tried_again_alone() {
    let server = service().await;
    let (graph, _) = server.graph();
    let parts = [part("a", "/me", &[]), part("b", "/slow/2", &[]), part("c", "/status/404", &[])];
    let mut notes = Notes::default();
    let (answers, end) = batch(&graph, &GraphRequest::get(""), "v1.0", &parts, &mut notes.told()).await;
    end.unwrap();
    assert_eq!(statuses(&answers), [("a", 200), ("b", 200), ("c", 404)]);
    let asked: Vec<Vec<_>> =
        server.journal().iter().map(|seen| requests(seen).iter().map(|ask| ask["id"].clone()).collect()).collect();
    assert_eq!(asked, [vec![json!("a"), json!("b"), json!("c")], vec![json!("b")], vec![json!("b")]]);
    assert_eq!(waited(&graph), 10);
    assert_eq!(notes.0.iter().filter(|note| matches!(note, Note::Waiting { .. })).count(), 2);
}

#[tokio::test]
async fn throttled_to_the_end_is_an_answer() {
    let server = service().await;
    let (mut graph, _) = server.graph();
    graph.limits.max_retry = 1;
    let answers = send(&graph, &[part("a", "/slow/9", &[]), part("b", "/me", &["a"])]).await.unwrap();
    assert_eq!(statuses(&answers), [("a", 429), ("b", 424)]);
    assert_eq!(answers[0].header("Retry-After"), Some("5"));
    assert_eq!(server.journal().len(), 2);
    graph.limits.max_retry = 9;
    graph.limits.retries_time_limit = std::time::Duration::from_secs(4);
    assert_eq!(statuses(&send(&graph, &[part("z", "/slow/9", &[])]).await.unwrap()), [("z", 429)]);
}

#[tokio::test]
async fn dependents_follow_what_they_depend_on() {
    let server = service().await;
    let (graph, _) = server.graph();
    let parts = [
        part("c", "/me", &["b"]),
        part("b", "/slow/1", &["A"]),
        part("a", "/me", &[]),
        part("d", "/me", &["e"]),
        part("e", "/status/403", &[]),
    ];
    let answers = send(&graph, &parts).await.unwrap();
    assert_eq!(statuses(&answers), [("c", 200), ("b", 200), ("a", 200), ("d", 424), ("e", 403)]);
    let journal = server.journal();
    let second = requests(&journal[1]);
    assert_eq!(second.len(), 2, "the throttled part and the one that waits for it");
    assert_eq!((second[0]["id"].as_str(), &second[0]["dependsOn"]), (Some("b"), &Value::Null));
    assert_eq!((second[1]["id"].as_str(), &second[1]["dependsOn"]), (Some("c"), &json!(["b"])));
}

#[tokio::test]
async fn a_dependency_may_be_in_an_earlier_call_and_in_another_version() {
    let server = service().await;
    let (graph, _) = server.graph();
    let mut parts: Vec<_> = (0..20).map(|n| BatchPart::new(Method::GET, format!("/{n}"))).collect();
    parts[0].id = Some("first".into());
    parts.push(part("last", "beta/me", &["first"]));
    let answers = send(&graph, &parts).await.unwrap();
    assert_eq!(answers[20].status, 200);
    let journal = server.journal();
    let targets: Vec<_> = journal.iter().map(|seen| seen.target.as_str()).collect();
    assert_eq!(targets, ["/v1.0/$batch", "/beta/$batch"]);
    assert_eq!(requests(&journal[1])[0]["dependsOn"], Value::Null);
}

#[tokio::test]
async fn bodies_are_kept_as_they_are_written() {
    let server = service().await;
    let (graph, _) = server.graph();
    let mut json = part("j", "/users", &[]);
    json.method = Method::POST;
    json.body = Some(BatchBody::Json("{\"n\": 12345678901234567890123, \"f\":1.0}".into()));
    let mut bytes = part("b", "/photo", &[]);
    bytes.body = Some(BatchBody::Bytes(Bytes::from_static(b"\x01\xff")));
    bytes.headers = vec![("content-type".into(), "image/jpeg".into())];
    send(&graph, &[json.clone(), bytes]).await.unwrap();
    let text = server.journal()[0].text().to_owned();
    assert!(text.contains(r#""body":{"n": 12345678901234567890123, "f":1.0}"#), "{text}");
    assert!(text.contains(r#""headers":{"Content-Type":"application/json"}"#), "{text}");
    assert!(text.contains(r#""headers":{"content-type":"image/jpeg"},"body":"Af8=""#), "{text}");
    json.body = Some(BatchBody::Json("{".into()));
    assert!(matches!(send(&graph, &[json]).await, Err(GraphError::Batch(BatchError::Body(id))) if id == "j"));
}

#[tokio::test]
async fn parts_that_make_no_batch_are_refused_before_anything_is_sent() {
    let server = service().await;
    let (graph, _) = server.graph();
    let why = |error: GraphError| match error {
        GraphError::Batch(error) => error,
        other => unreachable!("{other}"),
    };
    let doubled = send(&graph, &[part("a", "/me", &[]), part("A", "/me", &[])]).await.unwrap_err();
    assert_eq!(why(doubled), BatchError::DuplicateId("A".into()));
    let unknown = send(&graph, &[part("a", "/me", &["x"])]).await.unwrap_err();
    assert_eq!(why(unknown), BatchError::UnknownDependency { id: "a".into(), on: "x".into() });
    let circle = send(&graph, &[part("a", "/me", &["b"]), part("b", "/me", &["a"])]).await.unwrap_err();
    assert_eq!(why(circle), BatchError::Circle("a".into()));
    let foreign = send(&graph, &[part("a", "https://elsewhere.example/v1.0/me", &[])]).await.unwrap_err();
    assert_eq!(why(foreign), BatchError::Foreign("a".into()));
    assert!(send(&graph, &[]).await.unwrap().is_empty());
    assert!(server.journal().is_empty());
    let own = part("a", &format!("{}/v1.0/me?$select=id", server.url()), &[]);
    assert!(send(&graph, &[own]).await.unwrap()[0].body.as_ref().unwrap().contains("/me?$select=id"));
}

#[tokio::test]
async fn an_answer_that_leaves_a_part_out_is_told() {
    let server =
        Double::answering([Answer::json(r#"{"responses":[{"id":1,"status":200}]}"#), Answer::json("{}")]).await;
    let (graph, _) = server.graph();
    let parts = [BatchPart::new(Method::GET, "/me"), BatchPart::new(Method::GET, "/me")];
    for _ in 0..2 {
        assert!(matches!(send(&graph, &parts).await, Err(GraphError::Reply(_))));
    }
}
