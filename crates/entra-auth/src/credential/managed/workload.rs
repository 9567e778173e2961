//! A workload of a cluster: it has a token file instead of an identity endpoint.

use super::IdentityId;
use crate::{
    Error, Files,
    credential::federated::{FederatedIdentity, token_file},
    variables::Variables,
};
use entra_net::Network;
use std::sync::Arc;

/// Which it is, or why it is none.
pub(super) fn find(
    variables: &Variables,
    id: &IdentityId,
    files: &Arc<dyn Files>,
    network: &Network,
) -> Result<Result<FederatedIdentity, &'static str>, Error> {
    let tenant = variables.get("AZURE_TENANT_ID");
    let own = variables.get("AZURE_CLIENT_ID");
    let chosen = match id {
        IdentityId::Client(id) => Some(id.as_str()),
        _ => own,
    };
    let (Some(tenant), Some(client), true) = (tenant, chosen, variables.has("AZURE_FEDERATED_TOKEN_FILE")) else {
        return Ok(Err(
            "Workload of a cluster: AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE are not all set",
        ));
    };
    super::request::choice(token_file::NAME, id, ["client_id", "", ""])?;
    token_file::identity(variables, tenant, client, files, network).map(Ok)
}
