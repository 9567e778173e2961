//! Bearer, challenge, retry, errors.

use crate::double::{Answer, Double, Notes, lock, waited};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use entra_graph::{GraphError, GraphRequest, Note, RequestBody};
use entra_net::Method;
use std::time::Duration;

const WANTED: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;

fn nobody() -> impl FnMut(Note) + Send {
    |_| ()
}

#[tokio::test]
async fn a_request_carries_the_bearer_and_the_defaults() {
    let server = Double::answering([Answer::json("{}")]).await;
    let (graph, _) = server.graph();
    let mut request = GraphRequest::get("v1.0/me").with_header("Authorization", "Bearer mine");
    request.user_agent = Some("agent/1".into());
    request.module_version = Some("1.2.3".into());
    request.consistency_level = Some("eventual".into());
    let reply = graph.send(&request, &mut nobody()).await.unwrap();
    assert_eq!(reply.text(), "{}");
    let seen = &server.journal()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("GET", "/v1.0/me"));
    for (name, value) in [
        ("authorization", "Bearer token-1"),
        ("user-agent", "agent/1"),
        ("sdkversion", "graph-powershell/1.2.3"),
        ("consistencylevel", "eventual"),
        ("return-client-request-id", "true"),
        ("cache-control", "no-store, no-cache"),
    ] {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
    assert_eq!(seen.header("client-request-id").unwrap().len(), 36);
    assert_eq!(seen.header("accept-encoding"), Some("gzip"));
    assert_eq!(seen.header("retry-attempt"), None);
    assert_eq!(seen.headers.iter().filter(|(name, _)| name == "authorization").count(), 1);
}

