use super::{identity, refused};
use crate::{Bag, Failure, host::HostLink};
use entra_auth::{ClientAssertionCredential, ClientCredentials, Credential, IdentityId, identity_assertion};
use entra_net::{Network, Secret};

const NAME: &str = "ClientAssertionCredential";
/// In place of an assertion: the machine's managed identity makes one for each token.
const IDENTITY: &str = "ManagedIdentity";

/// Was one given?
pub(super) fn is_given(input: &Bag, host: &HostLink) -> bool {
    input.filled("ClientAssertionKey").is_some() || host.holds_secret("ClientAssertion")
}

/// The assertion of -ClientAssertion: a script block, text, or `ManagedIdentity` (with `:` and a client id for one that
/// is user-assigned).
pub(super) async fn credential(
    input: &Bag,
    host: &HostLink,
    network: &Network,
) -> Result<Box<dyn Credential>, Failure> {
    if let Some(key) = input.filled("ClientAssertionKey") {
        return Ok(Box::new(ClientCredentials(ClientAssertionCredential::from_host(key.to_owned()))));
    }
    let given = host.secret("ClientAssertion").unwrap_or_default();
    let text = given.expose_text().map(str::trim).unwrap_or_default();
    let source = match identity_named(text) {
        Some(id) => {
            let found = identity::find(id, input, host, network).await?;
            ClientAssertionCredential(identity_assertion(found).map_err(|error| refused(NAME, error))?)
        }
        None => ClientAssertionCredential::fixed(Secret::from(text)),
    };
    Ok(Box::new(ClientCredentials(source)))
}

fn identity_named(text: &str) -> Option<IdentityId> {
    let (word, id) = text.split_once(':').map_or((text, None), |(word, id)| (word, Some(id.trim())));
    let id = id.filter(|id| !id.is_empty()).map(|id| IdentityId::Client(id.to_owned()));
    word.trim().eq_ignore_ascii_case(IDENTITY).then(|| id.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_told_from_an_assertion() {
        assert_eq!(identity_named("managedidentity"), Some(IdentityId::System));
        assert_eq!(identity_named("ManagedIdentity: c"), Some(IdentityId::Client("c".into())));
        assert_eq!(identity_named("e30.e30.fake"), None);
        assert_eq!(identity_named(""), None);
    }
}
