use crate::{Answer, Ask, Error, Fingerprint, Proof};
use entra_net::Secret;

/// An application's secret (RFC 6749, section 2.3.1, in the request body as Entra wants it).
pub struct ClientSecretCredential(pub Secret);

impl Proof for ClientSecretCredential {
    fn name(&self) -> &'static str {
        "ClientSecretCredential"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("secret", &[self.0.expose()])
    }

    fn fields<'a>(&'a self, _: &'a Ask<'a>) -> Answer<'a, Result<Vec<(&'static str, Secret)>, Error>> {
        Box::pin(async { Ok(vec![("client_secret", self.0.clone())]) })
    }
}