#[tokio::test]
async fn a_foreign_host_is_told_nothing_of_us() {
    let home = Double::answering([Answer::json("{}")]).await;
    let elsewhere = Double::answering([Answer::json("{}")]).await;
    let (graph, tokens) = home.graph();
    let mut request = GraphRequest::get(format!("{}/v1.0/me", elsewhere.url()));
    request.module_version = Some("1.2.3".into());
    graph.send(&request, &mut nobody()).await.unwrap();
    let seen = &elsewhere.journal()[0];
    for name in ["authorization", "client-request-id", "sdkversion"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
    assert!(lock(&tokens.asked).is_empty());
    // And it does not become the connection's own.
    graph.send(&GraphRequest::get("v1.0/me"), &mut nobody()).await.unwrap();
    assert_eq!(home.journal()[0].header("authorization"), Some("Bearer token-1"));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_with_the_claims() {
    let challenge =
        format!(r#"Bearer realm="", error="insufficient_claims", claims="{}""#, BASE64_URL_SAFE_NO_PAD.encode(WANTED));
    let refusal = Answer::new(401, "{}").with("WWW-Authenticate", challenge);
    let server = Double::answering([refusal, Answer::json("{}")]).await;
    let (graph, tokens) = server.graph();
    let mut notes = Notes::default();
    graph.send(&GraphRequest::get("v1.0/me"), &mut notes.told()).await.unwrap();
    let asked = lock(&tokens.asked).clone();
    assert_eq!(asked, [(None, None), (Some(WANTED.into()), Some("token-1".into()))]);
    assert_eq!(server.journal()[1].header("authorization"), Some("Bearer token-2"));
    assert!(notes.0.contains(&Note::Challenged { claims: true }));
}

#[tokio::test]
async fn claims_are_asked_for_once_however_often_the_request_is_sent_after_them() {
    let challenge = Answer::new(401, "").with("WWW-Authenticate", r#"Bearer claims="e30=""#);
    let later = Answer::new(429, "").with("Retry-After", "1");
    let server = Double::answering([challenge, later.clone(), later, Answer::json("{}")]).await;
    let (graph, tokens) = server.graph();
    graph.send(&GraphRequest::get("v1.0/me"), &mut nobody()).await.unwrap();
    let claims: Vec<_> = lock(&tokens.asked).iter().map(|(claims, _)| claims.is_some()).collect();
    assert_eq!(claims, [false, true, false, false]);
    let sent: Vec<_> =
        server.journal().iter().filter_map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, ["Bearer token-1", "Bearer token-2", "Bearer token-2", "Bearer token-2"]);
}

#[tokio::test]
async fn an_error_shows_no_cookie_and_no_key_of_an_address() {
    let conflict = Answer::new(409, "{}")
        .with("Set-Cookie", "fake-session=1")
        .with("Location", "https://x.example/y?sig=fake-key");
    let server = Double::answering([conflict]).await;
    let (graph, _) = server.graph();
    let error = graph.send(&GraphRequest::get("v1.0/me"), &mut nobody()).await.unwrap_err();
    let details = error.refusal().unwrap().details();
    assert!(details.contains("https://x.example/y\r\n") && !details.contains("fake-"), "{details}");
}

#[tokio::test]
async fn heads_are_told_to_those_who_ask_without_what_proves_who_we_are() {
    let moved =
        Answer::redirect(307, "/v1.0/next?sig=fake-key").with("Set-Cookie", "fake-session=1").with("X-Kind", "a");
    let server = Double::answering([moved, Answer::json("{}")]).await;
    let (mut graph, _) = server.graph();
    let request = GraphRequest::get("v1.0/me?x=1").with_header("Cookie", "fake-session=1").with_header("X-Mine", "b");
    for heads in [true, false] {
        graph.heads = heads;
        let mut notes = Notes::default();
        graph.send(&request, &mut notes.told()).await.unwrap();
        let told =
            notes.0.iter().filter_map(|note| if let Note::Head(text) = note { Some(text.as_str()) } else { None });
        let told: Vec<_> = told.collect();
        if !heads {
            assert_eq!(told, [""; 0]);
            continue;
        }
        assert_eq!(told.len(), 4);
        assert!(told[0].starts_with(&format!("GET {}/v1.0/me?x=1\n", server.url())), "{}", told[0]);
        assert!(told[0].contains("\nx-mine: b") && told[0].contains("\nauthorization: (not shown)"), "{}", told[0]);
        assert!(told[1].starts_with("HTTP/1.1 307 Temporary Redirect\n"), "{}", told[1]);
        assert!(told[1].contains("\nlocation: /v1.0/next\n") && told[1].contains("\nx-kind: a"), "{}", told[1]);
        let all = told.join("\n");
        assert!(!all[..all.find("/v1.0/next?").unwrap()].contains("fake-key") && !all.contains("token-"), "{all}");
        assert!(!all.contains("fake-session"), "{all}");
    }
}

#[tokio::test]
async fn a_second_refusal_is_the_answer() {
    let body = r#"{"error":{"code":"InvalidAuthenticationToken","message":"no","innerError":{"code":"outer","innererror":{"code":"deep"}}}}"#;
    let refusal = Answer::new(401, body)
        .with("request-id", "r-1")
        .with("client-request-id", "c-1")
        .with("Date", "Thu, 01 Jan 2026 00:00:00 GMT")
        .with("Content-Type", "application/json");
    let server = Double::answering([refusal]).await;
    let (graph, _) = server.graph();
    let error = graph.send(&GraphRequest::get("v1.0/me"), &mut nobody()).await.unwrap_err();
    assert_eq!(server.journal().len(), 2);
    let refusal = error.refusal().unwrap();
    assert_eq!(refusal.status(), 401);
    assert_eq!(refusal.code.as_deref(), Some("InvalidAuthenticationToken"));
    assert_eq!(refusal.message.as_deref(), Some("no"));
    assert_eq!(refusal.inner_code.as_deref(), Some("deep"));
    assert_eq!(refusal.request_id.as_deref(), Some("r-1"));
    assert_eq!(refusal.client_request_id.as_deref(), Some("c-1"));
    assert_eq!(refusal.date.as_deref(), Some("Thu, 01 Jan 2026 00:00:00 GMT"));
    assert_eq!(error.to_string(), "Response status code does not indicate success: Unauthorized (Unauthorized).");
    let details = refusal.details();
    let head = format!("GET {}/v1.0/me\r\nHTTP/1.1 401 Unauthorized\r\n", server.url());
    assert!(details.starts_with(&head), "{details}");
    let tail = format!(
        "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert!(details.ends_with(&tail), "{details}");
    assert!(!format!("{error:?} {details}").contains("token-"), "no bearer");
}

#[tokio::test]
async fn throttled_requests_wait_as_asked_and_count_their_tries() {
    let server = Double::answering([
        Answer::new(429, "{}").with("Retry-After", "7"),
        Answer::new(503, "{}").with("Retry-After", "1.5"),
        Answer::new(504, "{}"),
        Answer::json("{}"),
    ])
    .await;
    let (graph, _) = server.graph();
    let mut request = GraphRequest::new(Method::POST, "v1.0/users");
    request.body = RequestBody::Text("{\"a\":1}".into());
    let mut notes = Notes::default();
    graph.send(&request, &mut notes.told()).await.unwrap();
    let journal = server.journal();
    let attempts: Vec<_> = journal.iter().map(|seen| seen.header("retry-attempt")).collect();
    assert_eq!(attempts, [None, Some("1"), Some("2"), Some("3")]);
    assert!(journal.iter().all(|seen| seen.text() == "{\"a\":1}"));
    assert!(journal.iter().all(|seen| seen.header("content-type") == Some("application/json")));
    // 7 s, 1.5 s, and 3 s doubled twice.
    assert_eq!(waited(&graph), 20);
    let pauses = notes.0.iter().filter_map(|note| match note {
        Note::Waiting { pause, left: None } => Some((pause.span.as_millis(), pause.because.as_str())),
        _ => None,
    });
    assert_eq!(pauses.collect::<Vec<_>>(), [(7000, "429"), (1500, "503"), (12000, "504")]);
}

#[tokio::test]
async fn a_date_is_waited_for() {
    let late = Answer::new(429, "").with("Retry-After", "Thu, 01 Jan 2026 00:00:30 GMT");
    let server = Double::answering([late, Answer::json("{}")]).await;
    let (graph, _) = server.graph();
    graph.send(&GraphRequest::get("v1.0/me"), &mut nobody()).await.unwrap();
    assert_eq!(waited(&graph), 30);
}

#[tokio::test]
async fn tries_and_time_are_limited() {
    let slow = Answer::new(429, "{\"error\":{\"code\":\"TooManyRequests\"}}").with("Retry-After", "1");
    let server = Double::answering([slow]).await;
    let (mut graph, _) = server.graph();
    graph.limits.max_retry = 2;
    let request = GraphRequest::get("v1.0/me");
    let error = graph.send(&request, &mut nobody()).await.unwrap_err();
    assert_eq!(server.journal().len(), 3);
    assert!(
        error
            .to_string()
            .starts_with("Too many retries performed. More than 2 retries encountered while sending the request.")
    );
    assert_eq!(error.refusal().unwrap().code.as_deref(), Some("TooManyRequests"));

    graph.limits.max_retry = 0;
    let error = graph.send(&request, &mut nobody()).await.unwrap_err();
    assert_eq!(server.journal().len(), 4);
    assert!(matches!(&error, GraphError::Refused(refusal) if refusal.retry_after == Some(Duration::from_secs(1))));

    graph.limits.max_retry = 9;
    graph.limits.retries_time_limit = Duration::from_secs(2);
    let error = graph.send(&request, &mut nobody()).await.unwrap_err();
    assert_eq!(server.journal().len(), 7);
    assert!(matches!(error, GraphError::Refused(_)));
}

#[tokio::test]
async fn other_failures_are_not_tried_again() {
    let server = Double::answering([Answer::new(502, "<html>oops</html>").with("Content-Type", "text/html")]).await;
    let (graph, _) = server.graph();
    let mut request = GraphRequest::get("v1.0/me");
    let error = graph.send(&request, &mut nobody()).await.unwrap_err();
    assert_eq!(server.journal().len(), 1);
    assert!(error.to_string().ends_with("BadGateway (Bad Gateway)."));
    assert_eq!(error.refusal().unwrap().code, None);
    request.skip_http_error_check = true;
    let reply = graph.send(&request, &mut nobody()).await.unwrap();
    assert_eq!((reply.head.status, reply.text().into_owned()), (502, "<html>oops</html>".into()));
}

#[tokio::test]
async fn writing_without_a_body_says_so() {
    let server = Double::answering([Answer::new(204, "")]).await;
    let (graph, _) = server.graph();
    for method in [Method::POST, Method::PUT, Method::PATCH] {
        let request = GraphRequest::new(method, "v1.0/echo");
        graph.send(&request, &mut nobody()).await.unwrap();
    }
    for seen in server.journal() {
        assert_eq!(seen.header("content-length"), Some("0"), "{}", seen.method);
        assert_eq!(seen.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_a_token_is_asked_for() {
    let server = Double::answering([Answer::json("{}")]).await;
    let (graph, tokens) = server.graph();
    let mut bad_type = GraphRequest::new(Method::POST, "v1.0/echo");
    bad_type.content_type = Some("not a type".into());
    for request in [
        GraphRequest::get("http://localhost/v1.0/me"),
        GraphRequest::get(""),
        GraphRequest::get("v1.0/me").with_header("X Bad", "1"),
        GraphRequest::get("v1.0/me").with_header("X-Custom", "a\r\nX-Evil: 1"),
        bad_type.clone(),
    ] {
        assert!(graph.send(&request, &mut nobody()).await.is_err(), "{request:?}");
    }
    assert!(server.journal().is_empty() && lock(&tokens.asked).is_empty());
    bad_type.validate_headers = false;
    graph.send(&bad_type, &mut nobody()).await.unwrap();
    assert_eq!(server.journal()[0].header("content-type"), Some("not a type"));
}
