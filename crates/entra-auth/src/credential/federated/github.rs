//! GitHub Actions: a job with `permissions: id-token: write` may ask for assertions, which live for minutes.

use super::{FederatedError, FederatedIdentity, address, ask_issuer, audience, with_bearer};
use crate::{Answer, Ask, AssertionSource, Error, Fingerprint, variables::Variables};
use entra_net::{Method, Request, Secret, Url};

/// What people call it.
pub(super) const NAME: &str = "GitHub Actions";
const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

struct GitHub {
    url: Url,
    token: Secret,
}

/// The app that the variables name, where the job may ask for assertions.
pub(crate) fn identity(
    variables: &Variables,
    tenant: &str,
    client_id: &str,
) -> Result<Option<FederatedIdentity>, FederatedError> {
    let (Some(url), Some(token)) = (variables.get(URL), variables.secret(TOKEN)) else { return Ok(None) };
    let source = GitHub { url: address(URL, url)?, token: token.clone() };
    Ok(Some(FederatedIdentity::new(tenant, client_id, NAME, Box::new(source))))
}

impl GitHub {
    fn request(&self, audience: &str) -> Result<Request, FederatedError> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("audience", audience);
        with_bearer(Request::new(Method::GET, url), TOKEN, &self.token)
    }
}

impl AssertionSource for GitHub {
    fn name(&self) -> &'static str {
        "GitHubActionsCredential"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("github", &[self.url.as_str().as_bytes(), self.token.expose()])
    }

    fn assertion<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<Secret, Error>> {
        Box::pin(async {
            let request = self.request(audience(ask.authority))?;
            ask_issuer(ask, NAME, &request, "value").await
        })
    }
}
