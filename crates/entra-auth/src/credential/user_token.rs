use crate::{Answer, Ask, Claims, Credential, Error, Fingerprint, TokenReply, UserTokenProblem, jwt};
use entra_net::{Clock, Secret, unix_seconds};

/// A token that the caller brings. It is used as it is and never renewed.
pub struct UserToken {
    token: Secret,
    expires_at: Option<u64>,
}

/// A token with less than this left, in seconds, is refused, as the original does.
const MARGIN: u64 = 300;

impl UserToken {
    /// Takes it over. An opaque token is fine; one that looks like a JWT has to be one, and has to last.
    pub fn new(token: Secret, clock: &dyn Clock) -> Result<Self, Error> {
        let text = token.expose_text().map(str::trim).unwrap_or_default();
        let expires_at = match jwt::decode(text) {
            Some(claims) => checked_expiry(&claims, clock)?,
            None if looks_broken(text) => return Err(Error::UserToken(UserTokenProblem::Malformed)),
            None => None,
        };
        let token = Secret::from(text);
        Ok(Self { token, expires_at })
    }
}

fn checked_expiry(claims: &Claims, clock: &dyn Clock) -> Result<Option<u64>, Error> {
    match claims.number("exp") {
        Some(at) if at <= unix_seconds(clock.now()) + MARGIN => Err(Error::UserToken(UserTokenProblem::Expired)),
        at => Ok(at),
    }
}

/// Three parts whose middle has characters that base64url lacks. One that decodes to something else passes as opaque,
/// as with the original.
fn looks_broken(text: &str) -> bool {
    let middle = |text: &str| {
        let mut parts = text.split('.');
        let (_, middle, _) = (parts.next()?, parts.next()?.to_owned(), parts.next()?);
        parts.next().is_none().then_some(middle)
    };
    middle(text).is_some_and(|middle| !middle.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=+/".contains(&b)))
}

impl Credential for UserToken {
    fn name(&self) -> &'static str {
        "AccessToken"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("token", &[self.token.expose()])
    }

    fn fetch<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<TokenReply, Error>> {
        let now = unix_seconds(ask.clock.now());
        let expires_in = self.expires_at.map_or(u64::MAX / 2, |at| at.saturating_sub(now));
        let reply = TokenReply { access_token: self.token.clone(), expires_in, ..TokenReply::default() };
        Box::pin(async { Ok(reply) })
    }
}
