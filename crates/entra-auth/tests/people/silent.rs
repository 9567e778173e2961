use crate::world::{READ, World};
use entra_auth::{Demand, Error, How, Persist, Place, Prompt, Way};
use entra_net::{Clock, SteppedClock, SystemClock, unix_seconds};
use entra_sim::{Order, ids};
use std::time::Duration;

const ANEW: Demand<'static> = Demand { claims: None, minimum_lifetime: 0, fresh: true };

fn how(token: &entra_auth::AccessToken) -> How {
    token.reply.sign_in.as_ref().unwrap().how
}

#[tokio::test]
async fn a_known_account_is_not_asked_again() {
    let world = World::new();
    world.by_browser(&["User.Read", "Mail.Read"]).await.unwrap();
    let asked = world.asked("/token");
    for scopes in [&["User.Read", "Mail.Read"][..], &["Mail.Read"]] {
        let again = world.by_browser(scopes).await.unwrap();
        assert_eq!(how(&again), How::Silent);
        assert_eq!(again.reply.sign_in.as_ref().unwrap().account.username, ids::ADELE);
    }
    // Another way to sign in finds the same person.
    let source = world.source(world.options(Way::DeviceCode), ids::TENANT);
    assert_eq!(how(&world.token(&source, &READ).await.unwrap()), How::Silent);
    assert_eq!((world.asked("/token"), world.asked("/authorize")), (asked, 0));
    assert_eq!(world.host.urls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn wider_scopes_ask_the_person() {
    let world = World::new();
    world.by_browser(&READ).await.unwrap();
    let wider = world.by_browser(&["User.Read", "Mail.Read"]).await.unwrap();
    assert_eq!(how(&wider), How::Browser);
    // Agreed to elsewhere: then the refresh token is enough.
    let third = world.by_browser(&["User.Read", "Mail.Read", "offline_access"]).await.unwrap();
    assert_eq!(how(&third), How::Silent);
}

#[tokio::test]
async fn a_renewal_goes_to_the_home_tenant_where_any_would_do() {
    let world = World::new();
    let source = world.source(world.options(Way::Browser), "common");
    world.token(&source, &READ).await.unwrap();
    let token = world.demand(&source, &READ, ANEW, &SystemClock).await.unwrap();
    assert_eq!(how(&token), How::Silent);
    let seen = world.sim.seen("login", "/token").pop().unwrap();
    assert!(seen.path.starts_with(&format!("/{}/", ids::TENANT)), "{}", seen.path);
    assert_eq!(seen.form["grant_type"], "refresh_token");
    assert_eq!(seen.form["claims"], r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#);
}

#[tokio::test]
async fn what_the_service_demands_reaches_the_person() {
    let world = World::new();
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let source = world.source(world.options(Way::Browser), ids::TENANT);
    world.token(&source, &READ).await.unwrap();
    world.sim.refuse(Order {
        grant: Some("refresh_token".into()),
        error: "interaction_required".into(),
        code: 50076,
        claims: Some(claims.into()),
        times: 0,
        ..Order::default()
    });
    let token = world.demand(&source, &READ, ANEW, &SystemClock).await.unwrap();
    assert_eq!(how(&token), How::Browser);
    let carried = world.last_page("claims").unwrap();
    assert!(carried.contains(r#""acrs":{"essential":true,"value":"c1"}"#) && carried.contains("cp1"), "{carried}");
    assert_eq!(world.last_page("login_hint").as_deref(), Some(ids::ADELE));
}

#[tokio::test]
async fn a_challenge_is_answered_without_asking() {
    let world = World::new();
    let source = world.source(world.options(Way::Browser), ids::TENANT);
    world.token(&source, &READ).await.unwrap();
    let claims = Some(r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#);
    let token = world.demand(&source, &READ, Demand { claims, ..Demand::default() }, &SystemClock).await.unwrap();
    assert_eq!(how(&token), How::Silent);
    assert!(world.sim.seen("login", "/token").pop().unwrap().form["claims"].as_str().unwrap().contains("nbf"));
}

#[tokio::test]
async fn a_revoked_sign_in_asks_again_and_a_renewal_keeps_to_its_account() {
    let world = World::new();
    let source = world.source(world.options(Way::Browser), "common");
    world.token(&source, &READ).await.unwrap();
    world.sim.revoke_person(ids::ADELE);
    *world.host.login.lock().unwrap() = ids::BJOERN.into();
    let error = world.demand(&source, &READ, ANEW, &SystemClock).await.unwrap_err();
    assert_eq!(error, Error::WrongAccount { asked: ids::ADELE.into(), got: ids::BJOERN.into() });
}

#[tokio::test]
async fn nobody_is_bothered_while_the_old_token_lasts() {
    let world = World::new();
    let source = world.source(world.options(Way::Browser), ids::TENANT);
    let first = world.token(&source, &READ).await.unwrap();
    world.sim.revoke_person(ids::ADELE);
    let late = SteppedClock::at(unix_seconds(SystemClock.now()) + 3400);
    let still = world.demand(&source, &READ, Demand::default(), &late).await.unwrap();
    assert_eq!(first.secret, still.secret);
    assert_eq!(world.host.urls.lock().unwrap().len(), 1);
    late.step(Duration::from_secs(300));
    let next = world.demand(&source, &READ, Demand::default(), &late).await;
    // The stepped clock leaves the person no time at all.
    assert!(matches!(next, Err(Error::TimeRanOut { .. })) || next.is_ok_and(|t| t.secret != first.secret));
    assert_eq!(world.host.urls.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn asking_to_choose_asks_but_only_once() {
    let world = World::new();
    world.by_browser(&READ).await.unwrap();
    *world.host.login.lock().unwrap() = ids::BJOERN.into();
    let mut options = world.options(Way::Browser);
    options.prompt = Some(Prompt::Login);
    let source = world.source(options, "common");
    let token = world.token(&source, &READ).await.unwrap();
    assert_eq!(token.reply.sign_in.as_ref().unwrap().account.username, ids::BJOERN);
    assert_eq!(world.last_page("prompt").as_deref(), Some("login"));
    assert_eq!(how(&world.demand(&source, &READ, ANEW, &SystemClock).await.unwrap()), How::Silent);
}

#[tokio::test]
async fn the_account_that_is_meant_is_found_among_several() {
    let world = World::new();
    for login in [ids::ADELE, ids::BJOERN] {
        *world.host.login.lock().unwrap() = login.into();
        let mut options = world.options(Way::Browser);
        options.login_hint = Some(login.into());
        world.token(&world.source(options, "common"), &READ).await.unwrap();
    }
    let mut options = world.options(Way::Browser);
    options.login_hint = Some(ids::ADELE.into());
    let token = world.token(&world.source(options, "common"), &READ).await.unwrap();
    assert_eq!(
        (how(&token), token.reply.sign_in.as_ref().unwrap().account.username.as_str()),
        (How::Silent, ids::ADELE)
    );
}

#[tokio::test]
async fn opaque_tokens_of_personal_accounts_do_not_fail() {
    let world = World::new();
    *world.host.login.lock().unwrap() = ids::PAT.into();
    let source = world.source(world.options(Way::Browser), "common");
    let token = world.token(&source, &READ).await.unwrap();
    assert!(entra_auth::decode_claims(token.secret.expose_text().unwrap()).is_none());
    assert_eq!(token.reply.sign_in.as_ref().unwrap().account.username, ids::PAT);
    assert_eq!(how(&world.demand(&source, &READ, ANEW, &SystemClock).await.unwrap()), How::Silent);
}

#[tokio::test]
async fn who_was_forgotten_is_asked() {
    let world = World::new();
    let token = world.by_browser(&READ).await.unwrap();
    let place =
        Place { login: world.sim.login().trim_start_matches("https://").into(), client_id: ids::PUBLIC_APP.into() };
    world.people.forget(&place, &token.reply.sign_in.as_ref().unwrap().account.home_id).await;
    assert_eq!(how(&world.by_browser(&READ).await.unwrap()), How::Browser);
}

#[tokio::test]
async fn a_token_for_one_resource_is_never_given_for_another() {
    let world = World::new();
    let graph = world.by_browser(&READ).await.unwrap();
    let source = world.source(world.options(Way::Browser), ids::TENANT);
    assert_eq!(world.token(&source, &READ).await.unwrap().secret, graph.secret);
    // The service is asked, and knows no such resource.
    let refused = world.token(&source, &["https://vault.azure.net/.default"]).await.unwrap_err();
    assert!(matches!(refused, Error::Service(refusal) if refusal.code == 500_011));
    let asked = world.sim.seen("login", "/token");
    assert!(asked.last().unwrap().form["scope"].as_str().unwrap().contains("https://vault.azure.net/.default"));
    assert_eq!(world.token(&source, &READ).await.unwrap().secret, graph.secret);
}
