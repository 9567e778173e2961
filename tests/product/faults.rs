use crate::world::World;
use entra_sim::{Fault, ProxyRule, ids};

fn at_token() -> Fault {
    Fault::at("login").path("/token")
}

fn fault(json: &str) -> Fault {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_busy_service_is_asked_again() {
    for status in [429, 503] {
        let mut world = World::new();
        world.sim.fault(at_token().status(status).header("Retry-After", "0").times(2));
        world.with_secret(ids::SECRET).result();
        assert_eq!(world.sim.seen("login", "/token").len(), 3, "{status}");
    }
}

#[test]
fn a_service_that_asks_for_an_hour_is_not_waited_for() {
    let mut world = World::new();
    world
        .sim
        .fault(at_token().status(429).header("Retry-After", "3600").body(r#"{"error":"temporarily_unavailable"}"#));
    let error = world.refused();
    assert_eq!((error.get("Id"), error.get("RetryAfter")), (Some("SignInRefused"), Some("3600")));
    assert_eq!(world.sim.seen("login", "/token").len(), 1);
}

#[test]
fn what_is_no_answer_of_a_sign_in_service_is_said_so() {
    for (order, id) in [
        (r#"{"path":"/token","html":true}"#, "UnexpectedReply"),
        (r#"{"path":"/token","garbage":true}"#, "UnexpectedReply"),
        (r#"{"path":"/token","without":["access_token"]}"#, "NoTokenInReply"),
        (r#"{"path":"/token","big":10485760}"#, "ReplyTooLarge"),
        (r#"{"path":"/token","cut":20,"times":0}"#, "ConnectionLost"),
        (r#"{"path":"/token","reset":true,"times":0}"#, "ConnectionLost"),
    ] {
        let mut world = World::new();
        world.sim.fault(fault(order));
        let error = world.refused();
        assert_eq!((error.get("Id"), error.get("Terminating")), (Some(id), Some("false")), "{order}: {error:?}");
        assert!(error.get("Hint").is_some() || id == "NoTokenInReply", "{order}");
    }
}

#[test]
fn a_clock_that_is_an_hour_off_is_named() {
    let mut world = World::new();
    world.sim.set_clock_offset(3600);
    let path = world.sim.file("app.pem").display().to_string();
    let fields = [
        ("ParameterSet", "AppCertificateParameterSet"),
        ("Environment", "Sim"),
        ("ClientId", ids::APP),
        ("TenantId", ids::TENANT),
        ("CertificatePath", &path),
    ];
    let error = world.host.connect(fields, &[]).error();
    assert_eq!(error.get("Code"), Some("700024"));
    assert!(error.get("Hint").unwrap().contains("clock"));
}

#[test]
fn a_certificate_that_is_not_trusted_is_told_with_host_and_issuer() {
    let mut world = World::new();
    world.host.add_environment("Untrusted", world.sim.untrusted(), world.sim.graph()).result();
    let mut fields = crate::world::secret_fields(ids::TENANT);
    fields[1].1 = "Untrusted";
    let error = world.host.connect(fields, &[("ClientSecret", ids::SECRET)]).error();
    let message = error.get("Message").unwrap();
    assert_eq!((error.get("Id"), error.get("Category")), (Some("CertificateNotTrusted"), Some("SecurityError")));
    assert!(message.contains("localhost:") && message.contains("issued by 'CN="), "{message}");
    assert_eq!(world.sim.seen("login", "/token").len(), 0, "no secret was sent");
}

#[test]
fn hosts_that_are_not_there_are_told_apart() {
    let mut world = World::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (login, id) in [
        (format!("https://localhost:{}", free.port()), "HostUnreachable"),
        ("https://login.sim.invalid".to_owned(), "HostNotFound"),
    ] {
        world.host.add_environment("Gone", &login, world.sim.graph()).result();
        let mut fields = crate::world::secret_fields(ids::TENANT);
        fields[1].1 = "Gone";
        let error = world.host.connect(fields, &[("ClientSecret", ids::SECRET)]).error();
        assert_eq!((error.get("Id"), error.get("Category")), (Some(id), Some("ConnectionError")), "{error:?}");
    }
}

#[test]
fn the_proxy_of_the_session_is_taken_and_its_refusal_told() {
    let mut world = World::new();
    let proxy = world.sim.proxy().to_owned();
    world.host.set("HTTPS_PROXY", &proxy);
    world.with_secret(ids::SECRET).result();
    assert_eq!(world.sim.seen("proxy", "localhost").len(), 1, "CONNECT went to the proxy");

    world.sim.set_proxy(ProxyRule::Refuse);
    world.host.set("HTTPS_PROXY", &format!("{proxy}/"));
    let error = world.with_secret("fake~other").error();
    assert_eq!(error.get("Id"), Some("ProxyRefused"), "{error:?}");

    world.host.set("NO_PROXY", "127.0.0.0/8,localhost");
    assert_eq!(world.with_secret("fake~other").error().get("Code"), Some("7000215"), "went past the proxy");

    world.host.set("HTTPS_PROXY", "not a proxy at all");
    assert_eq!(world.with_secret("fake~third").error().get("Id"), Some("ProxySetting"));
}

#[test]
fn a_ca_file_that_is_not_there_is_named() {
    let mut world = World::new();
    world.host.set("SSL_CERT_FILE", "/nowhere/ca.pem");
    assert_eq!(world.refused().get("Id"), Some("NoTrustedCertificates"));
}
