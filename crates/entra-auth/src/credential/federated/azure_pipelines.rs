//! Azure Pipelines: a step that is given the pipeline's token may ask for assertions of a service connection.

use super::{FED_AUTH, FederatedError, FederatedIdentity, JSON, address, ask_issuer, with_bearer};
use crate::{Answer, Ask, AssertionSource, Error, Fingerprint, variables::Variables};
use entra_net::{HeaderValue, Method, Request, Secret, Url, header};

/// What people call it.
const NAME: &str = "Azure Pipelines";
const URI: &str = "SYSTEM_OIDCREQUESTURI";
const TOKEN: &str = "SYSTEM_ACCESSTOKEN";

struct AzurePipelines {
    url: Url,
    token: Secret,
}

/// The app of the service connection that the variables name, where the step may ask for assertions.
pub(crate) fn identity(variables: &Variables) -> Result<Option<FederatedIdentity>, FederatedError> {
    let pick = |own, task| variables.get(own).or_else(|| variables.get(task));
    let (Some(uri), Some(token), Some(connection), Some(tenant), Some(client)) = (
        variables.get(URI),
        variables.secret(TOKEN),
        variables.get("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"),
        pick("AZURE_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"),
        pick("AZURE_CLIENT_ID", "AZURESUBSCRIPTION_CLIENT_ID"),
    ) else {
        return Ok(None);
    };
    let mut url = address(URI, uri)?;
    url.query_pairs_mut().append_pair("api-version", "7.1").append_pair("serviceConnectionId", connection);
    let source = AzurePipelines { url, token: token.clone() };
    Ok(Some(FederatedIdentity::new(tenant, client, NAME, Box::new(source))))
}

impl AzurePipelines {
    fn request(&self) -> Result<Request, FederatedError> {
        // Without the last header the service sends programs to its sign-in page.
        let request = Request::new(Method::POST, self.url.clone())
            .with_header(header::CONTENT_TYPE, JSON)
            .with_header(FED_AUTH, HeaderValue::from_static("Suppress"))
            .with_body("");
        with_bearer(request, TOKEN, &self.token)
    }
}

impl AssertionSource for AzurePipelines {
    fn name(&self) -> &'static str {
        "AzurePipelinesCredential"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("pipelines", &[self.url.as_str().as_bytes(), self.token.expose()])
    }

    fn assertion<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<Secret, Error>> {
        Box::pin(async { ask_issuer(ask, NAME, &self.request()?, "oidcToken").await })
    }
}
