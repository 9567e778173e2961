//! Sign-in with the system's browser: authorization code with PKCE, answered on loopback (RFC 8252).

use super::{
    launcher::{Launcher, Running},
    loopback::{Answered, Loopback},
    pages::Page,
    person_options::Prompt,
};
use crate::{
    Ask, Error, HostError, Level, Progress, TokenReply, account,
    endpoint::{self, Form, merged_claims},
    pkce::Pkce,
    random, reply,
    scopes::scope_text,
};
use entra_net::{Secret, Url};
use std::time::{Duration, SystemTime};

/// How often the program that opens the page is looked at.
const TICK: Duration = Duration::from_millis(200);
/// A program that ends badly after this time has shown its page before.
const OPENING: Duration = Duration::from_secs(10);
/// The most that redeeming the code may take. The browser waits for it.
const REDEEM: Duration = Duration::from_secs(30);

/// What the person is asked for.
pub(crate) struct Wish<'a> {
    pub(crate) login_hint: Option<&'a str>,
    pub(crate) prompt: Option<Prompt>,
    /// How long the person may take.
    pub(crate) limit: Duration,
}

/// What makes this sign-in this one.
struct Trip {
    redirect_uri: String,
    state: String,
    nonce: String,
    pkce: Pkce,
}

/// Signs a person in. The browser still waits for a page that says how it went.
pub(crate) async fn sign_in(ask: &Ask<'_>, wish: &Wish<'_>) -> Result<(TokenReply, Answered), Error> {
    let mut launcher = launcher(ask).await?;
    let loopback = Loopback::bind().await?;
    let trip = Trip::new(loopback.redirect_uri());
    let outcome = answer(ask, wish, &mut launcher, &loopback, &trip).await;
    ask.host.progress(Progress { completed: true, ..progress(Duration::ZERO, wish.limit) });
    let answered = outcome?;
    match redeem(ask, &trip, &answered, REDEEM.min(wish.limit)).await {
        Ok(reply) => Ok((reply, answered)),
        Err(error) => {
            answered.show(&Page::refusal(&error), ask.clock).await;
            Err(error)
        }
    }
}

async fn launcher(ask: &Ask<'_>) -> Result<Launcher, Error> {
    let environment = match ask.host.environment().await {
        Ok(environment) => environment,
        Err(HostError::Gone) => return Err(Error::Host(HostError::Gone)),
        Err(HostError::Failed(_)) => Vec::new(),
    };
    Launcher::of(environment).map_err(Error::NoBrowser)
}

impl Trip {
    fn new(redirect_uri: String) -> Self {
        let ticket = || random::hex(&random::bytes::<16>());
        Self { redirect_uri, state: ticket(), nonce: ticket(), pkce: Pkce::new() }
    }

