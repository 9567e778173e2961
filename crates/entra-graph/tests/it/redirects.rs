//! Redirects, and what goes along.

use crate::double::{Answer, Double, Notes, lock};
use entra_graph::{GraphError, GraphRequest, Note, RequestBody};
use entra_net::Method;

fn nobody() -> impl FnMut(Note) + Send {
    |_| ()
}

fn posting(uri: &str) -> GraphRequest {
    GraphRequest::new(Method::POST, uri).with_body(RequestBody::Text("{\"a\":1}".into()))
}

#[tokio::test]
async fn on_the_same_host_the_bearer_goes_along() {
    for status in [301, 302, 307, 308] {
        let server = Double::answering([Answer::redirect(status, "/v1.0/me?x='1'"), Answer::json("{}")]).await;
        let (graph, _) = server.graph();
        graph.send(&posting("v1.0/redirect"), &mut nobody()).await.unwrap();
        let seen = &server.journal()[1];
        assert_eq!((seen.method.as_str(), seen.text()), ("POST", "{\"a\":1}"), "{status}");
        assert_eq!(seen.header("authorization"), Some("Bearer token-1"));
    }
}

#[tokio::test]
async fn see_other_becomes_a_get_without_body() {
    let server = Double::answering([Answer::redirect(303, "/v1.0/me"), Answer::json("{}")]).await;
    let (graph, _) = server.graph();
    let reply = graph.send(&posting("v1.0/redirect"), &mut nobody()).await.unwrap();
    assert_eq!(reply.head.method, Method::GET);
    let seen = &server.journal()[1];
    assert_eq!((seen.method.as_str(), seen.text(), seen.header("content-type")), ("GET", "", None));
}

#[tokio::test]
async fn another_port_gets_no_bearer_and_is_not_challenged() {
    let elsewhere = Double::answering([Answer::new(401, "{}")]).await;
    let to = format!("{}/file?sig=fake-key", elsewhere.url());
    let home = Double::answering([Answer::redirect(302, to)]).await;
    let (graph, tokens) = home.graph();
    let request = GraphRequest::get("v1.0/content").with_header("Cookie", "a=b");
    let mut notes = Notes::default();
    let error = graph.send(&request, &mut notes.told()).await.unwrap_err();
    let journal = elsewhere.journal();
    assert_eq!(journal.len(), 1);
    assert_eq!(journal[0].target, "/file?sig=fake-key");
    assert_eq!((journal[0].header("authorization"), journal[0].header("cookie")), (None, None));
    assert_eq!(lock(&tokens.asked).len(), 1);
    let told = format!("{:?} {error:?} {}", notes.0, error.refusal().unwrap().details());
    assert!(!told.contains("fake-key"), "{told}");
}

#[tokio::test]
async fn however_the_location_is_written_the_bearer_stays_home() {
    let elsewhere = Double::answering([Answer::json("{}")]).await;
    let port = elsewhere.port;
    for to in [
        format!("https://localhost:{port}/x"),
        format!("//localhost:{port}/x"),
        format!(r"\\localhost:{port}\x"),
        format!(r"/\localhost:{port}/x"),
        format!("https:\\\\localhost:{port}/x"),
        format!("https://localhost@127.0.0.1:{port}/x"),
        format!("https:////localhost:{port}/x"),
    ] {
        let home = Double::answering([Answer::redirect(302, to.clone()), Answer::json("{}")]).await;
        let (graph, _) = home.graph();
        graph.send(&GraphRequest::get("v1.0/me"), &mut nobody()).await.unwrap();
        let seen = elsewhere.journal().pop().unwrap_or_else(|| unreachable!("{to} leads elsewhere"));
        assert_eq!(seen.header("authorization"), None, "{to}");
        assert_eq!(home.journal().len(), 1, "{to}");
    }
}

#[tokio::test]
async fn a_foreign_host_that_sends_us_home_does_not_act_with_our_bearer() {
    let home = Double::answering([Answer::json("{}")]).await;
    let back = Answer::redirect(307, format!("{}/v1.0/users", home.url()));
    let elsewhere = Double::answering([back]).await;
    let (graph, _) = home.graph();
    graph.send(&posting(&format!("{}/x", elsewhere.url())), &mut nobody()).await.unwrap();
    assert_eq!(home.journal()[0].header("authorization"), None);
}

#[tokio::test]
async fn user_information_in_a_redirect_proves_nothing() {
    let server = Double::start(|seen| match seen.target.as_str() {
        "/v1.0/me" => Answer::json("{}"),
        _ => Answer::redirect(302, format!("https://a:b@{}/v1.0/me", seen.header("host").unwrap())),
    })
    .await;
    let (graph, _) = server.graph();
    graph.send(&GraphRequest::get("v1.0/redirect"), &mut nobody()).await.unwrap();
    assert_eq!(server.journal()[1].header("authorization"), Some("Bearer token-1"));
}

#[tokio::test]
async fn never_down_to_http() {
    let server = Double::answering([Answer::redirect(302, "http://localhost/v1.0/me?sig=fake-key")]).await;
    let (graph, _) = server.graph();
    let error = graph.send(&GraphRequest::get("v1.0/me"), &mut nobody()).await.unwrap_err();
    assert_eq!(error.to_string(), "The redirect to 'http://localhost' is not followed: only https is supported");
}

#[tokio::test]
async fn six_requests_and_no_more() {
    let server = Double::answering([Answer::redirect(302, "/v1.0/again")]).await;
    let (graph, _) = server.graph();
    let error = graph.send(&GraphRequest::get("v1.0/again"), &mut nobody()).await.unwrap_err();
    assert!(matches!(error, GraphError::TooManyRedirects { limit: 5 }));
    assert!(error.to_string().starts_with("Too many redirects performed"));
    assert_eq!(server.journal().len(), 6);
}

#[tokio::test]
async fn a_redirect_without_a_location_is_an_answer() {
    let server = Double::answering([Answer::new(302, "")]).await;
    let (graph, _) = server.graph();
    let error = graph.send(&GraphRequest::get("v1.0/me"), &mut nobody()).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().status(), 302);
}
