//! The crate against the simulated Graph, over HTTP/2, with tokens of its own sign-in service.

use crate::double::lock;
use entra_graph::{
    BatchPart, Bearer, BearerFuture, ClixmlError, ContentKind, Endpoint, Form, Graph, GraphError, GraphRequest, Limits,
    PIECE_UNIT, Pages, batch, clixml, download, upload,
};
use entra_net::{Client, Method, Network, Request, Secret, SteppedClock, Url};
use entra_sim::{Fault, Options, Sim, ids};
use serde_json::Value;
use std::{
    collections::HashSet,
    io::Cursor,
    sync::{Arc, Mutex},
};

struct World {
    sim: Sim,
    graph: Graph,
    tokens: Arc<AppTokens>,
}

/// Signs the application in; again for each refusal.
struct AppTokens {
    client: Client,
    url: Url,
    form: String,
    kept: tokio::sync::Mutex<Option<Secret>>,
    claims: Mutex<Vec<Option<String>>>,
}

impl Bearer for AppTokens {
    fn bearer<'a>(&'a self, claims: Option<&'a str>, refused: Option<&'a Secret>) -> BearerFuture<'a> {
        Box::pin(async move {
            let mut kept = self.kept.lock().await;
            if let Some(token) = kept.as_ref().filter(|token| refused != Some(token)) {
                return Ok(token.clone());
            }
            lock(&self.claims).push(claims.map(Into::into));
            let request = Request::new(Method::POST, self.url.clone())
                .with_header(entra_net::header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse()?)
                .with_body(self.form.clone());
            let answer: Value = serde_json::from_slice(&self.client.send(request).await?.body)?;
            let token = Secret::from(answer["access_token"].as_str().ok_or("no token")?);
            Ok(kept.insert(token).clone())
        })
    }
}

impl World {
    fn new() -> Self {
        let sim = Sim::start(Options::default());
        let network = Network { ca_file: Some(sim.ca()), ..Network::direct() };
        let client = Client::new(&network).unwrap();
        let secret: String = ids::SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let scope = format!("{}/.default", sim.graph());
        let tokens = Arc::new(AppTokens {
            client: client.clone(),
            url: Url::parse(&format!("{}/{}/oauth2/v2.0/token", sim.login(), ids::TENANT)).unwrap(),
            form: format!("grant_type=client_credentials&client_id={}&client_secret={secret}&scope={scope}", ids::APP),
            kept: tokio::sync::Mutex::new(None),
            claims: Mutex::default(),
        });
        let graph = Graph {
            client,
            clock: Arc::new(SteppedClock::at(u64::try_from(sim.now()).unwrap())),
            bearer: tokens.clone(),
            endpoint: Endpoint::new(sim.graph()).unwrap(),
            limits: Limits::default(),
            heads: false,
        };
        Self { sim, graph, tokens }
    }

    async fn get(&self, uri: &str) -> Result<String, GraphError> {
        let reply = self.graph.send(&GraphRequest::get(uri), &mut |_| ()).await?;
        Ok(reply.text().into_owned())
    }

    /// No request but those to Graph under its own name carried a bearer.
    fn assert_no_leak(&self, because: &str) {
        let home = self.sim.graph().trim_start_matches("https://");
        let is_leak = |entry: &entra_sim::Entry| entry.headers.contains_key("authorization") && entry.host != home;
        let leaks: Vec<_> =
            self.sim.journal().into_iter().filter(is_leak).map(|entry| (entry.host, entry.path)).collect();
        assert!(leaks.is_empty(), "{because}: {leaks:?}");
    }
}

#[tokio::test]
async fn all_users_come_page_by_page() {
    let world = World::new();
    let mut pages = Pages::new(&world.graph, GraphRequest::get("v1.0/users?top=999&select=id"), None).unwrap();
    let mut users = HashSet::new();
    while let Some(page) = pages.next(&mut |_| ()).await.unwrap() {
        users.extend(page.items(&page.text()).map(str::to_owned));
        assert_eq!(page.reply.head.version, "HTTP/2.0");
    }
    assert_eq!((users.len(), world.sim.seen("graph", "/users").len()), (2511, 3));
    assert_eq!(world.sim.seen("login", "/token").len(), 1);
}

#[tokio::test]
async fn advanced_queries_keep_their_level_on_every_page() {
    let world = World::new();
    let mut request = GraphRequest::get(
        "v1.0/users?$filter=endsWith(userPrincipalName,'contoso.onmicrosoft.com')&$count=true&$top=500",
    );
    request.consistency_level = Some("eventual".into());
    let mut pages = Pages::new(&world.graph, request, Some(1200)).unwrap();
    let mut count = 0;
    while let Some(page) = pages.next(&mut |_| ()).await.unwrap() {
        count += page.taken;
    }
    assert_eq!((count, pages.is_truncated()), (1200, true));
}

#[tokio::test]
async fn no_link_and_no_redirect_takes_the_bearer_away() {
    for kind in
        ["foreign", "slashes", "userinfo", "backslash", "port", "plain", "version", "self", "relative", "null", "empty"]
    {
        let world = World::new();
        let mut pages = Pages::new(&world.graph, GraphRequest::get(format!("v1.0/links/{kind}")), Some(3)).unwrap();
        while let Ok(Some(_)) = pages.next(&mut |_| ()).await {}
        world.assert_no_leak(kind);
    }
    let world = World::new();
    for kind in ["same", "relative", "other", "port", "plain", "round"] {
        for status in [301, 302, 303, 307, 308] {
            let _ = world.get(&format!("v1.0/redirect/{kind}/{status}")).await;
            world.assert_no_leak(&format!("{kind} {status}"));
        }
    }
    for to in [world.sim.graph().replace("localhost", "127.0.0.1"), world.sim.login().into()] {
        let told = world.get(&format!("{to}/open/x")).await.unwrap();
        assert!(told.contains("\"authorization\":false"), "{told}");
    }
    world.assert_no_leak("absolute addresses");
}

