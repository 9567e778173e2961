//! One credential, one file.

pub(crate) mod browser;
pub(crate) mod certificate;
pub(crate) mod client_assertion;
pub(crate) mod client_credentials;
pub(crate) mod client_secret;
pub(crate) mod device_code;
pub(crate) mod environment;
pub(crate) mod federated;
pub(crate) mod launcher;
pub(crate) mod loopback;
pub(crate) mod managed;
pub(crate) mod pages;
pub(crate) mod person;
pub(crate) mod person_options;
pub(crate) mod user_token;

use crate::{Answer, Authority, Error, Host, TokenReply};
use entra_net::{Client, Clock};
use ring::digest;

/// A way to get a token.
pub trait Credential: Send + Sync {
    /// What messages call it.
    fn name(&self) -> &'static str;
    /// Tells credentials apart without showing them: a token is never given to another one.
    fn fingerprint(&self) -> Fingerprint;
    /// Forgets whom it signed in, where it keeps that.
    fn forget<'a>(&'a self, _: &'a Authority, _client_id: &'a str) -> Answer<'a, ()> {
        Box::pin(async {})
    }
    /// A new token from its source.
    fn fetch<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<TokenReply, Error>>;
}

/// What a credential needs for one token.
pub struct Ask<'a> {
    /// The way out.
    pub client: &'a Client,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Who is asked for what only the host can do.
    pub host: &'a dyn Host,
    /// Sign-in service and tenant.
    pub authority: &'a Authority,
    /// The application's id.
    pub client_id: &'a str,
    /// What for.
    pub scopes: &'a [String],
    /// What a challenge demands, JSON.
    pub claims: Option<&'a str>,
    /// Names this sign-in to the service's support; a GUID.
    pub correlation: &'a str,
    /// What was given before does not do: it has expired, or was refused.
    pub anew: bool,
    /// An older token is still good, so nobody has to be bothered for a new one.
    pub spare: bool,
}

/// SHA-256 over a credential's kind and secret. Secrets of an app are random and long, so the digest, which never
/// leaves memory, tells nothing of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Over the kind of credential and what makes it this one.
    pub fn of(kind: &str, parts: &[&[u8]]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in std::iter::once(kind.as_bytes()).chain(parts.iter().copied()) {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }

    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod long_job;
#[cfg(test)]
pub(crate) mod tests;
