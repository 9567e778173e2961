use crate::{
    Bag, Failure,
    context::{AuthType, Context, CredentialType},
    failure,
    host::HostLink,
    process,
};

/// Signs out, and gives the context that was signed out.
pub(super) async fn run(input: &Bag, host: &HostLink) -> Result<Bag, Failure> {
    let outcome = if input.flag("All") { everything(input, host).await } else { one(input, host).await };
    let process = process::get();
    process.close_connections_soon();
    process.stores.tell(host);
    outcome
}

/// Ends a connection, and forgets its tokens wherever they are kept.
async fn one(input: &Bag, host: &HostLink) -> Result<Bag, Failure> {
    let connections = &process::get().connections;
    match connections.find(input)? {
        Some(connection) => {
            connections.remove(&connection.id);
            connection.source.sign_out().await;
            Ok(connection.fields().with("Ended", &connection.id))
        }
        // Only then: who has signed out twice does not mean the next account.
        None if connections.is_fresh() => kept(input, host).await.ok_or_else(failure::not_connected),
        None => Err(failure::not_connected()),
    }
}

/// Forgets the account that signed in last in another process; `None` where none is kept.
async fn kept(input: &Bag, host: &HostLink) -> Option<Bag> {
    let store = process::get().stores.of(host).await?;
    let (place, account) = store.sign_out_latest().await?;
    let environment = super::environment::at(&place.login, host).await;
    let mut context = Context::new(AuthType::Delegated, CredentialType::InteractiveBrowser, input, &environment);
    context.client_id = place.client_id;
    context.tenant_id = Some(account.tenant);
    context.account = Some(account.username);
    context.context_scope = "CurrentUser";
    Some(context.fields(""))
}

/// Ends all connections of this process, and forgets everybody who is kept for this user.
async fn everything(input: &Bag, host: &HostLink) -> Result<Bag, Failure> {
    let process = process::get();
    let current = process.connections.find(input)?;
    let all = process.connections.all();
    for connection in &all {
        process.connections.remove(&connection.id);
        connection.source.forget();
    }
    process.people.forget_all();
    if let Some(store) = process.stores.of(host).await {
        store.forget_all().await;
    }
    let fields = current.map(|connection| connection.fields()).unwrap_or_default();
    Ok(fields.with_all("Ended", all.iter().map(|connection| &connection.id)))
}