#[tokio::test]
async fn claims_are_understood_in_every_form() {
    let world = World::new();
    let control = Url::parse(&format!("{}/challenge", world.sim.control())).unwrap();
    for form in ["padded", "unpadded", "urlsafe", "urlsafe_padded", "two", "headers", "none"] {
        let order = Request::new(Method::POST, control.clone()).with_body(format!(r#"{{"form":"{form}"}}"#));
        assert!(world.graph.client.send(order).await.unwrap().is_success());
        world.get("v1.0/organization").await.unwrap();
        let claims = lock(&world.tokens.claims).pop().unwrap();
        assert_eq!(claims.is_some_and(|claims| claims.contains("\"ÿþ>>>???\"")), form != "none", "{form}");
    }
}

#[tokio::test]
async fn a_batch_part_that_is_throttled_is_tried_again() {
    let world = World::new();
    world.sim.fault(Fault::at("graph").path("/v1.0/groups").status(429).header("Retry-After", "1"));
    let mut parts: Vec<_> = (1..=30)
        .map(|n| BatchPart::new(Method::GET, format!("/users/user{n:04}@{}?$select=id", ids::TENANT_DOMAIN)))
        .collect();
    parts.push(BatchPart::new(Method::GET, "/groups?$top=1"));
    let (answers, end) = batch(&world.graph, &GraphRequest::get(""), "v1.0", &parts, &mut |_| ()).await;
    end.unwrap();
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(world.sim.seen("graph", "$batch").len(), 3);
}

#[tokio::test]
async fn files_go_up_and_come_down_whole() {
    let world = World::new();
    let bytes: Vec<u8> = (0..2_000_000u32).map(|n| (n % 253) as u8).collect();
    let create = GraphRequest::new(Method::POST, "v1.0/drive/root:/Größe 1.dat:/createUploadSession");
    upload(&world.graph, &create, &mut Cursor::new(&bytes), PIECE_UNIT * 2, &mut |_| ()).await.unwrap();
    world.sim.fault(Fault { cut: Some(700_000), ..Fault::at("graph").path("/download/") });
    let mut got = Vec::new();
    let content = GraphRequest::get("v1.0/drive/root:/Größe 1.dat:/content");
    download(&world.graph, &content, |_| Ok(&mut got), &mut |_| ()).await.unwrap();
    assert!(got == bytes, "{} bytes came back", got.len());
    world.assert_no_leak("files");
}

#[tokio::test]
async fn answers_of_every_shape_are_known_for_what_they_are() {
    let world = World::new();
    for (shape, kind, text) in [
        ("empty204", ContentKind::Json, ""),
        ("text", ContentKind::Text, "plain text – äöü"),
        ("latin1", ContentKind::Text, "äöü"),
        ("html", ContentKind::Detect, "<!DOCTYPE html><title>x</title><p>ä"),
        ("scim", ContentKind::Detect, r#"{"id":"x"}"#),
        ("xml", ContentKind::Xml, "<?xml version=\"1.0\"?><a>ä</a>"),
        ("bom", ContentKind::Json, "{\"a\":1}"),
        ("gzip", ContentKind::Json, "{\"zipped\":true}"),
        ("named", ContentKind::OctetStream, "content"),
    ] {
        let reply = world.graph.send(&GraphRequest::get(format!("v1.0/shape/{shape}")), &mut |_| ()).await.unwrap();
        assert_eq!((reply.head.kind(), &*reply.text()), (kind, text), "{shape}");
        assert_eq!(reply.head.file_name().as_deref(), (shape == "named").then_some("report ä.csv"));
    }
    for shape in ["numbers", "dates", "texts", "array", "null", "number", "string", "twice"] {
        let json = world.get(&format!("v1.0/shape/{shape}")).await.unwrap();
        for form in [Form::HashTable, Form::PsObject] {
            assert!(clixml(&json, form).is_ok(), "{shape}");
        }
    }
    let refused = |json: &str, form| clixml(json, form).unwrap_err();
    let cases = world.get("v1.0/shape/cases").await.unwrap();
    assert!(matches!(refused(&cases, Form::HashTable), ClixmlError::DuplicateKey(_)));
    let deep = world.get("v1.0/shape/deep").await.unwrap();
    assert!(matches!(refused(&deep, Form::PsObject), ClixmlError::TooDeep(_)));
    let broken = world.get("v1.0/shape/broken").await.unwrap();
    assert!(matches!(refused(&broken, Form::PsObject), ClixmlError::Json(_)));
}

#[tokio::test]
async fn what_the_caller_wrote_arrives_as_it_was_meant() {
    let world = World::new();
    for (uri, name, value) in [
        ("v1.0/echo?$filter=displayName eq 'O''Brien %26 Co'", "$filter", "displayName eq 'O''Brien & Co'"),
        ("v1.0/echo?filter=a%20eq%20%27b%2Bc%27", "$filter", "a eq 'b+c'"),
        ("v1.0/echo?name=Zoë 😀", "name", "Zoë 😀"),
    ] {
        world.get(uri).await.unwrap();
        let seen = world.sim.seen("graph", "/echo").pop().unwrap();
        assert_eq!(seen.query(name), Some(value), "{uri}");
    }
}
