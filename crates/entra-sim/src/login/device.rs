//! Device code flow (RFC 8628), with Entra's names.

use super::error::{Refusal, Trace, body, respond};
use super::grants::{Decision, Device, ticket};
use super::pages;
use super::scopes::Asked;
use super::token::{authenticate_public, known_app};
use super::user::{SignIn, answer};
use crate::directory::App;
use crate::people::{self, Person};
use crate::seen::Seen;
use crate::text::random;
use crate::world::{World, lock};
use crate::{answer as reply, ids};
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) async fn begin(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    Extension(seen): Extension<Arc<Seen>>,
) -> Response {
    let outcome = start(&world, &seen, &tenant);
    if let (Err(refusal), true) = (&outcome, lock(&world.settings).device_errors_in_200) {
        let trace = Trace::new(&world, &seen);
        return trace.stamp(reply::json(200, &body(&world, &seen, &trace, refusal)));
    }
    respond(&world, &seen, outcome)
}

fn start(world: &World, seen: &Seen, tenant: &str) -> Result<Value, Refusal> {
    let client = seen.field("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
    let scope = seen.field("scope").ok_or_else(|| Refusal::missing("scope"))?;
    let app = known_app(world, tenant, client)?;
    authenticate_public(seen, &app)?;
    world.orders.check("device_authorization", seen)?;
    let asked = Asked::parse(world, seen, scope)?;
    let settings = lock(&world.settings).clone();
    let (user_code, device_code) = (user_code(), ticket("FAQABAAEAAAAdevice"));
    let uri = format!("{}/devicelogin", world.places.login);
    let device = Device {
        user_code: user_code.clone(),
        client: app.id,
        tenant: tenant.into(),
        asked,
        until: world.clock.now() + settings.device_lifetime,
        last_poll: None,
        decision: Decision::Pending,
        used: false,
    };
    lock(&world.grants).devices.insert(device_code.clone(), device);
    Ok(json!({
        "user_code": user_code, "device_code": device_code, "verification_uri": uri,
        "expires_in": settings.device_lifetime, "interval": settings.device_interval,
        "message": format!("To sign in, use a web browser to open the page {uri} and enter the code {user_code} to authenticate."),
    }))
}

/// Nine characters without those that look alike, as Entra's.
fn user_code() -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    random(9).iter().map(|b| LETTERS[usize::from(*b) % LETTERS.len()] as char).collect()
}

pub(crate) fn poll(world: &World, seen: &Seen, tenant: &str, app: &App) -> Result<Value, Refusal> {
    let code = seen.field("device_code").ok_or_else(|| Refusal::missing("device_code"))?;
    let (device, person) = look(world, tenant, app, code)?;
    let claims = seen.field("claims").unwrap_or_default();
    let tokens = answer(
        world,
        seen,
        &SignIn { app, person: &person, tenant, asked: &device.asked, nonce: "", claims, keep: None },
    )?;
    lock(&world.grants).devices.entry(code.into()).and_modify(|d| d.used = true);
    Ok(tokens)
}

fn look(world: &World, tenant: &str, app: &App, code: &str) -> Result<(Device, Person), Refusal> {
    let interval = Duration::from_secs(u64::try_from(lock(&world.settings).device_interval).unwrap_or(0));
    let mut grants = lock(&world.grants);
    let known = grants.devices.get_mut(code).filter(|d| d.client == app.id && d.tenant == tenant && !d.used);
    let device = known.ok_or_else(|| {
        Refusal::new(
            400,
            "bad_verification_code",
            70018,
            "Invalid verification code due to user typing in wrong user code for device code flow.",
        )
    })?;
    if world.clock.now() > device.until {
        return Err(Refusal::new(
            400,
            "expired_token",
            70019,
            "Verification code expired. Have the user retry the sign-in.",
        ));
    }
    // A quarter of leeway: clients wait from the answer's arrival, which is later than its sending.
    let early = device.last_poll.is_some_and(|at| at.elapsed() < interval * 3 / 4);
    device.last_poll = Some(Instant::now());
    match &device.decision {
        Decision::Approved(person) => Ok((device.clone(), person.clone())),
        Decision::Declined => {
            Err(Refusal::new(400, "authorization_declined", 70000, "The end user denied the authorization request."))
        }
        Decision::Pending if early => {
            Err(Refusal::new(400, "slow_down", 70016, "The client polls too often. Increase the interval."))
        }
        Decision::Pending => Err(Refusal::new(
            400,
            "authorization_pending",
            70016,
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        )),
    }
}

/// What a person decides about a user code; says what is wrong where that cannot be.
pub(crate) fn decide(world: &World, user_code: &str, login: &str, approve: bool) -> Result<(), String> {
    let person = people::find(login).ok_or_else(|| format!("nobody is called {login}"))?;
    let now = world.clock.now();
    let mut grants = lock(&world.grants);
    let device = grants.device_by_user_code(user_code).filter(|d| d.until >= now);
    let device = device.ok_or_else(|| format!("no device waits with the code {user_code}"))?;
    device.decision = if approve { Decision::Approved(person.clone()) } else { Decision::Declined };
    let (client, names) = (device.client.clone(), device.asked.names.clone());
    if approve {
        grants.consent(&client, &person, &names);
    }
    Ok(())
}