    fn url(&self, ask: &Ask<'_>, wish: &Wish<'_>) -> Url {
        let mut url = ask.authority.authorize_endpoint();
        let mut fields = vec![
            ("client_id", ask.client_id.to_owned()),
            ("response_type", "code".into()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("scope", scope_text(ask.scopes)),
            // Keeps the code out of addresses and histories.
            ("response_mode", "form_post".into()),
            ("state", self.state.clone()),
            ("nonce", self.nonce.clone()),
            ("code_challenge", self.pkce.challenge.clone()),
            ("code_challenge_method", "S256".into()),
            ("client_info", "1".into()),
            ("claims", merged_claims(ask.claims)),
            ("client-request-id", ask.correlation.to_owned()),
        ];
        fields.extend(wish.login_hint.map(|hint| ("login_hint", hint.to_owned())));
        fields.extend(wish.prompt.map(|prompt| ("prompt", prompt.as_str().to_owned())));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        // Blanks as in any address; a plus sign of a value is %2B already.
        url.set_query(Some(&query.replace('+', "%20")));
        url
    }
}

/// Opens the page and waits for the answer, in time.
async fn answer(
    ask: &Ask<'_>,
    wish: &Wish<'_>,
    launcher: &mut Launcher,
    loopback: &Loopback,
    trip: &Trip,
) -> Result<Answered, Error> {
    let url = trip.url(ask, wish);
    ask.host.page(url.as_str());
    let began = ask.clock.now();
    let mut running = open(ask, launcher, &url, &trip.redirect_uri)?;
    let mut shown = None;
    let mut answer = std::pin::pin!(loopback.answer(&trip.state, ask.clock, ask.host));
    loop {
        tokio::select! {
            biased;
            answered = &mut answer => return answered,
            () = ask.clock.sleep(TICK) => {}
        }
        let spent = since(began, ask.clock.now());
        if spent >= wish.limit {
            return Err(Error::TimeRanOut { after: wish.limit, met_strangers: loopback.met_strangers() });
        }
        let now = progress(spent, wish.limit);
        if shown != now.remaining {
            shown = now.remaining;
            ask.host.progress(now);
        }
        if let Some(failure) = running.failure().filter(|_| spent < OPENING) {
            launcher.note(running.program(), &failure, ask.host);
            running = open(ask, launcher, &url, &trip.redirect_uri)?;
        }
    }
}

fn open(ask: &Ask<'_>, launcher: &mut Launcher, url: &Url, redirect_uri: &str) -> Result<Running, Error> {
    let running = launcher.open(url, ask.host).ok_or_else(|| Error::NoBrowser(launcher.reason()))?;
    let program = running.program();
    ask.host.log(Level::Verbose, format!("Opened the sign-in page with '{program}'; it answers to {redirect_uri}"));
    Ok(running)
}

fn since(began: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(began).unwrap_or_default()
}

fn progress(spent: Duration, limit: Duration) -> Progress {
    let percent = spent.as_secs_f64() / limit.as_secs_f64().max(0.001) * 100.0;
    Progress {
        activity: "Waiting for the sign-in in the browser".into(),
        status: "The page has been opened".into(),
        percent: Some(percent.clamp(0.0, 100.0) as u8),
        remaining: Some(limit.saturating_sub(spent).as_secs()),
        completed: false,
    }
}

/// Code against tokens. The tenant's path, the address and the scopes are those of the question (RFC 6749, section
/// 4.1.3).
async fn redeem(ask: &Ask<'_>, trip: &Trip, answered: &Answered, limit: Duration) -> Result<TokenReply, Error> {
    let field = |name: &str| answered.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let Some(code) = field("code").filter(|_| field("error").is_none()) else {
        return Err(refusal(ask, field));
    };
    let form = Form::default()
        .with("client_id", ask.client_id)
        .with("grant_type", "authorization_code")
        .with("code", Secret::from(code))
        .with("redirect_uri", trip.redirect_uri.as_str())
        .with("code_verifier", trip.pkce.verifier.clone())
        .with("scope", scope_text(ask.scopes))
        .with("client_info", "1");
    let reply = endpoint::token_once(ask, form, limit).await?;
    match account::id_claims(&reply) {
        Some(claims) if claims.text("nonce") != Some(trip.nonce.as_str()) => Err(Error::WrongNonce),
        _ => Ok(reply),
    }
}

/// What the service sent back in place of a code (RFC 6749, section 4.1.2.1).
fn refusal<'a>(ask: &Ask<'_>, field: impl Fn(&str) -> Option<&'a str>) -> Error {
    let host = ask.authority.login().host_str().unwrap_or_default();
    let text = |name| field(name).unwrap_or_default();
    let refusal = reply::redirected(host, text("error"), text("error_description"), text("error_subcode"));
    let denied = refusal.error == "access_denied" && matches!(refusal.code, 0 | 65004);
    if denied || refusal.suberror == "cancel" { Error::Declined } else { Error::Service(Box::new(refusal)) }
}
