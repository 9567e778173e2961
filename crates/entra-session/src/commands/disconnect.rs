use crate::{Bag, Failure, failure, process};

/// Ends a connection and forgets its tokens; gives the context that was signed out.
pub(super) async fn run(input: &Bag) -> Result<Bag, Failure> {
    let connections = &process::get().connections;
    let connection = connections.find(input)?.ok_or_else(failure::not_connected)?;
    connections.remove(&connection.id);
    connection.source.sign_out().await;
    Ok(connection.fields().with("Ended", &connection.id))
}
