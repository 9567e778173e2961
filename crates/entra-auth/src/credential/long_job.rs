//! Thirty hours of a job, on a clock that moves when told: tokens live for a minute, assertions for five.

use super::tests::{Double, FakeFiles};
use crate::{
    Authority, Credential, Demand, EnvironmentCredential, Files, IdentityId, ManagedIdentity, Means, MemoryCache,
    Silent, TokenSource, Variables, environment_credential, managed_identity,
};
use entra_net::{Client, Clock, Network, SteppedClock, Url, unix_seconds};
use std::{sync::Arc, time::Duration};

const START: u64 = 1_767_225_600;
const TOKEN_LIFE: u64 = 60;
const ASSERTION_LIFE: u64 = 300;
/// The job asks for a token this often, in seconds.
const STEP: u64 = 25;

/// Issuer, sign-in service and metadata service in one. Assertions and tokens are the second at which they end.
struct World {
    clock: Arc<SteppedClock>,
    files: Arc<FakeFiles>,
    host: Double,
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(SteppedClock::at(START));
        let time = clock.clone();
        let host = Double::serve(Arc::new(move |request| answer(request, unix_seconds(time.now())))).await;
        Self { clock, files: Arc::default(), host }
    }

    fn now(&self) -> u64 {
        unix_seconds(self.clock.now())
    }

    fn files(&self) -> Arc<dyn Files> {
        self.files.clone()
    }

    fn of_variables(&self, more: &[(&str, &str)]) -> Box<dyn Credential> {
        let all = [&[("AZURE_TENANT_ID", "contoso.example"), ("AZURE_CLIENT_ID", "app")], more].concat();
        match environment_credential(&Variables::of(&all), &self.files(), &Network::direct()) {
            Ok(EnvironmentCredential::Federated(found)) => found.credential,
            _ => panic!("not federated"),
        }
    }

    fn identity(&self) -> Box<dyn Credential> {
        let variables = Variables::of(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &self.host.address)]);
        match managed_identity(&variables, IdentityId::System, &self.files(), &Network::direct()) {
            Ok(ManagedIdentity::Endpoint(found)) => Box::new(found),
            _ => panic!("no endpoint"),
        }
    }

    /// Works for thirty hours; how often a token was made.
    async fn work(&self, credential: Box<dyn Credential>) -> usize {
        let authority = Authority::new(&Url::parse(&self.host.address).unwrap(), "contoso.example").unwrap();
        let source = TokenSource::new(authority, "app".into(), credential, Arc::<MemoryCache>::default());
        let client = Client::new(&Network::direct()).unwrap();
        let scopes = ["https://graph.example/.default".to_owned()];
        for step in 0..30 * 3600 / STEP {
            if step % 9 == 0 {
                // The cluster renews its file before the assertion in it ends.
                self.files.write("/token", &(self.now() + ASSERTION_LIFE).to_string());
            }
            let means = Means { client: &client, clock: self.clock.as_ref(), host: &Silent };
            let token = source.token(&scopes, Demand::default(), means).await.unwrap();
            let ends: u64 = token.secret.expose_text().unwrap().parse().unwrap();
            assert!(ends > self.now(), "an expired token at step {step}");
            self.clock.step(Duration::from_secs(STEP));
        }
        self.host.heard().iter().filter(|request| request.contains("oauth2")).count()
    }
}

fn answer(request: &str, now: u64) -> String {
    if request.starts_with("get /github") {
        return format!("200 OK\r\n\r\n{{\"value\":\"{}\"}}", now + ASSERTION_LIFE);
    }
    let assertion = request.split_once("client_assertion=").map(|(_, rest)| rest.split('&').next().unwrap());
    if assertion.is_some_and(|ends| ends.parse::<u64>().unwrap() <= now) {
        return "400 Bad Request\r\n\r\n{\"error\":\"invalid_client\",\"error_codes\":[700024]}".into();
    }
    format!("200 OK\r\n\r\n{{\"access_token\":\"{}\",\"expires_in\":{TOKEN_LIFE}}}", now + TOKEN_LIFE)
}

/// One token covers two steps: at the third less than the margin is left.
const RENEWALS: std::ops::RangeInclusive<usize> = 2000..=2200;

#[tokio::test]
async fn github_actions() {
    let world = World::new().await;
    let url = format!("{}/github?x=y", world.host.address);
    let variables = [("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "fake")];
    let made = world.work(world.of_variables(&variables)).await;
    assert!(RENEWALS.contains(&made), "{made}");
    let assertions = world.host.heard().iter().filter(|request| request.starts_with("get /github")).count();
    assert_eq!(assertions, made, "a fresh assertion for every token");
}

#[tokio::test]
async fn a_token_file() {
    let world = World::new().await;
    let made = world.work(world.of_variables(&[("AZURE_FEDERATED_TOKEN_FILE", "/token")])).await;
    assert!(RENEWALS.contains(&made), "{made}");
}

#[tokio::test]
async fn a_managed_identity() {
    let world = World::new().await;
    let made = world.work(world.identity()).await;
    assert!(RENEWALS.contains(&made), "{made}");
}
