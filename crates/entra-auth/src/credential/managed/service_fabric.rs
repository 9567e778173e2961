//! Service Fabric: TLS with a certificate of the cluster's own, named by its thumbprint.

use super::{
    Detection, IdentityError, IdentityId, Machine, Source,
    request::{address, choice, get, with_secret},
};
use crate::{TokenReply, random};
use entra_net::{Request, Secret, Thumbprint, Url};
use std::sync::{Mutex, PoisonError};

const NAME: &str = "Azure Service Fabric";

struct ServiceFabric {
    endpoint: Url,
    header: Secret,
    thumbprint: Thumbprint,
    /// SHA-256 of the token that was given last: a challenge means that it has to be replaced.
    last: Mutex<Option<String>>,
}

pub(super) fn detect(machine: &Machine<'_>) -> Result<Detection, IdentityError> {
    let variables = machine.variables;
    let (Some(endpoint), Some(header), Some(thumbprint)) = (
        variables.get("IDENTITY_ENDPOINT"),
        variables.secret("IDENTITY_HEADER"),
        variables.get("IDENTITY_SERVER_THUMBPRINT"),
    ) else {
        return Ok(Detection::No(
            "Service Fabric: IDENTITY_ENDPOINT, IDENTITY_HEADER and IDENTITY_SERVER_THUMBPRINT are not all set",
        ));
    };
    Ok(Detection::Here(Box::new(ServiceFabric {
        endpoint: address("IDENTITY_ENDPOINT", endpoint)?,
        header: header.clone(),
        thumbprint: Thumbprint::parse(thumbprint).ok_or(IdentityError::Thumbprint)?,
        last: Mutex::default(),
    })))
}

impl Source for ServiceFabric {
    fn name(&self) -> &'static str {
        NAME
    }

    fn request(&self, resource: &str, id: &IdentityId) -> Result<Request, IdentityError> {
        // The cluster's settings say which identity it is.
        choice(NAME, id, ["", "", ""])?;
        // The capability to answer claims challenges, in this platform's own form.
        let query = [("api-version", "2019-07-01-preview"), ("resource", resource), ("xms_cc", "cp1")];
        with_secret(get(&self.endpoint, &query), "secret", "IDENTITY_HEADER", &self.header)
    }

    fn pin(&self) -> Option<Thumbprint> {
        Some(self.thumbprint)
    }

    fn challenged(&self, mut request: Request) -> Request {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_deref() {
            request.url.query_pairs_mut().append_pair("token_sha256_to_refresh", last);
        }
        request
    }

    fn given(&self, token: &TokenReply) {
        let digest = ring::digest::digest(&ring::digest::SHA256, token.access_token.expose());
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(random::hex(digest.as_ref()));
    }
}
