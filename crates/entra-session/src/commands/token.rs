use crate::{Bag, Event, Failure, Kind, context::AuthType, failure, host::HostLink, process};
use entra_auth::{Demand, Host, Means, default_scope, scope_list};
use entra_net::{Url, unix_seconds};

/// A token of a connection: for its own scopes, for a resource, or for scopes. It comes beside the result, never in a
/// field.
pub(super) async fn run(input: &Bag, host: &HostLink) -> Result<Event, Failure> {
    let process = process::get();
    let connection = process.connections.find(input)?.ok_or_else(failure::not_signed_in)?;
    let scopes = match scopes(input)? {
        Some(scopes) => {
            let only = connection.context.auth_type == AuthType::UserProvidedAccessToken;
            if only && scopes != connection.scopes {
                return Err(failure::one_token_only());
            }
            scopes
        }
        None => connection.scopes.clone(),
    };
    let means = Means { client: &connection.client, clock: process.clock.as_ref(), host };
    let minimum = lifetime(input)?;
    let demand = Demand { minimum_lifetime: minimum, fresh: input.flag("ForceRefresh"), claims: None };
    let token = connection.source.token(&scopes, demand, means).await;
    let token = token.map_err(|error| failure::sign_in(connection.source.credential_name(), &error))?;
    if token.expires_at < unix_seconds(process.clock.now()).saturating_add(minimum) {
        host.warn(format!(
            "The token is good for less than the {minimum} seconds asked for: a longer one was not given."
        ));
    }
    let body = token.secret.expose().to_vec();
    let fields = Bag::default().with("ExpiresOn", token.expires_at.to_string()).with("Length", body.len().to_string());
    Ok(Event { kind: Kind::Result, fields, body })
}

/// What the token is to be good for, where it is not the connection's own Graph.
fn scopes(input: &Bag) -> Result<Option<Vec<String>>, Failure> {
    if let Some(resource) = input.filled("Resource") {
        return resource_scope(resource).map(|scope| Some(vec![scope]));
    }
    let given = scope_list(input.all("Scopes"));
    Ok(Some(given).filter(|given| !given.is_empty()))
}

/// `https://vault.azure.net` asks for all that is granted there; an application's id is one as well.
fn resource_scope(resource: &str) -> Result<String, Failure> {
    if resource.ends_with("/.default") {
        return Ok(resource.to_owned());
    }
    match Url::parse(resource) {
        Ok(url) if url.path() == "/" && url.scheme().starts_with("http") => Ok(default_scope(&url)),
        Ok(_) => Ok(format!("{}/.default", resource.trim_end_matches('/'))),
        Err(_) if entra_auth::is_guid(resource) => Ok(format!("{resource}/.default")),
        Err(_) => Err(failure::bad_resource(resource)),
    }
}

fn lifetime(input: &Bag) -> Result<u64, Failure> {
    let text = input.get("MinimumLifetime");
    text.map_or(Ok(0), |text| text.parse().map_err(|_| failure::number("MinimumLifetime", text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_becomes_the_scope_of_all_that_is_granted() {
        for (resource, scope) in [
            ("https://vault.azure.net", "https://vault.azure.net/.default"),
            ("https://vault.azure.net/", "https://vault.azure.net/.default"),
            ("https://vault.azure.net/.default", "https://vault.azure.net/.default"),
            ("api://contoso/app", "api://contoso/app/.default"),
            ("00001111-aaaa-2222-bbbb-3333cccc4444", "00001111-aaaa-2222-bbbb-3333cccc4444/.default"),
        ] {
            assert_eq!(resource_scope(resource).unwrap(), scope);
        }
        assert!(resource_scope("vault").is_err());
    }
}
