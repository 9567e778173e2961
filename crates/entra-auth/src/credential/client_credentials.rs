use crate::{
    Answer, Ask, Credential, Error, Fingerprint, TokenReply,
    endpoint::{self, Form},
};
use entra_net::Secret;

/// How an application proves that it is the one it says.
pub trait Proof: Send + Sync {
    /// What messages call the credential.
    fn name(&self) -> &'static str;
    /// Tells it from others.
    fn fingerprint(&self) -> Fingerprint;
    /// The form fields that prove it, made anew for every request.
    fn fields<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<Vec<(&'static str, Secret)>, Error>>;
}

/// The client credentials grant (RFC 6749, section 4.4).
pub struct ClientCredentials<P>(pub P);

impl<P: Proof> Credential for ClientCredentials<P> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint()
    }

    fn fetch<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<TokenReply, Error>> {
        Box::pin(async move {
            let form = grant(ask).with_all(self.0.fields(ask).await?);
            endpoint::token(ask, form).await
        })
    }
}

/// What the grant consists of beside the proof.
pub(super) fn grant(ask: &Ask<'_>) -> Form {
    Form::default()
        .with("client_id", ask.client_id)
        .with("grant_type", "client_credentials")
        .with("scope", ask.scopes.join(" "))
}

/// The fields of an assertion (RFC 7521, section 4.2).
pub(super) fn assertion_fields(assertion: Secret) -> Vec<(&'static str, Secret)> {
    const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    vec![("client_assertion_type", JWT_BEARER.into()), ("client_assertion", assertion)]
}
