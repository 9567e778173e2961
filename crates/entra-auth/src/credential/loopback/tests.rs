use super::*;
use crate::Silent;
use entra_net::SystemClock;

const ANSWER: &str = "code=c%2B1&state=s1&session_state=x";

async fn say(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).await.unwrap();
    told
}

fn post(body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn status(told: &str) -> &str {
    told.split(' ').nth(1).unwrap_or_default()
}

/// Runs a listener beside `visits`; gives the fields of the answer and what the visitors were told.
async fn with<F: Future<Output = Vec<String>>>(
    visits: impl FnOnce(SocketAddr) -> F,
) -> (Vec<(String, String)>, Vec<String>, bool) {
    let loopback = Loopback::bind().await.unwrap();
    let address = loopback.four.local_addr().unwrap();
    let listen = async {
        let answered = loopback.answer("s1", &SystemClock, &Silent).await.unwrap();
        let fields = answered.fields.clone();
        answered.show(&Page::nothing(200), &SystemClock).await;
        fields
    };
    let (fields, told) = tokio::join!(listen, visits(address));
    (fields, told, loopback.met_strangers())
}

#[tokio::test]
async fn a_form_or_a_query_brings_the_answer() {
    for request in [
        post(ANSWER),
        format!("GET /?{ANSWER} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET http://localhost:1/?{ANSWER} HTTP/1.1\r\nHost: localhost:1\r\n\r\n"),
    ] {
        let (fields, told, strange) = with(|to| async move { vec![say(to, &request).await] }).await;
        assert_eq!(fields[0], ("code".into(), "c+1".into()));
        assert_eq!(status(&told[0]), "200");
        assert!(!strange);
    }
}

#[tokio::test]
async fn only_the_right_request_decides() {
    let (fields, told, strange) = with(|to| async move {
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let mut told = Vec::new();
        for request in [
            get("/favicon.ico"),
            get("/"),
            get("/other?code=c&state=s1"),
            get("/?code=c&state=wrong"),
            get("/?code=c"),
            get("/?state=s1&code="),
            "HEAD / HTTP/1.1\r\n\r\n".into(),
            format!("OPTIONS /?{ANSWER} HTTP/1.1\r\n\r\n"),
            format!("PUT /?{ANSWER} HTTP/1.1\r\n\r\n"),
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".into(),
            "POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n".into(),
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n".into(),
            "not http at all\r\n\r\n".into(),
            post(ANSWER),
        ] {
            told.push(say(to, &request).await);
        }
        told
    })
    .await;
    let statuses: Vec<_> = told.iter().map(|t| status(t)).collect();
    let expected = ["404", "404", "404", "400", "400", "404", "204", "204", "405", "411", "413", "400", "400", "200"];
    assert_eq!(statuses, expected);
    assert!(strange);
    assert_eq!(fields[0].1, "c+1");
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let (_, told, _) = with(|to| async move {
        let long = format!("GET / HTTP/1.1\r\nCookie: {}\r\n", "a".repeat(HEAD_LIMIT));
        vec![say(to, &long).await, say(to, &post(ANSWER)).await]
    })
    .await;
    assert_eq!(status(&told[0]), "431");
}

#[tokio::test]
async fn silent_connections_hold_nobody_up() {
    let (fields, _, _) = with(|to| async move {
        let _silent = [TcpStream::connect(to).await.unwrap(), TcpStream::connect(to).await.unwrap()];
        drop(TcpStream::connect(to).await.unwrap());
        vec![say(to, &post(ANSWER)).await]
    })
    .await;
    assert_eq!(fields.len(), 3);
}

#[tokio::test]
async fn a_body_in_pieces_is_waited_for_and_asked_for() {
    let (fields, told, _) = with(|to| async move {
        let mut stream = TcpStream::connect(to).await.unwrap();
        let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\nExpect: 100-Continue\r\n\r\n", ANSWER.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut word = [0; 25];
        stream.read_exact(&mut word).await.unwrap();
        for piece in [&ANSWER[..5], &ANSWER[5..]] {
            stream.write_all(piece.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        vec![String::from_utf8_lossy(&word).into_owned(), rest]
    })
    .await;
    assert_eq!(fields[0].1, "c+1");
    assert_eq!((status(&told[0]), status(&told[1])), ("100", "200"));
}

#[tokio::test]
async fn both_loopback_addresses_have_the_same_port() {
    let loopback = Loopback::bind().await.unwrap();
    let uri = loopback.redirect_uri();
    assert_eq!(uri, format!("http://localhost:{}", loopback.port));
    if let Some(six) = &loopback.six {
        assert_eq!(six.local_addr().unwrap().port(), loopback.port);
    }
}

#[tokio::test]
async fn a_dropped_listener_frees_its_port_and_cuts_its_guests() {
    let loopback = Loopback::bind().await.unwrap();
    let address = loopback.four.local_addr().unwrap();
    let mut guest = TcpStream::connect(address).await.unwrap();
    tokio::select! {
        _ = loopback.answer("s1", &SystemClock, &Silent) => panic!("nobody answered"),
        () = SystemClock.sleep(Duration::from_millis(20)) => {}
    }
    drop(loopback);
    let mut rest = Vec::new();
    assert!(!matches!(guest.read_to_end(&mut rest).await, Ok(n) if n > 0));
    assert!(TcpStream::connect(address).await.is_err());
}
