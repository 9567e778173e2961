//! The authorize endpoint and the pages behind it.

use super::browser::{Say, error_fields, session, show};
use super::error::Refusal;
use super::grants::{Code, Request, ticket};
use super::pages;
use super::scopes::{Asked, needs_admin};
use super::token::known_app;
use super::user::{client_info, tenant_of};
use crate::ids;
use crate::people::{self, Person};
use crate::seen::Seen;
use crate::text::guid;
use crate::world::{World, lock};
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;
use url::Url;

pub(crate) async fn get(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    Extension(seen): Extension<Arc<Seen>>,
) -> Response {
    let say = open(&world, &seen, &tenant).unwrap_or_else(Say::Stop);
    show(&world, &seen, say)
}

pub(crate) async fn post(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    Extension(seen): Extension<Arc<Seen>>,
) -> Response {
    let say = proceed(&world, &seen, &tenant).unwrap_or_else(Say::Stop);
    show(&world, &seen, say)
}

/// The first page of a request.
fn open(world: &World, seen: &Seen, tenant: &str) -> Result<Say, Refusal> {
    let request = parse(world, seen, tenant)?;
    if let Some((refusal, redirect)) = world.orders.due("authorize", seen) {
        let back = Box::new(request);
        return if redirect { Ok(Say::Back(back, error_fields(world, seen, &refusal))) } else { Err(refusal) };
    }
    let known = session(world, seen);
    let hint = seen.param("login_hint").unwrap_or_default().to_owned();
    let hinted = known.iter().find(|p| p.login.eq_ignore_ascii_case(&hint)).cloned();
    let prompt = request.prompt.clone();
    if prompt == "none" {
        let one = hinted.or_else(|| if hint.is_empty() && known.len() == 1 { known.first().cloned() } else { None });
        return Ok(match one {
            Some(person) => silent(world, request, person),
            None => Say::Refuse(
                Box::new(request),
                "login_required",
                50058,
                "A silent sign-in request was sent but no user is signed in.",
                None,
            ),
        });
    }
    let context = ticket("ctx");
    lock(&world.grants).requests.insert(context.clone(), request.clone());
    match hinted {
        Some(person) if prompt.is_empty() => after_person(world, &context, request, person),
        _ if prompt == "login" || known.is_empty() || !hint.is_empty() => {
            Ok(Say::Page(form(world, &request, &context, &hint, "")))
        }
        _ => Ok(Say::Page(picker(world, &request, &context, &known))),
    }
}

fn parse(world: &World, seen: &Seen, tenant: &str) -> Result<Request, Refusal> {
    let value = |name: &str| seen.param(name).unwrap_or_default().to_owned();
    let need = |name: &str| seen.param(name).filter(|v| !v.is_empty()).ok_or_else(|| Refusal::missing(name));
    let app = known_app(world, tenant, need("client_id")?)?;
    let redirect_uri = need("redirect_uri")?.to_owned();
    if !app.public || !registered(&redirect_uri) {
        let text = format!(
            "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for the application '{}'.",
            app.id
        );
        return Err(Refusal::request(50011, text));
    }
    if need("response_type")? != "code" {
        return Err(Refusal::new(
            400,
            "unsupported_response_type",
            700_054,
            "response_type is not enabled for the application.",
        ));
    }
    let challenge = value("code_challenge");
    if !challenge.is_empty() && (value("code_challenge_method") != "S256" || challenge.len() != 43) {
        return Err(Refusal::request(
            501_491,
            "Invalid size of Code_Challenge parameter, or a method other than S256.",
        ));
    }
    let mode = lock(&world.settings).response_mode.clone();
    Ok(Request {
        client: app.id,
        tenant: tenant.into(),
        redirect_uri,
        state: value("state"),
        nonce: value("nonce"),
        mode: if mode.is_empty() { value("response_mode") } else { mode },
        challenge,
        asked: Asked::parse(world, seen, need("scope")?)?,
        claims: value("claims"),
        prompt: value("prompt"),
        client_info: seen.param("client_info").is_some(),
        person: None,
    })
}

/// `http://localhost` with any port; the path is empty or `/`.
fn registered(uri: &str) -> bool {
    if uri == "https://login.microsoftonline.com/common/oauth2/nativeclient" {
        return true;
    }
    Url::parse(uri).is_ok_and(|u| {
        u.scheme() == "http" && u.host_str() == Some("localhost") && u.path() == "/" && u.query().is_none()
    })
}

