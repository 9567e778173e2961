use crate::{Bag, Failure, connection::Connection, failure, process};
use entra_auth::AccessToken;
use entra_net::unix_seconds;

/// Shows what there is to know of a connection. Asks nobody and renews nothing.
pub(super) fn run(input: &Bag) -> Result<Bag, Failure> {
    match input.get("Action") {
        Some("Test") => test(input),
        other => Err(failure::bad_call(&format!("connection action {other:?}"))),
    }
}

/// Without a connection: nothing, and no error.
fn test(input: &Bag) -> Result<Bag, Failure> {
    let connection = process::get().connections.find(input)?;
    Ok(connection.map(|connection| shown(&connection)).unwrap_or_default())
}

fn shown(connection: &Connection) -> Bag {
    let token = connection.source.held(&connection.scopes);
    let now = unix_seconds(process::get().clock.now());
    let expires = token.as_ref().map(|token| token.expires_at);
    connection
        .fields()
        .with_some("ContextName", connection.name.as_deref())
        .with("Credential", connection.source.credential_name())
        .with_some("IdentitySource", connection.context.identity_source.as_deref())
        .with_all("RequestedScopes", &connection.scopes)
        .with_all("GrantedScopes", granted(connection, token.as_ref()))
        .with_some("ExpiresAt", expires.map(|at| at.to_string()))
        .with("Valid", expires.is_some_and(|at| now < at).to_string())
        .with("KeptIn", connection.context.kept_in.as_deref().unwrap_or("Memory of this process"))
}

/// What the service says that it granted, else what the token holds.
fn granted(connection: &Connection, token: Option<&AccessToken>) -> Vec<String> {
    let own = connection.context.scopes.clone();
    let said = || token.and_then(|t| t.reply.scope.as_deref().map(|s| s.split(' ').map(str::to_owned).collect()));
    own.or_else(said).unwrap_or_default()
}
