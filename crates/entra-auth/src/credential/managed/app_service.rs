//! App Service and its family: Functions, Container Apps, Automation, Logic Apps, Static Web Apps.

use super::{
    Detection, IdentityError, IdentityId, Machine, Source,
    request::{address, choice, get, with_secret},
};
use entra_net::{Request, Secret, Url};

const NAME: &str = "Azure App Service";

struct AppService {
    endpoint: Url,
    header: Secret,
}

pub(super) fn detect(machine: &Machine<'_>) -> Result<Detection, IdentityError> {
    let variables = machine.variables;
    let (Some(endpoint), Some(header)) = (variables.get("IDENTITY_ENDPOINT"), variables.secret("IDENTITY_HEADER"))
    else {
        return Ok(Detection::No(
            "App Service, Functions, Container Apps, Automation: IDENTITY_ENDPOINT and IDENTITY_HEADER are not both set",
        ));
    };
    let endpoint = address("IDENTITY_ENDPOINT", endpoint)?;
    Ok(Detection::Here(Box::new(AppService { endpoint, header: header.clone() })))
}

impl Source for AppService {
    fn name(&self) -> &'static str {
        NAME
    }

    fn request(&self, resource: &str, id: &IdentityId) -> Result<Request, IdentityError> {
        let mut query = vec![("api-version", "2019-08-01"), ("resource", resource)];
        query.extend(choice(NAME, id, ["client_id", "object_id", "mi_res_id"])?);
        with_secret(get(&self.endpoint, &query), "x-identity-header", "IDENTITY_HEADER", &self.header)
    }
}
