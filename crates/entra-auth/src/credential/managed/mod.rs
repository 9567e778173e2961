//! The identity that a platform gives to what runs on it. One kind of host, one file.

mod app_service;
mod arc;
mod cloud_shell;
mod error;
mod imds;
mod machine_learning;
mod patience;
mod reply;
mod request;
mod service_fabric;
mod workload;

use super::federated::FederatedIdentity;
use crate::{Answer, Ask, Credential, Error, Files, Fingerprint, Level, TokenReply, variables::Variables};
use entra_net::{Client, Network, Patience, Reply, Request, Thumbprint, send_again};
pub use error::IdentityError;
use std::{sync::Arc, time::Duration};

/// An identity endpoint is on this machine or beside it: one that does not take a connection in this time is not there.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// Which identity of the machine or service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum IdentityId {
    /// Its own.
    #[default]
    System,
    /// A user-assigned one by its client id.
    Client(String),
    /// A user-assigned one by its object id.
    Object(String),
    /// A user-assigned one by its resource id.
    Resource(String),
}

impl IdentityId {
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::System => ("", ""),
            Self::Client(id) => ("client id", id),
            Self::Object(id) => ("object id", id),
            Self::Resource(id) => ("resource id", id),
        }
    }
}

/// One kind of host.
trait Source: Send + Sync {
    /// What people call it.
    fn name(&self) -> &'static str;
    /// Asks for a token of `id` for `resource`.
    fn request(&self, resource: &str, id: &IdentityId) -> Result<Request, IdentityError>;
    /// What is worth another try.
    fn patience(&self) -> &'static dyn Patience {
        &patience::HOST
    }
    /// The one certificate to trust.
    fn pin(&self) -> Option<Thumbprint> {
        None
    }
    /// The answer to a challenge, where the host makes one.
    fn respond(&self, _: &Request, _: &Reply, _: &dyn Files) -> Result<Option<Request>, IdentityError> {
        Ok(None)
    }
    /// Says which token a challenge was about, where the host wants to know.
    fn challenged(&self, request: Request) -> Request {
        request
    }
    /// Hears of a token, for hosts that want to be told which one has to be replaced.
    fn given(&self, _: &TokenReply) {}
    /// What a failure of this host means.
    fn explain(&self, error: IdentityError) -> IdentityError {
        error
    }
}

/// Does a file's kind of host run us?
enum Detection {
    Here(Box<dyn Source>),
    /// Why not.
    No(&'static str),
}

/// What is known of the machine.
struct Machine<'a> {
    variables: &'a Variables,
    files: &'a dyn Files,
    windows: bool,
}

type Detect = fn(&Machine<'_>) -> Result<Detection, IdentityError>;

/// The order in which Microsoft's libraries look, before workload identity and virtual machines.
const ORDER: [Detect; 5] =
    [service_fabric::detect, app_service::detect, machine_learning::detect, cloud_shell::detect, arc::detect];

/// What was found.
pub enum ManagedIdentity {
    /// An identity endpoint.
    Endpoint(ManagedIdentityCredential),
    /// A workload of a cluster, which signs in as an app by a token file.
    Workload(FederatedIdentity),
}

/// The managed identity of a host.
pub struct ManagedIdentityCredential {
    source: Box<dyn Source>,
    id: IdentityId,
    client: Client,
    files: Arc<dyn Files>,
    /// What was looked for before, and why it was not that.
    passed: Vec<&'static str>,
}

/// Finds out which kind of host this is, without asking anybody.
pub fn managed_identity(
    variables: &Variables,
    id: IdentityId,
    files: &Arc<dyn Files>,
    network: &Network,
) -> Result<ManagedIdentity, Error> {
    let machine = Machine { variables, files: files.as_ref(), windows: cfg!(windows) };
    let mut passed = Vec::new();
    for detect in ORDER {
        match detect(&machine)? {
            Detection::Here(source) => return endpoint(source, id, files, network, passed),
            Detection::No(why) => passed.push(why),
        }
    }
    match workload::find(variables, &id, files, network)? {
        Ok(workload) => return Ok(ManagedIdentity::Workload(workload)),
        Err(why) => passed.push(why),
    }
    endpoint(imds::source(variables)?, id, files, network, passed)
}

fn endpoint(
    source: Box<dyn Source>,
    id: IdentityId,
    files: &Arc<dyn Files>,
    network: &Network,
    passed: Vec<&'static str>,
) -> Result<ManagedIdentity, Error> {
    // A refusal that needs no request comes before any.
    source.request("-", &id)?;
    let client = match source.pin() {
        Some(thumbprint) => Client::pinned(thumbprint, CONNECT_LIMIT)?,
        None => Client::direct(network, CONNECT_LIMIT)?,
    };
    let files = files.clone();
    Ok(ManagedIdentity::Endpoint(ManagedIdentityCredential { source, id, client, files, passed }))
}

impl ManagedIdentityCredential {
    /// What people call the kind of host.
    pub fn source(&self) -> &'static str {
        self.source.name()
    }

    /// A token for a resource.
    pub(crate) async fn token(&self, ask: &Ask<'_>, resource: &str) -> Result<TokenReply, Error> {
        let request = self.source.request(resource, &self.id)?;
        let request = if ask.claims.is_some() { self.source.challenged(request) } else { request };
        let text = format!("Asking {} at '{}' for a token of its identity", self.source.name(), request.host());
        ask.host.log(Level::Verbose, text);
        let first = self.send(ask, &request).await?;
        let reply = match self.source.respond(&request, &first, self.files.as_ref())? {
            Some(answer) => self.send(ask, &answer).await?,
            None => first,
        };
        let read = reply::read(&reply, self.source.name(), &request.host(), ask.clock);
        let token = read.map_err(|error| self.source.explain(error))?;
        self.source.given(&token);
        Ok(token)
    }

    async fn send(&self, ask: &Ask<'_>, request: &Request) -> Result<Reply, Error> {
        let host = request.host();
        let told = &mut |waiting: entra_net::Waiting| crate::endpoint::tell(ask.host, &host, &waiting);
        let sent = send_again(&self.client, ask.clock, self.source.patience(), request, told).await;
        sent.map_err(|cause| {
            let platform = self.source.name();
            let error = IdentityError::Unanswered { platform, passed: self.passed.clone(), cause };
            self.source.explain(error).into()
        })
    }
}

impl Credential for ManagedIdentityCredential {
    fn name(&self) -> &'static str {
        "ManagedIdentityCredential"
    }

    fn fingerprint(&self) -> Fingerprint {
        let (kind, id) = self.id.parts();
        // The request was built once before, so it can be built again.
        let url = self.source.request("-", &self.id).map(|request| request.url.to_string()).unwrap_or_default();
        Fingerprint::of("identity", &[url.as_bytes(), kind.as_bytes(), id.as_bytes()])
    }

    fn fetch<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<TokenReply, Error>> {
        Box::pin(async move {
            let scope = ask.scopes.first().map(String::as_str).unwrap_or_default();
            self.token(ask, scope.strip_suffix("/.default").unwrap_or(scope)).await
        })
    }
}

#[cfg(test)]
mod tests;
