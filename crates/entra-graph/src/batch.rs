//! JSON batches (Graph, "Combine multiple HTTP requests using JSON batching"): up to twenty requests in one call, each
//! throttled, failed and tried again on its own.

mod plan;
mod wire;

use crate::{Graph, GraphError, GraphRequest, RequestBody, Told, limits::is_throttled, note::Note};
use entra_net::{Bytes, Method, Waiting};
use plan::{Plan, State};
use std::time::{Duration, SystemTime};

/// As many requests go into one call.
pub const BATCH_LIMIT: usize = 20;
/// The status of a part whose dependency failed.
const FAILED_DEPENDENCY: u16 = 424;

/// One request of a batch.
#[derive(Clone, Debug)]
pub struct BatchPart {
    /// Its name, unique whatever its case; given where it has none.
    pub id: Option<String>,
    /// GET, POST …
    pub method: Method,
    /// Relative to the version's root, or with a version, or absolute on the own Graph.
    pub url: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<BatchBody>,
    /// Names of the parts that have to succeed before.
    pub depends_on: Vec<String>,
}

impl BatchPart {
    /// A part without body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { id: None, method, url: url.into(), headers: Vec::new(), body: None, depends_on: Vec::new() }
    }
}

/// The body of a part.
#[derive(Clone, Debug)]
pub enum BatchBody {
    /// JSON text, kept as it is written.
    Json(String),
    /// Bytes, sent as base64.
    Bytes(Bytes),
}

/// The answer to one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchAnswer {
    /// The part's name.
    pub id: String,
    /// HTTP status; 424 where a part that it depends on failed.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The body as JSON text, as it was written.
    pub body: Option<String>,
}

impl BatchAnswer {
    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header field, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Why parts do not make a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// Two parts of one name.
    #[error("The batch has two requests with the id '{0}': ids have to differ, whatever their case")]
    DuplicateId(String),
    /// A dependency that is not there.
    #[error("The request '{id}' depends on '{on}', which is not in the batch")]
    UnknownDependency {
        /// The part.
        id: String,
        /// What it depends on.
        on: String,
    },
    /// Parts that wait for one another.
    #[error("The request '{0}' depends on itself by way of others")]
    Circle(String),
    /// A part for somebody else.
    #[error("The request '{0}' leads to another host than this connection's Graph: a batch cannot")]
    Foreign(String),
    /// A body that is no JSON.
    #[error("The body of the request '{0}' is no JSON")]
    Body(String),
}

/// Sends parts in as few calls as they need and answers in their order. Beside an error stand the answers that came
/// before it: what was written was written.
///
/// `template` gives what all calls carry (agent, version, header fields); `version` is meant where a part's address
/// names none. Parts that are throttled to the end are answered with what the service said last.
pub async fn batch(
    graph: &Graph,
    template: &GraphRequest,
    version: &str,
    parts: &[BatchPart],
    told: Told<'_>,
) -> (Vec<BatchAnswer>, Result<(), GraphError>) {
    let plan = match Plan::new(graph, version, parts) {
        Ok(plan) => plan,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let mut run = Run { graph, template, plan, waited: Duration::ZERO };
    let end = run.finish(told).await;
    (run.plan.answers(), end)
}

struct Run<'a> {
    graph: &'a Graph,
    template: &'a GraphRequest,
    plan: Plan<'a>,
    waited: Duration,
}

impl Run<'_> {
    async fn finish(&mut self, told: Told<'_>) -> Result<(), GraphError> {
        while self.plan.is_open() {
            self.plan.fail_dependents();
            match self.plan.choose(self.graph.clock.now()) {
                chosen if !chosen.is_empty() => self.call(&chosen, told).await?,
                _ => self.wait(told).await,
            }
        }
        Ok(())
    }

    async fn call(&mut self, chosen: &[usize], told: Told<'_>) -> Result<(), GraphError> {
        let mut request = self.template.clone();
        request.method = Method::POST;
        request.uri = format!("{}/$batch", self.plan.version(chosen));
        request.body = RequestBody::Text(wire::call(&self.plan, chosen)?);
        request.content_type = Some("application/json".into());
        request.skip_http_error_check = false;
        let reply = self.graph.send(&request, told).await?;
        let mut answers = wire::answers(&reply.text())?;
        let (mut failed, mut missing) = (Vec::new(), None);
        for &at in chosen {
            let id = self.plan.id(at).to_owned();
            let Some(found) = answers.iter().position(|answer| answer.id.eq_ignore_ascii_case(&id)) else {
                missing = missing.or(Some(id));
                continue;
            };
            let answer = BatchAnswer { id, ..answers.swap_remove(found) };
            if answer.status == FAILED_DEPENDENCY { failed.push((at, answer)) } else { self.settle(at, answer) }
        }
        self.plan.settle_dependents(failed);
        told(Note::Progress { done: self.plan.settled(), total: Some(self.plan.len()) });
        missing.map_or(Ok(()), |id| {
            Err(GraphError::Reply(format!("The answer to the batch leaves out the request '{id}'")))
        })
    }

    /// Takes an answer, or has its part wait for another.
    fn settle(&mut self, at: usize, answer: BatchAnswer) {
        let tries = self.plan.tries(at);
        if is_throttled(answer.status) && tries < self.graph.limits.max_retry {
            let pause = self.pause(&answer, tries + 1);
            if self.graph.limits.may_wait(self.waited, pause) {
                let until = self.graph.clock.now() + pause;
                return self.plan.set(at, State::Waiting { tries: tries + 1, until, because: answer.status });
            }
        }
        self.plan.set(at, State::Settled(answer));
    }

    fn pause(&self, answer: &BatchAnswer, attempt: u32) -> Duration {
        let mut headers = entra_net::HeaderMap::new();
        if let Some(value) = answer.header("retry-after").and_then(|value| value.parse().ok()) {
            headers.insert(entra_net::header::RETRY_AFTER, value);
        }
        let asked = entra_net::retry_after(&headers, self.graph.clock.as_ref());
        asked.unwrap_or_else(|| self.graph.limits.pause(attempt))
    }

    /// Nothing can be sent now: wait for the part that is ready first.
    async fn wait(&mut self, told: Told<'_>) {
        let Some((until, tries, because)) = self.plan.first_ready() else {
            return;
        };
        let span = span_until(until, self.graph.clock.now());
        self.waited += span;
        told(Note::Waiting {
            pause: Waiting { span, attempt: tries, because: because.to_string() },
            left: self.graph.limits.left(self.waited),
        });
        self.graph.clock.sleep(span).await;
    }
}

fn span_until(until: SystemTime, now: SystemTime) -> Duration {
    until.duration_since(now).unwrap_or_default()
}
