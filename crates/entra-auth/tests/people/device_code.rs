use crate::world::{READ, World};
use entra_auth::{Demand, Error, How, Way};
use entra_net::{Clock, SteppedClock, SystemClock, unix_seconds};
use entra_sim::{Fault, Order, ids};
use std::time::Duration;

#[tokio::test]
async fn the_code_is_shown_with_its_parts_and_counts_down() {
    let world = World::new();
    let pending = r#"{"error":"authorization_pending"}"#;
    world.sim.fault(Fault::at("login").path("/token").status(400).body(pending));
    let token = world.by_code(Some(true)).await.unwrap();
    let sign_in = token.reply.sign_in.clone().unwrap();
    assert_eq!((sign_in.account.username.as_str(), sign_in.how), (ids::ADELE, How::DeviceCode));
    let message = world.host.messages.lock().unwrap()[0].clone();
    assert_eq!(message.user_code.unwrap().len(), 9);
    assert!(message.verification_uri.unwrap().ends_with("/devicelogin"));
    assert_eq!(message.expires_in, Some(Duration::from_secs(900)));
    let progress = world.host.progress.lock().unwrap();
    assert!(progress.iter().any(|p| p.remaining.is_some_and(|s| (890..=900).contains(&s)) && !p.completed));
    assert!(progress.last().unwrap().completed);
}

#[tokio::test]
async fn no_expired_and_forbidden_are_told_apart() {
    let world = World::new();
    assert_eq!(world.by_code(Some(false)).await.unwrap_err(), Error::Declined);
    world.sim.settings(|s| s.device_lifetime = 1);
    let after = Duration::from_secs(1);
    assert_eq!(world.by_code(None).await.unwrap_err(), Error::CodeExpired { after });
    for (grant, code) in [("device_code", 530_036), ("device_authorization", 53003)] {
        world.sim.refuse(Order { grant: Some(grant.into()), code, ..Order::default() });
        let Error::Blocked(refusal) = world.by_code(None).await.unwrap_err() else { panic!("not blocked") };
        assert_eq!(refusal.code, u64::from(code));
    }
}

#[tokio::test]
async fn refusals_inside_a_success_are_seen() {
    let world = World::new();
    world.sim.settings(|s| s.device_errors_in_200 = true);
    world.sim.refuse(Order { grant: Some("device_authorization".into()), code: 50059, ..Order::default() });
    let Error::Service(refusal) = world.by_code(None).await.unwrap_err() else { panic!("not refused") };
    assert_eq!((refusal.code, refusal.status), (50059, 200));
}

#[tokio::test]
async fn trouble_on_the_way_does_not_end_it() {
    for fault in [
        Fault { reset: true, ..Fault::at("login").path("/token") },
        Fault::at("login").path("/token").status(503),
        Fault::at("login").path("/token").status(429),
    ] {
        let world = World::new();
        world.sim.fault(fault);
        world.by_code(Some(true)).await.unwrap();
        assert_eq!(world.asked("/token"), 2);
    }
}

/// Signs in by the clock given, with the answers of the service in this order, then approval.
async fn spent(answers: &[&str]) -> u64 {
    let world = World::new();
    for answer in answers {
        let body = format!(r#"{{"error":"{answer}"}}"#);
        world.sim.fault(Fault::at("login").path("/token").status(400).body(&body));
    }
    let clock = SteppedClock::at(unix_seconds(SystemClock.now()));
    let began = unix_seconds(clock.now());
    let source = world.source(world.options(Way::DeviceCode), ids::TENANT);
    *world.host.approves.lock().unwrap() = Some(true);
    world.demand(&source, &READ, Demand::default(), &clock).await.unwrap();
    unix_seconds(clock.now()) - began
}

#[tokio::test]
async fn the_service_sets_the_pace() {
    assert_eq!(spent(&["authorization_pending", "authorization_pending"]).await, 2);
    assert_eq!(spent(&["slow_down", "authorization_pending"]).await, 12);
}

#[tokio::test]
async fn a_token_for_another_tenant_is_refused() {
    let world = World::new();
    let other = world.source(world.options(Way::DeviceCode), ids::OTHER_TENANT);
    *world.host.login.lock().unwrap() = ids::CHEN.into();
    *world.host.approves.lock().unwrap() = Some(true);
    let token = world.token(&other, &READ).await.unwrap();
    let stray = token.reply.id_token.clone().unwrap();
    *world.host.login.lock().unwrap() = ids::ADELE.into();
    let stray = stray.expose_text().unwrap().to_owned();
    let mut fault = Fault { contains: Some("device_code".into()), ..Fault::at("login").path("/token") };
    fault.set.insert("id_token".into(), stray.into());
    world.sim.fault(fault);
    let error = world.by_code(Some(true)).await.unwrap_err();
    assert_eq!(error, Error::WrongTenant { asked: ids::TENANT.into(), got: ids::OTHER_TENANT.into() });
}
