//! A managed identity's token as the assertion of an app in another tenant.

use super::{FederatedError, audience};
use crate::{Answer, Ask, AssertionSource, Credential, Error, Fingerprint, ManagedIdentity, ManagedIdentityCredential};
use entra_net::Secret;

struct IdentityAssertion(ManagedIdentityCredential);

/// Assertions of the identity that was found.
pub fn identity_assertion(identity: ManagedIdentity) -> Result<Box<dyn AssertionSource>, Error> {
    match identity {
        ManagedIdentity::Endpoint(identity) => Ok(Box::new(IdentityAssertion(identity))),
        ManagedIdentity::Workload(_) => Err(FederatedError::NoIdentity.into()),
    }
}

impl AssertionSource for IdentityAssertion {
    fn name(&self) -> &'static str {
        "ClientAssertionCredential"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("identity-assertion", &[self.0.fingerprint().bytes()])
    }

    fn assertion<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<Secret, Error>> {
        Box::pin(async { Ok(self.0.token(ask, audience(ask.authority)).await?.access_token) })
    }
}
