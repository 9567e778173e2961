use crate::{
    Address, Bearer, Endpoint, GraphError, GraphReply, GraphRequest, Limits, Opened, Refusal, Told, exchange::Exchange,
};
use entra_net::{Body, Client, Clock, HeaderMap, Method, Url};
use std::sync::Arc;

/// The way from a request to its reply: bearer, send, claims challenge once, retry, redirect.
#[derive(Clone)]
pub struct Graph {
    /// Sends.
    pub client: Client,
    /// Knows the time.
    pub clock: Arc<dyn Clock>,
    /// Gives tokens.
    pub bearer: Arc<dyn Bearer>,
    /// The connection's own Graph.
    pub endpoint: Endpoint,
    /// How patiently is asked.
    pub limits: Limits,
    /// Is the head of each request and answer told?
    pub heads: bool,
}

impl Graph {
    /// Sends, and returns when the head of the last answer is there.
    pub async fn open(&self, request: &GraphRequest, told: Told<'_>) -> Result<Opened, GraphError> {
        let address = Address::resolve(&self.endpoint, &request.uri, request.body.query())?;
        self.open_at(request, &address, told).await
    }

    /// Sends and reads the whole reply.
    pub async fn send(&self, request: &GraphRequest, told: Told<'_>) -> Result<GraphReply, GraphError> {
        self.open(request, told).await?.whole().await
    }

    pub(crate) async fn open_at(
        &self,
        request: &GraphRequest,
        address: &Address,
        told: Told<'_>,
    ) -> Result<Opened, GraphError> {
        let exchange = Exchange::new(self, request, address)?;
        let opened = exchange.run(told).await?;
        if opened.head.is_success() || request.skip_http_error_check {
            return Ok(opened);
        }
        let why = if opened.spent { GraphError::Spent } else { GraphError::Refused };
        Err(why(Box::new(self.refusal(opened.whole().await?))))
    }

    /// Sends to an address that is a key of its own: without bearer and without a word about it. Any answer is one.
    pub(crate) async fn send_bare(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Body,
        told: Told<'_>,
    ) -> Result<GraphReply, GraphError> {
        let exchange = Exchange::bare(self, method, url.clone(), headers, body);
        exchange.run(told).await?.whole().await
    }

    pub(crate) fn refusal(&self, reply: GraphReply) -> Refusal {
        Refusal::new(reply, self.clock.as_ref())
    }
}
