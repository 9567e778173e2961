use super::{Plan, refused};
use crate::{
    Bag, Failure,
    clouds::Cloud,
    context::{AuthType, Context, CredentialType, DEFAULT_CLIENT_ID},
    failure,
    host::HostLink,
    process,
};
use entra_auth::UserToken;

/// A token that the caller brings: used as it is, in this process only.
pub(super) fn plan(input: &Bag, host: &HostLink, cloud: &Cloud) -> Result<Plan, Failure> {
    let missing = || failure::must_specify("AccessTokenMissing", "AccessToken");
    let token = host.secret("AccessToken").ok_or_else(missing)?;
    let token = UserToken::new(token, process::get().clock.as_ref()).map_err(|error| refused("AccessToken", error))?;
    let (auth, credential) = (AuthType::UserProvidedAccessToken, CredentialType::UserProvidedAccessToken);
    // The tenant is part of the key that tokens are kept by; nothing is ever sent to it.
    let (client_id, tenant) = (DEFAULT_CLIENT_ID.to_owned(), "common".to_owned());
    Ok(Plan {
        credential: Box::new(token),
        client_id,
        tenant,
        context: Context::new(auth, credential, input, &cloud.name),
    })
}
