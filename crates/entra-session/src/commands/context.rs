use crate::{Bag, Failure, failure, process};

pub(super) fn run(input: &Bag) -> Result<Bag, Failure> {
    match input.get("Action") {
        Some("Get") => get(input),
        Some("List") => Ok(list()),
        Some("Select") => select(input),
        other => Err(failure::bad_call(&format!("context action {other:?}"))),
    }
}

/// Without a connection: nothing, and no error.
fn get(input: &Bag) -> Result<Bag, Failure> {
    let connection = process::get().connections.find(input)?;
    Ok(connection.map(|connection| connection.fields()).unwrap_or_default())
}

/// Columns of equal length, a row for each connection.
fn list() -> Bag {
    process::get().connections.all().iter().fold(Bag::default(), |bag, connection| {
        let context = &connection.context;
        bag.with("Connection", &connection.id)
            .with("ContextName", connection.name.as_deref().unwrap_or_default())
            .with("Account", context.account.as_deref().unwrap_or_default())
            .with("ClientId", &context.client_id)
            .with("TenantId", context.tenant_id.as_deref().unwrap_or_default())
            .with("Environment", &context.environment)
    })
}

fn select(input: &Bag) -> Result<Bag, Failure> {
    let name = input.filled("Name").ok_or_else(|| failure::must_specify("ContextNameMissing", "Name"))?;
    get(&Bag::default().with("ContextName", name))
}