/// What follows on a form that a person sent.
fn proceed(world: &World, seen: &Seen, _tenant: &str) -> Result<Say, Refusal> {
    let context = seen.field("ctx").unwrap_or_default().to_owned();
    let request = lock(&world.grants).requests.get(&context).cloned();
    let request = request.ok_or_else(|| {
        Refusal::request(90014, "The page is too old or was used before. Start again from the application.")
    })?;
    match (seen.field("action"), seen.field("account"), request.person.clone()) {
        (Some("cancel"), ..) => Ok(cancelled(world, &context, request)),
        (Some("decline"), ..) => Ok(declined(world, &context, request)),
        (Some("accept"), _, Some(person)) => {
            let names = request.asked.names.clone();
            lock(&world.grants).consent(&request.client, &person, &names);
            Ok(finish(world, &context, request, person))
        }
        (Some("other"), ..) => Ok(Say::Page(form(world, &request, &context, "", ""))),
        (_, Some(login), _) => match session(world, seen).into_iter().find(|p| p.login == login) {
            Some(person) => after_person(world, &context, request, person),
            None => Ok(Say::Page(form(world, &request, &context, login, ""))),
        },
        _ => password(world, seen, &context, request),
    }
}

fn password(world: &World, seen: &Seen, context: &str, request: Request) -> Result<Say, Refusal> {
    let login = seen.field("login").unwrap_or_default();
    let again = |text: &str| Ok(Say::Page(form(world, &request, context, login, text)));
    let Some(person) = people::find(login) else {
        return again("We couldn't find an account with that username. (AADSTS50034)");
    };
    if seen.field("password") != Some(ids::PASSWORD) {
        return again("Your account or password is incorrect. (AADSTS50126)");
    }
    if person.disabled {
        return Err(Refusal::grant(50057, "The user account is disabled."));
    }
    after_person(world, context, request, person)
}

/// The person is known: are they of the tenant, and is there something to agree to?
fn after_person(world: &World, context: &str, mut request: Request, person: Person) -> Result<Say, Refusal> {
    tenant_of(world, &person, &request.tenant)?;
    request.person = Some(person.clone());
    lock(&world.grants).requests.insert(context.into(), request.clone());
    let missing = lock(&world.grants).missing(&request.client, &person, &request.asked);
    if missing.is_empty() && request.prompt != "consent" {
        return Ok(finish(world, context, request, person));
    }
    if !person.admin && missing.iter().any(|n| needs_admin(n)) {
        let text = format!(
            "{} needs permission to access resources in your organization that only an admin can grant.",
            app_name(world, &request)
        );
        return Err(Refusal::grant(90094, text));
    }
    let names = if missing.is_empty() { request.asked.names.clone() } else { missing };
    let action = action(&request);
    Ok(Say::Page(pages::consent(&action, &[("ctx", context)], person.login, &app_name(world, &request), &names)))
}

fn silent(world: &World, request: Request, person: Person) -> Say {
    if tenant_of(world, &person, &request.tenant).is_err() {
        return Say::Refuse(
            Box::new(request),
            "interaction_required",
            50020,
            "The signed-in account is not of this tenant.",
            None,
        );
    }
    if !lock(&world.grants).missing(&request.client, &person, &request.asked).is_empty() {
        return Say::Refuse(
            Box::new(request),
            "consent_required",
            65001,
            "The user or administrator has not consented to use the application.",
            None,
        );
    }
    finish(world, "", request, person)
}

fn finish(world: &World, context: &str, mut request: Request, person: Person) -> Say {
    let code = ticket("1.fakeCode");
    request.person = Some(person.clone());
    let until = world.clock.now() + 600;
    let mut grants = lock(&world.grants);
    grants.requests.remove(context);
    grants.codes.insert(code.clone(), Code { request: request.clone(), person: person.clone(), until, used: false });
    let mut fields = vec![("code", code)];
    if request.client_info {
        fields.push(("client_info", client_info(&person)));
    }
    fields.push(("session_state", guid()));
    Say::Back(Box::new(request), fields)
}

fn cancelled(world: &World, context: &str, request: Request) -> Say {
    lock(&world.grants).requests.remove(context);
    Say::Refuse(Box::new(request), "access_denied", 65004, "The user canceled the authentication.", Some("cancel"))
}

fn declined(world: &World, context: &str, request: Request) -> Say {
    lock(&world.grants).requests.remove(context);
    Say::Refuse(Box::new(request), "access_denied", 65004, "User declined to consent to access the app.", None)
}

fn action(request: &Request) -> String {
    format!("/{}/oauth2/v2.0/authorize", request.tenant)
}

fn app_name(world: &World, request: &Request) -> String {
    world.directory().app(&request.client).map(|a| a.name.clone()).unwrap_or_default()
}

fn form(world: &World, request: &Request, context: &str, login: &str, error: &str) -> String {
    pages::sign_in(&action(request), &[("ctx", context)], login, error, &app_name(world, request))
}

fn picker(world: &World, request: &Request, context: &str, known: &[Person]) -> String {
    let accounts: Vec<_> = known.iter().map(|p| (p.login, p.name())).collect();
    pages::pick(&action(request), &[("ctx", context)], &accounts, &app_name(world, request))
}

#[cfg(test)]
mod tests {
    use crate::ids;
    use crate::login::orders::Order;
    use crate::testing::Bench;
    use crate::text::from_base64url;

