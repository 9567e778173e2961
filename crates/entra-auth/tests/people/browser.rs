use crate::world::{READ, World};
use entra_auth::{Error, How, NoBrowser, Prompt, Way};
use entra_net::{Clock, Kind, SystemClock};
use entra_sim::{Fault, ids};
use std::time::{Duration, Instant};

fn token() -> Fault {
    Fault::at("login").path("/token")
}

const SHORT: Duration = Duration::from_millis(700);

#[tokio::test]
async fn a_person_signs_in_and_sees_that_it_worked() {
    let world = World::new();
    let token = world.by_browser(&READ).await.unwrap();
    let sign_in = token.reply.sign_in.clone().unwrap();
    assert_eq!((sign_in.account.username.as_str(), sign_in.how), (ids::ADELE, How::Browser));
    assert_eq!(sign_in.account.tenant, ids::TENANT);
    for (name, value) in [
        ("response_mode", "form_post"),
        ("prompt", "select_account"),
        ("code_challenge_method", "S256"),
        ("scope", "User.Read openid profile offline_access"),
        ("claims", r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
    ] {
        assert_eq!(world.last_page(name).as_deref(), Some(value));
    }
    assert_eq!(world.last_page("login_hint"), None);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(world.host.told.lock().unwrap()[0]["status"], 200);
    assert!(!world.is_listening());
    assert!(world.host.progress.lock().unwrap().last().unwrap().completed);
}

#[tokio::test]
async fn an_answer_in_the_address_is_taken_too() {
    let world = World::new();
    world.sim.settings(|s| s.response_mode = "query".into());
    world.by_browser(&READ).await.unwrap();
}

#[tokio::test]
async fn cancelling_and_declining_end_it_at_once() {
    for action in ["cancel", "decline"] {
        let world = World::new();
        *world.host.action.lock().unwrap() = action.into();
        assert_eq!(world.by_browser(&["Mail.Read"]).await.unwrap_err(), Error::Declined, "{action}");
        assert!(!world.is_listening());
    }
}

#[tokio::test]
async fn wrong_states_are_turned_away_until_the_time_is_up() {
    let mut world = World::new();
    world.limit = SHORT;
    world.sim.settings(|s| s.spoil_state = "x".into());
    let error = world.by_browser(&READ).await.unwrap_err();
    assert_eq!(error, Error::TimeRanOut { after: SHORT, met_strangers: true });
    assert_eq!(world.host.told.lock().unwrap()[0]["status"], 400);
    assert_eq!(world.asked("/token"), 0);
}

#[tokio::test]
async fn a_wrong_nonce_is_refused() {
    let world = World::new();
    world.sim.settings(|s| s.spoil_nonce = "x".into());
    assert_eq!(world.by_browser(&READ).await.unwrap_err(), Error::WrongNonce);
}

#[tokio::test]
async fn a_closed_browser_ends_with_the_limit() {
    let mut world = World::new();
    world.limit = SHORT;
    *world.host.action.lock().unwrap() = "stay away".into();
    let began = Instant::now();
    let error = world.by_browser(&READ).await.unwrap_err();
    assert_eq!(error, Error::TimeRanOut { after: SHORT, met_strangers: false });
    assert!(began.elapsed() < SHORT * 5);
    assert!(!world.is_listening());
}

#[tokio::test]
async fn a_stopped_sign_in_leaves_no_listener() {
    let world = World::new();
    *world.host.action.lock().unwrap() = "stay away".into();
    tokio::select! {
        _ = world.by_browser(&READ) => panic!("nobody came"),
        () = SystemClock.sleep(Duration::from_millis(300)) => {}
    }
    assert!(!world.is_listening());
}

#[tokio::test]
async fn a_service_that_never_answers_is_given_up() {
    for fault in [Fault { stall: true, ..token() }, Fault { delay_ms: 3000, ..token() }] {
        let mut world = World::new();
        world.limit = Duration::from_secs(1);
        world.sim.fault(fault);
        let Error::Net(error) = world.by_browser(&READ).await.unwrap_err() else { panic!("it answered") };
        assert_eq!(error.kind, Kind::TimedOut { after: world.limit });
        assert_eq!(world.asked("/token"), 1);
        assert!(!world.is_listening());
    }
}

#[tokio::test]
async fn without_a_browser_there_is_a_code_that_says_why() {
    let remote = (vec![("SSH_CONNECTION", "a b")], "SSH");
    #[cfg(windows)]
    let cases = [remote];
    #[cfg(unix)]
    let cases = [
        remote,
        (vec![("PATH", "/nowhere"), ("DISPLAY", ":0")], "xdg-open"),
        (vec![("PATH", "/nowhere")], "no display"),
        (vec![("CODESPACES", "true")], "Codespace"),
        (vec![("BROWSER", "/bin/false:/no/such/thing"), ("PATH", "/nowhere"), ("DISPLAY", ":0")], "xdg-open"),
    ];
    for (environment, reason) in cases {
        let world = World::new();
        *world.host.action.lock().unwrap() = "stay away".into();
        *world.host.environment.lock().unwrap() =
            environment.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        *world.host.approves.lock().unwrap() = Some(true);
        let token = world.by_browser(&READ).await.unwrap();
        assert_eq!(token.reply.sign_in.as_ref().unwrap().how, How::DeviceCode);
        let messages = world.host.messages.lock().unwrap();
        assert_eq!(messages.len(), 1);
        assert!(messages[0].text.contains(reason), "{}", messages[0].text);
    }
}

#[tokio::test]
async fn without_questions_there_is_no_code_either() {
    let world = World::new();
    *world.host.environment.lock().unwrap() = vec![("SSH_CONNECTION".into(), "a b".into())];
    let mut options = world.options(Way::Browser);
    options.prompt = Some(Prompt::None);
    let error = world.token(&world.source(options, "common"), &READ).await.unwrap_err();
    assert_eq!(error, Error::NoBrowser(NoBrowser::Remote));
}

#[tokio::test]
async fn the_account_that_is_meant_is_offered_and_checked() {
    let world = World::new();
    let mut options = world.options(Way::Browser);
    options.login_hint = Some(ids::ADELE.to_uppercase());
    world.token(&world.source(options.clone(), "common"), &READ).await.unwrap();
    assert_eq!(world.last_page("login_hint"), Some(ids::ADELE.to_uppercase()));
    assert_eq!(world.last_page("prompt"), None);
    options.login_hint = Some(ids::BJOERN.into());
    let error = world.token(&world.source(options, "common"), &READ).await.unwrap_err();
    assert_eq!(error, Error::WrongAccount { asked: ids::BJOERN.into(), got: ids::ADELE.into() });
}

#[tokio::test]
async fn a_refusal_keeps_its_number() {
    let world = World::new();
    world.sim.refuse(entra_sim::Order { grant: Some("authorization_code".into()), ..Default::default() });
    let Error::Service(refusal) = world.by_browser(&READ).await.unwrap_err() else { panic!("not refused") };
    assert_eq!(refusal.code, 53003);
    world.sim.refuse(entra_sim::Order {
        grant: Some("authorize".into()),
        error: "server_error".into(),
        code: 90033,
        redirect: true,
        ..Default::default()
    });
    let Error::Service(refusal) = world.by_browser(&READ).await.unwrap_err() else { panic!("not refused") };
    assert_eq!((refusal.error.as_str(), refusal.code), ("server_error", 90033));
}
