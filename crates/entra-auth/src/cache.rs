use crate::{
    Authority, Error, Fingerprint, Host, Level, TokenReply,
    credential::{Ask, Credential},
    random,
};
use entra_net::{Client, Clock, Secret, unix_seconds};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

/// A token is renewed when this is left, in seconds, or a quarter of its life where that is less.
const MARGIN: u64 = 300;

/// A token with what is known of it. Copies share the secret.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The bearer.
    pub secret: Arc<Secret>,
    /// Seconds since 1970 when it ends.
    pub expires_at: u64,
    /// Seconds since 1970 from when it should be renewed.
    renew_at: u64,
    /// The whole answer that brought it.
    pub reply: Arc<TokenReply>,
}

impl AccessToken {
    fn new(reply: TokenReply, now: u64) -> Self {
        let margin = MARGIN.min(reply.expires_in / 4);
        let renew_in = reply.refresh_in.unwrap_or(u64::MAX).min(reply.expires_in - margin);
        Self {
            secret: Arc::new(reply.access_token.clone()),
            expires_at: now.saturating_add(reply.expires_in),
            renew_at: now.saturating_add(renew_in),
            reply: Arc::new(reply),
        }
    }
}

/// Whose token, for what. The credential is part of it: a wrong secret never succeeds from memory.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    authority: Authority,
    client_id: String,
    credential: Fingerprint,
    scopes: Vec<String>,
}

/// Tokens in memory, shared by all connections of a process. They live as long as a source that has them.
#[derive(Default)]
pub struct MemoryCache(Mutex<HashMap<Key, Weak<Slot>>>);

/// One token and the one renewal that may be under way.
#[derive(Default)]
struct Slot {
    /// Held by whoever renews. A caller that is stopped lets go of it, and the next one renews.
    flight: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<AccessToken>,
    /// Renewals that have ended.
    ended: u64,
    /// How the last one failed, if it did.
    failure: Option<Error>,
    /// What a challenge demanded of it.
    claims: Option<String>,
}

impl Slot {
    fn has_token(&self) -> bool {
        locked(&self.state).token.is_some()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is replaced whole, never left half done by a panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryCache {
    fn slot(&self, key: Key) -> Arc<Slot> {
        let mut slots = locked(&self.0);
        if let Some(slot) = slots.get(&key).and_then(Weak::upgrade) {
            return slot;
        }
        slots.retain(|_, slot| slot.strong_count() > 0);
        let slot = Arc::<Slot>::default();
        slots.insert(key, Arc::downgrade(&slot));
        slot
    }

    fn forget(&self, key: &Key) {
        locked(&self.0).remove(key);
    }
}

/// Tokens of one sign-in: the credential, and what it has given so far.
pub struct TokenSource {
    authority: Authority,
    client_id: String,
    credential: Box<dyn Credential>,
    fingerprint: Fingerprint,
    cache: Arc<MemoryCache>,
    slots: Mutex<Vec<(Vec<String>, Arc<Slot>)>>,
    /// Signed out: whoever still holds it gets nothing any more.
    over: AtomicBool,
}

/// How good the token has to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand<'a> {
    /// What a challenge demands, JSON: then memory does not answer.
    pub claims: Option<&'a str>,
    /// Seconds that have to be left.
    pub minimum_lifetime: u64,
    /// Not from memory.
    pub fresh: bool,
}

/// Who asks, and the means at hand.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The way out.
    pub client: &'a Client,
    /// The time.
    pub clock: &'a dyn Clock,
    /// The host of the operation that asks.
    pub host: &'a dyn Host,
}

impl TokenSource {
    /// A source whose tokens are kept in `cache`.
    pub fn new(
        authority: Authority,
        client_id: String,
        credential: Box<dyn Credential>,
        cache: Arc<MemoryCache>,
    ) -> Self {
        let fingerprint = credential.fingerprint();
        let (slots, over) = (Mutex::default(), AtomicBool::new(false));
        Self { authority, client_id, credential, fingerprint, cache, slots, over }
    }

