use super::client_credentials::assertion_fields;
use crate::{Answer, Ask, Error, Fingerprint, Proof};
use entra_net::Secret;

/// Where an assertion comes from (federated credentials: the assertion is another issuer's token, sent as it is).
///
/// It is asked for every token request, since such assertions live for minutes.
pub trait AssertionSource: Send + Sync {
    /// What messages call it.
    fn name(&self) -> &'static str;
    /// Tells it from others.
    fn fingerprint(&self) -> Fingerprint;
    /// One that is good now.
    fn assertion<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<Secret, Error>>;
}

/// Somebody else's assertion as proof (RFC 7523, section 2.2).
pub struct ClientAssertionCredential(pub Box<dyn AssertionSource>);

impl Proof for ClientAssertionCredential {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint()
    }

    fn fields<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<Vec<(&'static str, Secret)>, Error>> {
        Box::pin(async { Ok(assertion_fields(self.0.assertion(ask).await?)) })
    }
}

/// An assertion that was handed over as text: it cannot be renewed.
pub(crate) struct FixedAssertion(pub(crate) Secret);

impl AssertionSource for FixedAssertion {
    fn name(&self) -> &'static str {
        "ClientAssertionCredential"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("assertion", &[self.0.expose()])
    }

    fn assertion<'a>(&'a self, _: &'a Ask<'a>) -> Answer<'a, Result<Secret, Error>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

/// A script block of the host that makes one.
pub(crate) struct HostAssertion(pub(crate) String);

impl AssertionSource for HostAssertion {
    fn name(&self) -> &'static str {
        "ClientAssertionCredential"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("assertion-block", &[self.0.as_bytes()])
    }

    fn assertion<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<Secret, Error>> {
        Box::pin(async { Ok(ask.host.assertion(&self.0).await?) })
    }
}

impl ClientAssertionCredential {
    /// Text.
    pub fn fixed(assertion: Secret) -> Self {
        Self(Box::new(FixedAssertion(assertion)))
    }

    /// A script block, by the host's name for it.
    pub fn from_host(key: String) -> Self {
        Self(Box::new(HostAssertion(key)))
    }
}
