//! Virtual machines and scale sets: the instance metadata service at its link-local address.

use super::{
    IdentityError, IdentityId, Source, patience,
    request::{address, choice, get, with_metadata},
};
use crate::variables::Variables;
use entra_net::{Kind, Patience, Request, Url};

const NAME: &str = "The metadata service of an Azure virtual machine";
const OVERRIDE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
const LINK_LOCAL: &str = "http://169.254.169.254";

struct Imds(Url);

/// What is left when nothing else says where we run.
pub(super) fn source(variables: &Variables) -> Result<Box<dyn Source>, IdentityError> {
    let mut url = address(OVERRIDE, variables.get(OVERRIDE).unwrap_or(LINK_LOCAL))?;
    url.set_path("/metadata/identity/oauth2/token");
    url.set_query(None);
    Ok(Box::new(Imds(url)))
}

impl Source for Imds {
    fn name(&self) -> &'static str {
        NAME
    }

    fn request(&self, resource: &str, id: &IdentityId) -> Result<Request, IdentityError> {
        let mut query = vec![("api-version", "2018-02-01"), ("resource", resource)];
        query.extend(choice(NAME, id, ["client_id", "object_id", "msi_res_id"])?);
        Ok(with_metadata(get(&self.0, &query)))
    }

    fn patience(&self) -> &'static dyn Patience {
        &patience::METADATA
    }

    fn explain(&self, error: IdentityError) -> IdentityError {
        match error {
            IdentityError::Unanswered { passed, cause, .. } if cause.kind == Kind::Unreachable => {
                IdentityError::Nowhere { passed, host: cause.host }
            }
            // 400 is the service's word for an identity that the machine does not have.
            IdentityError::Refused { platform, host, status: 400, text, .. } if text.contains("dentity not found") => {
                IdentityError::NotAssigned { platform, host, text }
            }
            // Docker Desktop answers for hosts that it cannot reach.
            IdentityError::Refused { host, status: 403, text, .. } if text.contains("unreachable") => {
                IdentityError::Nowhere { passed: Vec::new(), host }
            }
            other => other,
        }
    }
}
