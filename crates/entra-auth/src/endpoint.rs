use crate::{Error, Host, Level, TokenReply, credential::Ask};
use entra_net::{
    Bytes, Client, Gateway, HeaderValue, Method, Reply, Request, RetryRule, Secret, Url, Waiting, header, send_again,
};
use form_urlencoded::Serializer;
use std::time::Duration;
use zeroize::Zeroizing;

/// The capability to answer claims challenges, declared with every request (protocol: continuous access evaluation).
pub(crate) const CAPABILITY: &str = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;

/// A sign-in service that is busy is asked again; a refusal is final.
const BUSY: RetryRule = RetryRule {
    again: 3,
    status: |status| status == 429 || (500..600).contains(&status),
    delay: Duration::from_millis(800),
    budget: Duration::from_secs(60),
};

/// Fields whose value proves who asks.
const SECRET: &[&str] = &[
    "client_secret",
    "client_assertion",
    "assertion",
    "refresh_token",
    "code",
    "code_verifier",
    "device_code",
    "password",
];

/// Stands where a secret stood.
const HIDDEN: &str = "***";

/// Fields of a form. Values are wiped when it goes.
#[derive(Default)]
pub(crate) struct Form(Vec<(&'static str, Secret)>);

impl Form {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    pub(crate) fn with_all(mut self, fields: impl IntoIterator<Item = (&'static str, Secret)>) -> Self {
        self.0.extend(fields);
        self
    }

    /// The error without what this form holds in secret: a server may repeat what it was sent.
    fn hidden_in(&self, mut error: Error) -> Error {
        if let Error::Service(refusal) = &mut error {
            let secret = |name: &str| SECRET.contains(&name);
            let texts = self.0.iter().filter(|(name, _)| secret(name)).filter_map(|(_, value)| value.expose_text());
            for text in texts.filter(|text| !text.is_empty()) {
                refusal.description = refusal.description.replace(text, HIDDEN);
                refusal.error = refusal.error.replace(text, HIDDEN);
            }
        }
        error
    }

    /// application/x-www-form-urlencoded, in one buffer that is large enough from the start, so that no piece of a
    /// secret is left behind by a move.
    fn encode(&self) -> Bytes {
        let room = self.0.iter().map(|(name, value)| name.len() + 2 + 3 * value.expose().len()).sum();
        let mut serializer = Serializer::new(String::with_capacity(room));
        for (name, value) in &self.0 {
            serializer.append_pair(name, value.expose_text().unwrap_or_default());
        }
        Bytes::from_owner(Zeroizing::new(serializer.finish().into_bytes()))
    }
}

/// Asks the token endpoint and takes its answer apart.
pub(crate) async fn token(ask: &Ask<'_>, form: Form) -> Result<TokenReply, Error> {
    let form = form.with("claims", merged_claims(ask.claims));
    let (reply, host) = post(ask, ask.authority.token_endpoint(), &form).await?;
    TokenReply::read(&reply, &host, ask.clock).map_err(|error| form.hidden_in(error))
}

/// The same through a host that stands in for the token endpoint.
pub(crate) async fn token_through(ask: &Ask<'_>, gateway: &Gateway, form: Form) -> Result<TokenReply, Error> {
    let form = form.with("claims", merged_claims(ask.claims));
    let request = gateway.redirect(request(ask, ask.authority.token_endpoint(), &form));
    let (reply, host) = send(ask, gateway.client(), &request).await?;
    TokenReply::read(&reply, &host, ask.clock).map_err(|error| form.hidden_in(error))
}

/// Posts a form to the sign-in service.
pub(crate) async fn post(ask: &Ask<'_>, url: Url, form: &Form) -> Result<(Reply, String), Error> {
    send(ask, ask.client, &request(ask, url, form)).await
}

/// Posts what counts once: a code may be used up though its answer was lost.
pub(crate) async fn post_once(ask: &Ask<'_>, url: Url, form: Form, limit: Duration) -> Result<(Reply, String), Error> {
    let mut request = request(ask, url, &form.with("claims", merged_claims(ask.claims)));
    request.limit = Some(limit);
    let host = request.host();
    log(ask, &host);
    Ok((ask.client.send(request).await?, host))
}

/// Asks the token endpoint in that way.
pub(crate) async fn token_once(ask: &Ask<'_>, form: Form, limit: Duration) -> Result<TokenReply, Error> {
    let (reply, host) = post_once(ask, ask.authority.token_endpoint(), form, limit).await?;
    TokenReply::read(&reply, &host, ask.clock)
}

fn log(ask: &Ask<'_>, host: &str) {
    ask.host.log(Level::Verbose, format!("Asking '{host}' for a token (correlation id {})", ask.correlation));
}

fn request(ask: &Ask<'_>, url: Url, form: &Form) -> Request {
    Request::new(Method::POST, url)
        .with_header(header::ACCEPT, HeaderValue::from_static("application/json"))
        .with_header(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
        .with_header(CORRELATION, correlation(ask.correlation))
        .with_body(form.encode())
}

async fn send(ask: &Ask<'_>, client: &Client, request: &Request) -> Result<(Reply, String), Error> {
    let host = request.host();
    log(ask, &host);
    let told = &mut |waiting: Waiting| tell(ask.host, &host, &waiting);
    let reply = send_again(client, ask.clock, &BUSY, request, told).await?;
    Ok((reply, host))
}

const CORRELATION: header::HeaderName = header::HeaderName::from_static("client-request-id");

fn correlation(id: &str) -> HeaderValue {
    HeaderValue::from_str(id).unwrap_or(HeaderValue::from_static(""))
}

/// Says that and why it will be asked again.
pub(crate) fn tell(host: &dyn Host, name: &str, waiting: &Waiting) {
    let Waiting { span, attempt, because } = waiting;
    let seconds = span.as_secs_f32();
    host.log(Level::Verbose, format!("'{name}': {because}; try {attempt} follows in {seconds} s"));
}

/// The claims of a challenge with our own capability among them.
pub(crate) fn merged_claims(challenge: Option<&str>) -> String {
    let Some(challenge) = challenge else { return CAPABILITY.into() };
    let (Ok(mut ours), Ok(theirs)) = (serde_json::from_str(CAPABILITY), serde_json::from_str(challenge)) else {
        return CAPABILITY.into();
    };
    merge(&mut ours, theirs);
    ours.to_string()
}

fn merge(into: &mut serde_json::Value, from: serde_json::Value) {
    match (into, from) {
        (serde_json::Value::Object(into), serde_json::Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(serde_json::Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceError;

    #[test]
    fn secrets_survive_the_form() {
        let form = Form::default().with("client_secret", "a+b/c~d=e%f&g ä");
        let encoded = form.encode();
        let decoded: Vec<_> = form_urlencoded::parse(&encoded).collect();
        assert_eq!(decoded, [("client_secret".into(), "a+b/c~d=e%f&g ä".into())]);
    }

    #[test]
    fn what_a_server_repeats_is_hidden_where_it_is_secret() {
        let form = Form::default().with("client_secret", "fake-secret").with("client_id", "app");
        let said = ServiceError { description: "app sent fake-secret".into(), ..ServiceError::default() };
        let Error::Service(hidden) = form.hidden_in(Error::Service(Box::new(said))) else { panic!("another error") };
        assert_eq!(hidden.description, "app sent ***");
    }

    #[test]
    fn a_challenge_keeps_our_capability() {
        let merged = merged_claims(Some(r#"{"access_token":{"nbf":{"essential":true}}}"#));
        assert_eq!(merged, r#"{"access_token":{"nbf":{"essential":true},"xms_cc":{"values":["cp1"]}}}"#);
    }

    #[test]
    fn a_broken_challenge_is_left_out() {
        assert_eq!(merged_claims(Some("{")), CAPABILITY);
    }
}