    #[tokio::test]
    async fn the_pages_lead_back_with_a_code() {
        let bench = Bench::new();
        let told = bench.browse(&bench.authorize(&[]), ids::ADELE, "accept").await;
        assert_eq!((&told["method"], &told["url"]), (&"POST".into(), &"http://localhost:1".into()));
        assert_eq!(told["fields"]["state"], "s1");
        let info = from_base64url(told["fields"]["client_info"].as_str().expect("client_info")).expect("base64");
        assert!(String::from_utf8_lossy(&info).contains(ids::ADELE_OBJECT));
        let told = bench.browse(&bench.authorize(&[("response_mode", "query")]), ids::ADELE, "accept").await;
        assert!(told["url"].as_str().expect("an address").starts_with("http://localhost:1/?code="));
    }

    #[tokio::test]
    async fn cancel_and_decline_go_back() {
        let bench = Bench::new();
        let told = bench.browse(&bench.authorize(&[]), ids::ADELE, "cancel").await;
        assert_eq!(
            (&told["fields"]["error"], &told["fields"]["error_subcode"]),
            (&"access_denied".into(), &"cancel".into())
        );
        let wide = bench.authorize(&[("scope", "Mail.Read openid")]);
        let told = bench.browse(&wide, ids::ADELE, "decline").await;
        assert_eq!(told["fields"]["error"], "access_denied");
        assert!(told["fields"]["error_description"].as_str().expect("a text").starts_with("AADSTS65004"));
    }

    #[tokio::test]
    async fn some_errors_stay_on_the_page() {
        let bench = Bench::new();
        for (field, value, code) in [
            ("client_id", "nobody", "AADSTS700016"),
            ("redirect_uri", "http://127.0.0.1:1", "AADSTS50011"),
            ("redirect_uri", "http://localhost:1/Other", "AADSTS50011"),
            ("code_challenge", "short", "AADSTS501491"),
            ("scope", "", "AADSTS900144"),
        ] {
            let told = bench.browse(&bench.authorize(&[(field, value)]), ids::ADELE, "accept").await;
            assert!(told["page"].as_str().is_some_and(|p| p.contains(code)), "{field}={value}: {told}");
        }
        for (login, scope, code) in [
            ("nobody@contoso.onmicrosoft.com", "User.Read", "AADSTS50034"),
            (ids::DORA, "User.Read", "AADSTS50057"),
            (ids::BJOERN, "Group.ReadWrite.All", "AADSTS90094"),
        ] {
            let told = bench.browse(&bench.authorize(&[("scope", scope)]), login, "accept").await;
            assert!(told["page"].as_str().is_some_and(|p| p.contains(code)), "{login}: {told}");
        }
    }

    #[tokio::test]
    async fn without_a_session_prompt_none_is_refused() {
        let bench = Bench::new();
        let told = bench.browse(&bench.authorize(&[("prompt", "none")]), ids::ADELE, "accept").await;
        assert_eq!(told["fields"]["error"], "login_required");
    }

    #[tokio::test]
    async fn the_browser_remembers_who_was_there() {
        let bench = Bench::new();
        let get =
            |more: &[(&str, &str)], cookie: String| bench.http.get(bench.authorize(more)).header("cookie", cookie);
        let page = get(&[], String::new()).send().await.expect("an answer").text().await.expect("a page");
        assert!(
            page.contains("name=\"login\"") && page.contains("prefers-color-scheme:dark") && page.contains("viewport")
        );
        let context = page.split("name=\"ctx\" value=\"").nth(1).and_then(|r| r.split('"').next()).expect("a context");
        let form = [("ctx", context), ("login", ids::ADELE), ("password", ids::PASSWORD), ("action", "next")];
        let url = format!("{}/common/oauth2/v2.0/authorize", bench.sim.login());
        let back = bench.http.post(url).form(&form).send().await.expect("an answer");
        let cookie = back.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("a pair").to_owned();
        let page = get(&[("prompt", "select_account")], cookie.clone())
            .send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("a page");
        assert!(page.contains("Pick an account") && page.contains(ids::ADELE), "{page}");
        let silent = get(&[("prompt", "none")], cookie).send().await.expect("an answer").text().await.expect("a page");
        assert!(silent.contains("name=\"code\""), "{silent}");
    }

    #[tokio::test]
    async fn policies_speak_on_the_page_or_by_redirect() {
        let bench = Bench::new();
        bench.sim.refuse(Order { grant: Some("authorize".into()), ..Order::default() });
        let told = bench.browse(&bench.authorize(&[]), ids::ADELE, "accept").await;
        assert!(told["page"].as_str().is_some_and(|p| p.contains("AADSTS53003")));
        bench.sim.refuse(Order {
            grant: Some("authorize".into()),
            redirect: true,
            error: "server_error".into(),
            ..Order::default()
        });
        let told = bench.browse(&bench.authorize(&[]), ids::ADELE, "accept").await;
        assert_eq!(told["fields"]["error"], "server_error");
    }

    #[tokio::test]
    async fn states_can_be_spoilt() {
        let bench = Bench::new();
        bench.sim.settings(|s| s.spoil_state = "x".into());
        let told = bench.browse(&bench.authorize(&[]), ids::ADELE, "accept").await;
        assert_eq!(told["fields"]["state"], "s1x");
    }
}
