//! Device code sign-in (RFC 8628): the person enters a code in a browser anywhere.

use crate::{
    Ask, Error, Level, Message, NoBrowser, Progress, TokenReply,
    endpoint::{self, Form},
    reply,
    scopes::scope_text,
};
use entra_net::Secret;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime};

/// One question's limit; a service that is silent for longer is asked again.
const LIMIT: Duration = Duration::from_secs(30);
/// Pause between two questions where the service names none (RFC 8628, section 3.2).
const INTERVAL: u64 = 5;
/// What is added when the service is asked too often (RFC 8628, section 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// Lifetime of a code where the service names none; Entra's own.
const LIFETIME: u64 = 900;
/// No code is good for longer, whatever a service says.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// How often the countdown moves.
const TICK: Duration = Duration::from_secs(1);

/// What the service gave out.
struct Code {
    device_code: Secret,
    user_code: String,
    uri: String,
    message: String,
    lifetime: Duration,
    interval: Duration,
}

/// Signs a person in. `instead` says why it is a code and not a browser, where that was not asked for.
pub(crate) async fn sign_in(ask: &Ask<'_>, instead: Option<&NoBrowser>) -> Result<TokenReply, Error> {
    let code = begin(ask).await?;
    let end = ask.clock.now() + code.lifetime;
    show(ask, &code, instead);
    let outcome = wait(ask, &code, end).await;
    ask.host.progress(Progress { completed: true, ..progress(ask, &code, end) });
    outcome
}

async fn begin(ask: &Ask<'_>) -> Result<Code, Error> {
    let form = Form::default().with("client_id", ask.client_id).with("scope", scope_text(ask.scopes));
    let (answer, host) = endpoint::post_once(ask, ask.authority.device_code_endpoint(), form, LIMIT).await?;
    let fields = reply::fields(&answer, &host, ask.clock).map_err(blocked)?;
    Code::read(&fields).ok_or(Error::NoToken { host })
}

impl Code {
    fn read(fields: &Map<String, Value>) -> Option<Self> {
        let text = |name| reply::text(fields, name);
        let seconds = |name, absent| Duration::from_secs(fields.get(name).and_then(reply::number).unwrap_or(absent));
        let (user_code, uri) = (text("user_code")?, text("verification_uri").or_else(|| text("verification_url"))?);
        let message = text("message").unwrap_or_else(|| {
            format!(
                "To sign in, use a web browser to open the page {uri} and enter the code {user_code} to authenticate."
            )
        });
        Some(Self {
            device_code: text("device_code")?.into(),
            lifetime: seconds("expires_in", LIFETIME).min(LONGEST),
            interval: seconds("interval", INTERVAL).max(TICK),
            user_code,
            uri,
            message,
        })
    }
}

fn show(ask: &Ask<'_>, code: &Code, instead: Option<&NoBrowser>) {
    let why = instead.map(|reason| format!("\n(A code, since no browser can be opened here: {reason}.)"));
    ask.host.show(Message {
        text: format!("{}{}", code.message, why.unwrap_or_default()),
        user_code: Some(code.user_code.clone()),
        verification_uri: Some(code.uri.clone()),
        expires_in: Some(code.lifetime),
    });
}

/// Asks until there is an answer or the code has expired.
async fn wait(ask: &Ask<'_>, code: &Code, end: SystemTime) -> Result<TokenReply, Error> {
    let mut interval = code.interval;
    let mut silence = None;
    loop {
        match poll(ask, code).await {
            Polled::Done(outcome) => return outcome,
            Polled::Pending => silence = None,
            Polled::TooOften => interval += SLOWER,
            Polled::Unanswered(error) => {
                ask.host.log(Level::Verbose, format!("{error}; asking again in {} s", interval.as_secs()));
                silence = Some(error);
            }
        }
        if !pause(ask, code, end, interval).await {
            return Err(silence.unwrap_or(Error::CodeExpired { after: code.lifetime }));
        }
    }
}

/// Lets the interval pass with the countdown going; false when the code has expired first.
async fn pause(ask: &Ask<'_>, code: &Code, end: SystemTime, mut left: Duration) -> bool {
    while !left.is_zero() {
        let now = progress(ask, code, end);
        if now.remaining == Some(0) {
            return false;
        }
        ask.host.progress(now);
        let step = left.min(TICK);
        ask.clock.sleep(step).await;
        left -= step;
    }
    ask.clock.now() < end
}

fn progress(ask: &Ask<'_>, code: &Code, end: SystemTime) -> Progress {
    let remaining = end.duration_since(ask.clock.now()).map_or(0, |span| span.as_secs());
    Progress {
        activity: "Waiting for the sign-in in a browser".into(),
        status: format!("Enter {} at {}", code.user_code, code.uri),
        percent: u8::try_from(100 - (remaining * 100 / code.lifetime.as_secs().max(1)).min(100)).ok(),
        remaining: Some(remaining),
        completed: false,
    }
}

enum Polled {
    Done(Result<TokenReply, Error>),
    Pending,
    TooOften,
    /// The network or the service failed; the code is still good.
    Unanswered(Error),
}

async fn poll(ask: &Ask<'_>, code: &Code) -> Polled {
    let form = Form::default()
        .with("client_id", ask.client_id)
        // The short name, as MSAL sends it; the service takes the long one of RFC 8628 for the same.
        .with("grant_type", "device_code")
        .with("device_code", code.device_code.clone())
        .with("scope", scope_text(ask.scopes))
        .with("client_info", "1");
    match endpoint::token_once(ask, form, LIMIT).await {
        Err(Error::Service(refusal)) => match refusal.error.as_str() {
            "authorization_pending" => Polled::Pending,
            "slow_down" => Polled::TooOften,
            "authorization_declined" | "access_denied" => Polled::Done(Err(Error::Declined)),
            "expired_token" | "code_expired" => Polled::Done(Err(Error::CodeExpired { after: code.lifetime })),
            _ if refusal.is_passing() => Polled::Unanswered(Error::Service(refusal)),
            _ => Polled::Done(Err(blocked(Error::Service(refusal)))),
        },
        Err(error @ Error::Net(_)) => Polled::Unanswered(error),
        Err(error @ Error::NotOAuth { status: 429 | 500.., .. }) => Polled::Unanswered(error),
        outcome => Polled::Done(outcome),
    }
}

/// A policy's refusal under its own name: the way around it is another way to sign in.
fn blocked(error: Error) -> Error {
    match error {
        Error::Service(refusal) if refusal.is_policy() => Error::Blocked(refusal),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_code_is_good_for_as_long_as_the_service_says_within_reason() {
        let lifetime = |seconds: Value| {
            let said = json!({"device_code": "d", "user_code": "u", "verification_uri": "v", "expires_in": seconds});
            Code::read(said.as_object().unwrap()).unwrap().lifetime
        };
        assert_eq!(lifetime(json!("60")), Duration::from_secs(60));
        assert_eq!(lifetime(Value::Null), Duration::from_secs(LIFETIME));
        assert_eq!(lifetime(json!(u64::MAX)), LONGEST);
    }
}