/// The page on which people enter the code.
pub(crate) async fn page(State(world): State<Arc<World>>, Extension(seen): Extension<Arc<Seen>>) -> Response {
    let code = seen.field("code").or_else(|| seen.param("code")).unwrap_or_default();
    reply::html(200, step(&world, &seen, code))
}

fn step(world: &World, seen: &Seen, code: &str) -> String {
    let entered = lock(&world.grants).device_by_user_code(code).map(|d| d.client.clone());
    let Some(client) = entered else {
        return pages::device_code(if code.is_empty() {
            ""
        } else {
            "That code didn't work. Check the code and try again."
        });
    };
    let app = world.directory().app(&client).map(|a| a.name.clone()).unwrap_or_default();
    match (seen.field("action"), seen.field("login")) {
        (Some("cancel"), _) => {
            let _ = decide(world, code, ids::ADELE, false);
            pages::done(
                "You have declined",
                &format!("{app} was not signed in on your device. You may close this window."),
            )
        }
        (_, Some(login)) if right(seen, login) => match decide(world, code, login, true) {
            Ok(()) => pages::done(
                "You're signed in",
                &format!("You have signed in to the {app} application on your device. You may now close this window."),
            ),
            Err(why) => pages::device_code(&why),
        },
        (_, Some(_)) => {
            pages::sign_in("/devicelogin", &[("code", code)], "", "Your account or password is incorrect.", &app)
        }
        _ => pages::sign_in("/devicelogin", &[("code", code)], "", "", &app),
    }
}

fn right(seen: &Seen, login: &str) -> bool {
    people::find(login).is_some_and(|p| !p.disabled) && seen.field("password") == Some(ids::PASSWORD)
}

#[cfg(test)]
mod tests {
    use crate::ids;
    use crate::login::orders::Order;
    use crate::testing::Bench;
    use serde_json::{Value, json};

    async fn begin(bench: &Bench) -> Value {
        let url = format!("{}/common/oauth2/v2.0/devicecode", bench.sim.login());
        let form = [("client_id", ids::PUBLIC_APP), ("scope", "Mail.Read openid offline_access")];
        let (status, body) = bench.post(&url, &form).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn poll(bench: &Bench, device: &Value) -> Value {
        let code = device["device_code"].as_str().expect("a code");
        let form = [("client_id", ids::PUBLIC_APP), ("grant_type", super::super::token::DEVICE), ("device_code", code)];
        bench.post(&bench.endpoint("common"), &form).await.1
    }

    #[tokio::test]
    async fn pending_slow_down_then_tokens_once() {
        let bench = Bench::new();
        let device = begin(&bench).await;
        assert_eq!(device["user_code"].as_str().map(str::len), Some(9));
        assert_eq!(poll(&bench, &device).await["error"], "authorization_pending");
        assert_eq!(poll(&bench, &device).await["error"], "slow_down");
        bench.control("/device", json!({"user_code": device["user_code"], "login": ids::ADELE})).await;
        assert!(poll(&bench, &device).await["access_token"].is_string());
        assert_eq!(poll(&bench, &device).await["error"], "bad_verification_code");
    }

    #[tokio::test]
    async fn declined_expired_and_blocked() {
        let bench = Bench::new();
        let device = begin(&bench).await;
        bench.sim.decide_device(device["user_code"].as_str().expect("a code"), ids::ADELE, false).expect("decided");
        assert_eq!(poll(&bench, &device).await["error"], "authorization_declined");
        let device = begin(&bench).await;
        bench.sim.refuse(Order { grant: Some("device_code".into()), code: 530_036, ..Order::default() });
        assert_eq!(poll(&bench, &device).await["error_codes"][0], 530_036);
        bench.sim.set_clock_offset(1000);
        assert_eq!(poll(&bench, &device).await["error"], "expired_token");
        assert!(bench.sim.decide_device("NOSUCHONE", ids::ADELE, true).is_err());
    }

    #[tokio::test]
    async fn errors_can_hide_in_200() {
        let bench = Bench::new();
        bench.sim.settings(|s| s.device_errors_in_200 = true);
        let url = format!("{}/common/oauth2/v2.0/devicecode", bench.sim.login());
        let (status, body) = bench.post(&url, &[("client_id", "nobody"), ("scope", "User.Read")]).await;
        assert_eq!((status, &body["error_codes"][0]), (200, &700_016.into()));
    }

    #[tokio::test]
    async fn the_page_takes_code_and_password() {
        let bench = Bench::new();
        let device = begin(&bench).await;
        let url = device["verification_uri"].as_str().expect("an address");
        let code = device["user_code"].as_str().expect("a code").to_lowercase();
        let page = |form: Vec<(&'static str, String)>| {
            let request = bench.http.post(url).form(&form);
            async { request.send().await.expect("an answer").text().await.expect("a page") }
        };
        assert!(page(vec![("code", "WRONGCODE".into())]).await.contains("didn't work"));
        assert!(page(vec![("code", code.clone())]).await.contains("Microsoft Graph Command Line Tools"));
        let form = vec![
            ("code", code),
            ("login", ids::ADELE.into()),
            ("password", ids::PASSWORD.into()),
            ("action", "next".into()),
        ];
        assert!(page(form).await.contains("You have signed in"));
        assert!(poll(&bench, &device).await["access_token"].is_string());
    }
}
