//! A request to Graph: one, all pages of one, a batch, or a transfer of a file.

mod answer;
mod ask;
mod batch;
mod bearer;
mod landing;
mod pages;
mod source;
mod teller;
mod transfer;

pub(crate) use answer::message;

use crate::{Bag, Event, Failure, connection::Connection, failure, host::HostLink, process};
use bearer::ConnectionBearer;
use entra_graph::{Endpoint, Graph, Limits};
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use teller::Teller;

pub(super) async fn run(input: &Bag, host: &HostLink) -> Result<Event, Failure> {
    let connection = process::get().connections.find(input)?.ok_or_else(failure::not_signed_in)?;
    let graph = graph(connection, input, host)?;
    let mut teller = Teller::new(input, host);
    let outcome = send(&graph, input, host, &mut teller).await;
    teller.finish();
    outcome
}

async fn send(graph: &Graph, input: &Bag, host: &HostLink, teller: &mut Teller) -> Result<Event, Failure> {
    if input.flag("Batch") {
        return batch::run(graph, input, host, teller).await;
    }
    let request = ask::request(input, host).await?;
    if input.flag("All") || input.has("First") {
        return pages::run(graph, request, input, host, teller).await;
    }
    if transfer::is_upload(input) {
        return transfer::upload(graph, request, input, teller).await;
    }
    if input.has("OutputFilePath") || input.flag("InferOutputFileName") {
        return transfer::download(graph, request, input, teller).await;
    }
    let reply = graph.send(&request, &mut |note| teller.tell(note)).await;
    let reply = reply.map_err(|error| failure::request(&error))?;
    teller.received(&reply);
    teller.goes_on(&reply);
    answer::event(&reply, input)
}

fn graph(connection: Arc<Connection>, input: &Bag, host: &HostLink) -> Result<Graph, Failure> {
    let process = process::get();
    let endpoint = connection.cloud().graph;
    let endpoint = Endpoint::new(&endpoint).map_err(|error| failure::request(&error.into()))?;
    let client = connection.client.clone();
    let clock = process.clock.clone();
    let bearer = Arc::new(ConnectionBearer { connection, host: host.clone() });
    Ok(Graph { client, clock, bearer, endpoint, limits: limits(), heads: input.flag("Debug") })
}

/// The request context as it is now.
fn limits() -> Limits {
    let context = *process::get().request_context.lock().unwrap_or_else(PoisonError::into_inner);
    let seconds = |seconds: i32| Duration::from_secs(seconds.try_into().unwrap_or_default());
    Limits {
        retry_delay: seconds(context.retry_delay),
        max_retry: context.max_retry.try_into().unwrap_or_default(),
        retries_time_limit: seconds(context.retries_time_limit),
        client_timeout: Duration::try_from_secs_f64(context.client_timeout).ok().filter(|limit| !limit.is_zero()),
    }
}
