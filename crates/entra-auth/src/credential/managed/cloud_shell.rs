//! Cloud Shell: a form by POST, for the person's own identity.

use super::{
    Detection, IdentityError, IdentityId, Machine, Source,
    request::{address, choice, post, with_metadata},
};
use entra_net::{Request, Url};

const NAME: &str = "Azure Cloud Shell";

struct CloudShell(Url);

pub(super) fn detect(machine: &Machine<'_>) -> Result<Detection, IdentityError> {
    match machine.variables.get("MSI_ENDPOINT") {
        Some(endpoint) => Ok(Detection::Here(Box::new(CloudShell(address("MSI_ENDPOINT", endpoint)?)))),
        None => Ok(Detection::No("Cloud Shell: MSI_ENDPOINT is not set")),
    }
}

impl Source for CloudShell {
    fn name(&self) -> &'static str {
        NAME
    }

    fn request(&self, resource: &str, id: &IdentityId) -> Result<Request, IdentityError> {
        choice(NAME, id, ["", "", ""])?;
        Ok(with_metadata(post(&self.0, &[("resource", resource)])))
    }
}
