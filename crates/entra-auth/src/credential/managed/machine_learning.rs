//! Azure Machine Learning, and App Service hosts of the first generation: they look alike.

use super::{
    Detection, IdentityError, IdentityId, Machine, Source,
    request::{address, choice, get, with_metadata, with_secret},
};
use entra_net::{Request, Secret, Url};

const NAME: &str = "Azure Machine Learning";

struct MachineLearning {
    endpoint: Url,
    secret: Secret,
    /// The client id of the compute's own identity.
    own: Option<String>,
}

pub(super) fn detect(machine: &Machine<'_>) -> Result<Detection, IdentityError> {
    let variables = machine.variables;
    let (Some(endpoint), Some(secret)) = (variables.get("MSI_ENDPOINT"), variables.secret("MSI_SECRET")) else {
        return Ok(Detection::No("Azure Machine Learning: MSI_ENDPOINT and MSI_SECRET are not both set"));
    };
    Ok(Detection::Here(Box::new(MachineLearning {
        endpoint: address("MSI_ENDPOINT", endpoint)?,
        secret: secret.clone(),
        own: variables.get("DEFAULT_IDENTITY_CLIENT_ID").map(str::to_owned),
    })))
}

impl Source for MachineLearning {
    fn name(&self) -> &'static str {
        NAME
    }

    fn request(&self, resource: &str, id: &IdentityId) -> Result<Request, IdentityError> {
        let chosen = choice(NAME, id, ["clientid", "", ""])?;
        let own = self.own.as_deref().map(|own| ("clientid", own));
        let mut query = vec![("api-version", "2017-09-01"), ("resource", resource)];
        query.extend(chosen.or(own));
        with_secret(with_metadata(get(&self.endpoint, &query)), "secret", "MSI_SECRET", &self.secret)
    }
}