    /// Sign-in service and tenant.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What messages call the credential.
    pub fn credential_name(&self) -> &'static str {
        self.credential.name()
    }

    /// A token for `scopes`: from memory while it lasts, else from the credential, once however many wait.
    pub async fn token(&self, scopes: &[String], demand: Demand<'_>, means: Means<'_>) -> Result<AccessToken, Error> {
        if self.over.load(Ordering::Acquire) {
            return Err(Error::SignedOut);
        }
        let slot = self.slot(scopes);
        let seen = {
            let state = locked(&slot.state);
            if let Some(token) = usable(&state, demand, means.clock) {
                return Ok(token);
            }
            state.ended
        };
        let _flight = slot.flight.lock().await;
        if let Some(outcome) = meanwhile(&slot, seen, demand, means.clock) {
            return outcome;
        }
        let outcome = self.renew(&slot, scopes, demand, means).await;
        if self.over.load(Ordering::Acquire) {
            // What came after the sign-out is not kept either.
            self.credential.forget(&self.authority, &self.client_id).await;
            return Err(Error::SignedOut);
        }
        outcome
    }

    async fn renew(
        &self,
        slot: &Slot,
        scopes: &[String],
        demand: Demand<'_>,
        means: Means<'_>,
    ) -> Result<AccessToken, Error> {
        let correlation = random::guid();
        let Means { client, clock, host } = means;
        let ask = Ask {
            client,
            clock,
            host,
            authority: &self.authority,
            client_id: &self.client_id,
            scopes,
            claims: demand.claims,
            correlation: &correlation,
            anew: demand.fresh || demand.claims.is_some() || demand.minimum_lifetime > 0 || slot.has_token(),
            spare: spared(&locked(&slot.state), demand, unix_seconds(clock.now())).is_some(),
        };
        let outcome = self.credential.fetch(&ask).await;
        let now = unix_seconds(clock.now());
        let mut state = locked(&slot.state);
        state.ended += 1;
        state.claims = demand.claims.map(str::to_owned);
        match outcome.map(|reply| AccessToken::new(reply, now)) {
            Ok(token) => {
                (state.token, state.failure) = (Some(token.clone()), None);
                Ok(token)
            }
            Err(error) => {
                if let Some(token) = spared(&state, demand, now) {
                    host.log(Level::Verbose, format!("The token could not be renewed yet and is used on: {error}"));
                    return Ok(token);
                }
                state.failure = Some(error.clone());
                Err(error)
            }
        }
    }

    /// The token in memory for these scopes, be it good or not.
    pub fn held(&self, scopes: &[String]) -> Option<AccessToken> {
        locked(&self.slot(scopes).state).token.clone()
    }

    /// Takes its tokens out of memory and has the credential forget whom it signed in. It gives no more tokens, to
    /// operations under way neither.
    pub async fn sign_out(&self) {
        self.forget();
        self.credential.forget(&self.authority, &self.client_id).await;
    }

    /// Takes its tokens out of memory, and gives no more.
    pub fn forget(&self) {
        self.over.store(true, Ordering::Release);
        for (scopes, _) in locked(&self.slots).drain(..) {
            self.cache.forget(&self.key(&scopes));
        }
    }

    fn slot(&self, scopes: &[String]) -> Arc<Slot> {
        let mut slots = locked(&self.slots);
        if let Some((_, slot)) = slots.iter().find(|(known, _)| known == scopes) {
            return slot.clone();
        }
        let slot = self.cache.slot(self.key(scopes));
        slots.push((scopes.to_vec(), slot.clone()));
        slot
    }

    fn key(&self, scopes: &[String]) -> Key {
        Key {
            authority: self.authority.clone(),
            client_id: self.client_id.clone(),
            credential: self.fingerprint,
            scopes: scopes.to_vec(),
        }
    }
}

fn usable(state: &State, demand: Demand<'_>, clock: &dyn Clock) -> Option<AccessToken> {
    if demand.fresh || demand.claims.is_some() {
        return None;
    }
    let now = unix_seconds(clock.now());
    let good = |token: &&AccessToken| now < token.renew_at && now + demand.minimum_lifetime < token.expires_at;
    state.token.as_ref().filter(good).cloned()
}

/// What a renewal that ended while this caller waited has brought: its token, or its failure.
fn meanwhile(slot: &Slot, seen: u64, demand: Demand<'_>, clock: &dyn Clock) -> Option<Result<AccessToken, Error>> {
    let state = locked(&slot.state);
    // What a challenge demands is in the token only where it was asked for.
    if state.ended == seen || (demand.claims.is_some() && state.claims.as_deref() != demand.claims) {
        return None;
    }
    match &state.failure {
        Some(error) => Some(Err(error.clone())),
        None => usable(&state, Demand { fresh: false, claims: None, ..demand }, clock).map(Ok),
    }
}

