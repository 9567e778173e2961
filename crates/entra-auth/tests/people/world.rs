//! A simulated world, and a host that plays the person in front of it.

use entra_auth::{
    AccessToken, Answer, Authority, CertificateProblem, Demand, Error, Found, Host, HostError, Level, Means,
    MemoryCache, Message, Padding, PeopleInMemory, PersonCredential, PersonOptions, Progress, Signature, TokenSource,
    Wanted, Way,
};
use entra_net::{Client, Clock, Method, Network, Request, Secret, SystemClock, Url};
use entra_sim::{Options, Sim, ids};
use serde_json::{Value, json};
use std::{
    net::{Ipv4Addr, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

pub(crate) const READ: [&str; 1] = ["User.Read"];

pub(crate) struct World {
    pub(crate) sim: Arc<Sim>,
    pub(crate) client: Client,
    pub(crate) people: Arc<PeopleInMemory>,
    pub(crate) host: Person,
    pub(crate) limit: Duration,
}

/// What the person does with a page or a code, and what the host was told.
#[derive(Default)]
pub(crate) struct Person {
    pub(crate) login: Mutex<String>,
    pub(crate) action: Mutex<String>,
    pub(crate) environment: Mutex<Vec<(String, String)>>,
    pub(crate) urls: Mutex<Vec<String>>,
    pub(crate) messages: Mutex<Vec<Message>>,
    pub(crate) progress: Mutex<Vec<Progress>>,
    pub(crate) told: Arc<Mutex<Vec<Value>>>,
    /// What the person answers when a code is shown; absent: nothing.
    pub(crate) approves: Mutex<Option<bool>>,
    sim: Option<Arc<Sim>>,
}

impl World {
    pub(crate) fn new() -> Self {
        let sim = Arc::new(Sim::start(Options::default()));
        sim.settings(|s| s.device_interval = 1);
        let network = Network { ca_file: Some(sim.ca()), ..Network::default() };
        let host = Person { sim: Some(sim.clone()), ..Person::default() };
        *host.login.lock().unwrap() = ids::ADELE.into();
        *host.action.lock().unwrap() = "accept".into();
        *host.environment.lock().unwrap() = vec![("BROWSER".into(), "/bin/true".into())];
        let people = Arc::new(PeopleInMemory::default());
        Self { sim, client: Client::new(&network).unwrap(), people, host, limit: Duration::from_secs(20) }
    }

    pub(crate) fn options(&self, way: Way) -> PersonOptions {
        PersonOptions { way, login_hint: None, prompt: None, limit: self.limit, resource: self.sim.graph().to_owned() }
    }

    /// A sign-in in `tenant`, kept with the others of this world.
    pub(crate) fn source(&self, options: PersonOptions, tenant: &str) -> TokenSource {
        let authority = Authority::new(&Url::parse(self.sim.login()).unwrap(), tenant).unwrap();
        let credential = PersonCredential::new(options, self.people.clone());
        TokenSource::new(authority, ids::PUBLIC_APP.into(), Box::new(credential), Arc::new(MemoryCache::default()))
    }

    pub(crate) async fn token(&self, source: &TokenSource, scopes: &[&str]) -> Result<AccessToken, Error> {
        self.demand(source, scopes, Demand::default(), &SystemClock).await
    }

    pub(crate) async fn demand(
        &self,
        source: &TokenSource,
        scopes: &[&str],
        demand: Demand<'_>,
        clock: &dyn Clock,
    ) -> Result<AccessToken, Error> {
        #[cfg(windows)]
        let _browser = crate::chosen::browser();
        let scopes: Vec<_> = scopes.iter().map(|s| (*s).to_owned()).collect();
        source.token(&scopes, demand, Means { client: &self.client, clock, host: &self.host }).await
    }

    /// A sign-in with a browser in Contoso.
    pub(crate) async fn by_browser(&self, scopes: &[&str]) -> Result<AccessToken, Error> {
        self.token(&self.source(self.options(Way::Browser), ids::TENANT), scopes).await
    }

    /// A sign-in with a device code in Contoso, approved or not as soon as the code is there.
    pub(crate) async fn by_code(&self, approves: Option<bool>) -> Result<AccessToken, Error> {
        *self.host.approves.lock().unwrap() = approves;
        self.token(&self.source(self.options(Way::DeviceCode), ids::TENANT), &READ).await
    }

    pub(crate) fn asked(&self, path: &str) -> usize {
        self.sim.seen("login", path).len()
    }

    /// What the page of the last sign-in was asked with.
    pub(crate) fn last_page(&self, name: &str) -> Option<String> {
        let urls = self.host.urls.lock().unwrap();
        let url = Url::parse(urls.last()?).unwrap();
        url.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }

    /// Is somebody listening where the last answer was to go?
    pub(crate) fn is_listening(&self) -> bool {
        let uri = Url::parse(&self.last_page("redirect_uri").unwrap()).unwrap();
        TcpStream::connect((Ipv4Addr::LOCALHOST, uri.port().unwrap())).is_ok()
    }
}

impl Person {
    fn sim(&self) -> &Sim {
        self.sim.as_ref().unwrap()
    }

    /// Goes through the pages in a browser of the world's own.
    fn visit(&self, url: &str) {
        let action = self.action.lock().unwrap().clone();
        if action == "stay away" {
            return;
        }
        let body = json!({"url": url, "login": *self.login.lock().unwrap(), "action": action}).to_string();
        let address = Url::parse(&format!("{}/browse", self.sim().control())).unwrap();
        let told = Arc::clone(&self.told);
        tokio::spawn(async move {
            let client = Client::new(&Network::direct()).unwrap();
            let reply = client.send(Request::new(Method::POST, address).with_body(body)).await.unwrap();
            told.lock().unwrap().push(serde_json::from_slice(&reply.body).unwrap());
        });
    }
}

impl Host for Person {
    fn log(&self, _: Level, _: String) {}
    fn warn(&self, text: String) {
        panic!("unexpected warning: {text}");
    }
    fn show(&self, message: Message) {
        if let (Some(approves), Some(code)) = (*self.approves.lock().unwrap(), &message.user_code) {
            self.sim().decide_device(code, &self.login.lock().unwrap(), approves).unwrap();
        }
        self.messages.lock().unwrap().push(message);
    }
    fn progress(&self, progress: Progress) {
        self.progress.lock().unwrap().push(progress);
    }
    fn page(&self, url: &str) {
        self.urls.lock().unwrap().push(url.into());
        self.visit(url);
    }
    fn find_certificate(&self, _: Wanted, _: bool) -> Answer<'_, Result<Found, CertificateProblem>> {
        Box::pin(async { Err(CertificateProblem::NotFound) })
    }
    fn sign<'a>(&'a self, _: &'a str, _: [u8; 32], _: Padding) -> Answer<'a, Result<Signature, HostError>> {
        Box::pin(async { Err(HostError::Gone) })
    }
    fn assertion<'a>(&'a self, _: &'a str) -> Answer<'a, Result<Secret, HostError>> {
        Box::pin(async { Err(HostError::Gone) })
    }
    fn environment(&self) -> Answer<'_, Result<Vec<(String, String)>, HostError>> {
        let environment = self.environment.lock().unwrap().clone();
        Box::pin(async { Ok(environment) })
    }
}
