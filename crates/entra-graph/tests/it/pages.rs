//! Pages that follow one another.

use crate::double::{Answer, Double, Notes};
use entra_graph::{GraphError, GraphRequest, Note, Pages};

fn nobody() -> impl FnMut(Note) + Send {
    |_| ()
}

/// Three pages of two, one and two users; the second link has the shape of an opaque token.
async fn users() -> Double {
    Double::start(|seen| {
        let base = format!("https://{}", seen.header("host").unwrap());
        match seen.target.as_str() {
            "/v1.0/users?$top=2" => Answer::json(&format!(
                r#"{{"value":[{{"id":1}},{{"id":2}}],"@odata.nextLink":"{base}/v1.0/users?$skiptoken=a%27b"}}"#
            )),
            "/v1.0/users?$skiptoken=a%27b" => {
                Answer::json(&format!(r#"{{"value":[],"@odata.nextLink":"{base}/v1.0/users?top=2&page=3"}}"#))
            }
            "/v1.0/users?top=2&page=3" => Answer::json(r#"{"value":[{"id":3},{"id":4}]}"#),
            other => Answer::new(404, other),
        }
    })
    .await
}

async fn ids(pages: &mut Pages<'_>) -> Result<Vec<String>, GraphError> {
    let mut ids = Vec::new();
    while let Some(page) = pages.next(&mut nobody()).await? {
        ids.extend(page.items(&page.text()).map(str::to_owned));
    }
    Ok(ids)
}

#[tokio::test]
async fn all_pages_in_order_with_their_header_fields() {
    let server = users().await;
    let (graph, _) = server.graph();
    let mut request = GraphRequest::get("v1.0/users?top=2");
    request.consistency_level = Some("eventual".into());
    let mut pages = Pages::new(&graph, request, None).unwrap();
    assert_eq!(ids(&mut pages).await.unwrap(), [r#"{"id":1}"#, r#"{"id":2}"#, r#"{"id":3}"#, r#"{"id":4}"#]);
    assert!(!pages.is_truncated());
    assert_eq!(server.journal().len(), 3);
    for seen in server.journal() {
        assert_eq!(seen.header("consistencylevel"), Some("eventual"), "{}", seen.target);
        assert_eq!(seen.header("authorization"), Some("Bearer token-1"));
    }
}

#[tokio::test]
async fn the_cap_ends_it_and_says_so() {
    for (cap, count, requests, truncated) in
        [(0, 0, 0, false), (1, 1, 1, true), (2, 2, 1, true), (3, 3, 3, true), (4, 4, 3, false), (9, 4, 3, false)]
    {
        let server = users().await;
        let (graph, _) = server.graph();
        let mut pages = Pages::new(&graph, GraphRequest::get("v1.0/users?top=2"), Some(cap)).unwrap();
        assert_eq!(ids(&mut pages).await.unwrap().len(), count, "{cap}");
        assert_eq!((server.journal().len(), pages.is_truncated()), (requests, truncated), "{cap}");
    }
}

#[tokio::test]
async fn progress_counts_items() {
    let server = users().await;
    let (graph, _) = server.graph();
    let mut pages = Pages::new(&graph, GraphRequest::get("v1.0/users?top=2"), None).unwrap();
    let mut notes = Notes::default();
    while pages.next(&mut notes.told()).await.unwrap().is_some() {}
    let done = notes.0.iter().filter_map(|note| match note {
        Note::Progress { done, total: None } => Some(*done),
        _ => None,
    });
    assert_eq!(done.collect::<Vec<_>>(), [2, 2, 4]);
}

#[tokio::test]
async fn a_link_to_another_host_is_not_followed() {
    let elsewhere = Double::answering([Answer::json("{}")]).await;
    for link in [
        format!("{}/v1.0/users", elsewhere.url()),
        "http://localhost/v1.0/users".into(),
        "https://me@localhost/x".into(),
    ] {
        let server = Double::answering([Answer::json(&format!(r#"{{"value":[1],"@odata.nextLink":"{link}"}}"#))]).await;
        let (graph, _) = server.graph();
        let mut pages = Pages::new(&graph, GraphRequest::get("v1.0/users"), None).unwrap();
        // What came before it has come.
        assert!(pages.next(&mut nobody()).await.unwrap().is_some());
        assert!(matches!(ids(&mut pages).await, Err(GraphError::Address(_))), "{link}");
    }
    assert!(elsewhere.journal().is_empty());
}

#[tokio::test]
async fn a_doubled_slash_in_a_link_stays_on_the_host() {
    let elsewhere = Double::answering([Answer::json("{}")]).await;
    let host = elsewhere.url().trim_start_matches("https:").to_owned();
    let server = Double::start(move |seen| match seen.target.as_str() {
        "/v1.0/users" => Answer::json(&format!(
            r#"{{"value":[1],"@odata.nextLink":"https://{}{host}/v1.0/me"}}"#,
            seen.header("host").unwrap()
        )),
        _ => Answer::new(404, ""),
    })
    .await;
    let (graph, _) = server.graph();
    let mut pages = Pages::new(&graph, GraphRequest::get("v1.0/users"), None).unwrap();
    assert_eq!(ids(&mut pages).await.unwrap_err().refusal().unwrap().status(), 404);
    assert!(elsewhere.journal().is_empty());
    assert!(server.journal()[1].target.starts_with("//localhost:"));
}

#[tokio::test]
async fn circles_are_noticed() {
    let server = Double::start(|seen| {
        let link = format!("https://{}/v1.0/users?page=2", seen.header("host").unwrap());
        Answer::json(&format!(r#"{{"value":[1],"@odata.nextLink":"{link}"}}"#))
    })
    .await;
    let (graph, _) = server.graph();
    let mut pages = Pages::new(&graph, GraphRequest::get("v1.0/users"), None).unwrap();
    assert!(matches!(ids(&mut pages).await, Err(GraphError::Reply(_))));
    assert_eq!(server.journal().len(), 2);
}

#[tokio::test]
async fn a_reply_without_a_list_is_one_page() {
    let server = Double::answering([Answer::json(r#"{"id":1}"#)]).await;
    let (graph, _) = server.graph();
    let mut pages = Pages::new(&graph, GraphRequest::get("v1.0/me"), None).unwrap();
    let page = pages.next(&mut nobody()).await.unwrap().unwrap();
    assert_eq!((page.taken, page.info.items.is_none(), page.text().into_owned()), (0, true, r#"{"id":1}"#.into()));
    assert!(pages.next(&mut nobody()).await.unwrap().is_none());
}