/// The old token, where a renewal failed before it had to succeed.
fn spared(state: &State, demand: Demand<'_>, now: u64) -> Option<AccessToken> {
    if demand.fresh || demand.claims.is_some() || demand.minimum_lifetime > 0 {
        return None;
    }
    state.token.as_ref().filter(|token| now < token.expires_at).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Silent, host::Answer};
    use entra_net::{Network, SystemClock, Url};
    use std::sync::atomic::AtomicUsize;
    use tokio::sync::Notify;

    /// Gives a token each time it is allowed to, and counts.
    #[derive(Clone, Default)]
    struct Counting(Arc<Counts>);

    #[derive(Default)]
    struct Counts {
        asked: AtomicUsize,
        forgotten: AtomicUsize,
        begun: Notify,
        go_on: Notify,
    }

    impl Credential for Counting {
        fn name(&self) -> &'static str {
            "Counting"
        }

        fn fingerprint(&self) -> Fingerprint {
            Fingerprint::of("counting", &[])
        }

        fn forget<'a>(&'a self, _: &'a Authority, _: &'a str) -> Answer<'a, ()> {
            self.0.forgotten.fetch_add(1, Ordering::Relaxed);
            Box::pin(async {})
        }

        fn fetch<'a>(&'a self, _: &'a Ask<'a>) -> Answer<'a, Result<TokenReply, Error>> {
            Box::pin(async {
                let number = self.0.asked.fetch_add(1, Ordering::Relaxed);
                self.0.begun.notify_one();
                self.0.go_on.notified().await;
                Ok(TokenReply { access_token: format!("token-{number}").into(), expires_in: 3600, ..empty() })
            })
        }
    }

    fn empty() -> TokenReply {
        TokenReply {
            access_token: "".into(),
            expires_in: 0,
            refresh_in: None,
            scope: None,
            refresh_token: None,
            id_token: None,
            client_info: None,
            family: None,
            sign_in: None,
        }
    }

    fn source(credential: &Counting, cache: &Arc<MemoryCache>) -> TokenSource {
        let authority = Authority::new(&Url::parse("https://login.example").unwrap(), "contoso.example").unwrap();
        TokenSource::new(authority, "app".into(), Box::new(credential.clone()), cache.clone())
    }

    async fn token(source: &TokenSource) -> Result<AccessToken, Error> {
        demand(source, Demand::default()).await
    }

    async fn demand(source: &TokenSource, demand: Demand<'_>) -> Result<AccessToken, Error> {
        let client = Client::new(&Network::direct()).unwrap();
        let means = Means { client: &client, clock: &SystemClock, host: &Silent };
        source.token(&["scope".to_owned()], demand, means).await
    }

    #[tokio::test]
    async fn who_needs_claims_shares_a_renewal_that_asked_for_them() {
        let (credential, cache) = (Counting::default(), Arc::default());
        let source = source(&credential, &cache);
        let claims = Demand { claims: Some("{}"), ..Demand::default() };
        let service = async {
            for _ in 0..2 {
                credential.0.begun.notified().await;
                credential.0.go_on.notify_one();
            }
        };
        let (plain, one, other, ()) =
            tokio::join!(token(&source), demand(&source, claims), demand(&source, claims), service);
        let (plain, one, other) = (plain.unwrap().secret, one.unwrap().secret, other.unwrap().secret);
        assert!(plain != one && one == other);
    }

    #[tokio::test]
    async fn who_is_signed_out_gets_no_more_tokens() {
        let (credential, cache) = (Counting::default(), Arc::default());
        let source = source(&credential, &cache);
        credential.0.go_on.notify_one();
        token(&source).await.unwrap();
        source.sign_out().await;
        assert_eq!(token(&source).await.unwrap_err(), Error::SignedOut);
        assert_eq!(credential.0.asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_renewal_that_ends_after_the_sign_out_is_forgotten_too() {
        let (credential, cache) = (Counting::default(), Arc::default());
        let source = source(&credential, &cache);
        let signing_out = async {
            credential.0.begun.notified().await;
            source.sign_out().await;
            credential.0.go_on.notify_one();
        };
        let (outcome, ()) = tokio::join!(token(&source), signing_out);
        assert_eq!(outcome.unwrap_err(), Error::SignedOut);
        assert_eq!(credential.0.forgotten.load(Ordering::Relaxed), 2, "at the sign-out, and what came after it");
    }

    #[tokio::test]
    async fn tokens_go_with_the_last_source_that_has_them() {
        let (credential, cache) = (Counting::default(), Arc::default());
        let first = source(&credential, &cache);
        credential.0.go_on.notify_one();
        let given = token(&first).await.unwrap();
        let second = source(&credential, &cache);
        drop(first);
        // Taken up too late: it had not asked while the other one was there.
        credential.0.go_on.notify_one();
        assert_ne!(token(&second).await.unwrap().secret, given.secret);
        let third = source(&credential, &cache);
        assert_eq!(token(&third).await.unwrap().secret, token(&second).await.unwrap().secret);
        drop((second, third));
        for number in 0..100 {
            let one = cache.slot(Key { client_id: number.to_string(), ..source(&credential, &cache).key(&[]) });
            assert_eq!(locked(&cache.0).len(), 1, "what nobody has is not kept");
            drop(one);
        }
    }
}
