use crate::{Account, Answer, scopes::share_scope};
use entra_net::Secret;
use std::sync::{Mutex, PoisonError};

/// Where sign-ins of people are kept, so that they need not be asked again.
///
/// What is kept belongs to a [`Place`]: another cloud's or another app's sign-ins are never offered.
pub trait Persist: Send + Sync {
    /// The people known there, the latest first. Trouble is the keeper's to tell and means: nobody.
    fn known<'a>(&'a self, place: &'a Place) -> Answer<'a, Vec<Known>>;
    /// Keeps what a sign-in or a renewal has brought, and makes this person the latest.
    fn keep<'a>(&'a self, place: &'a Place, known: Known) -> Answer<'a, ()>;
    /// Forgets a person, by home id.
    fn forget<'a>(&'a self, place: &'a Place, home_id: &'a str) -> Answer<'a, ()>;
}

/// A cloud and an app in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Host of the sign-in service, with its port where it is not 443.
    pub login: String,
    /// The app's id.
    pub client_id: String,
}

/// A person, and what can be used without asking.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Who it is.
    pub account: Account,
    /// Good for every tenant and scope that this person and app may have; absent where none was given.
    pub refresh_token: Option<Secret>,
    /// Access tokens that may still be good.
    pub tokens: Vec<KnownToken>,
    /// The id token that came last.
    pub id_token: Option<Secret>,
}

/// An access token with what is needed to judge it.
#[derive(Clone, Debug, Default)]
pub struct KnownToken {
    /// Tenant it is for, a GUID.
    pub tenant: String,
    /// Scopes that it was given for, as the service names them.
    pub scopes: Vec<String>,
    /// The bearer.
    pub secret: Secret,
    /// Seconds since 1970 when it was given.
    pub given_at: u64,
    /// Seconds since 1970 when it ends.
    pub expires_at: u64,
    /// Seconds since 1970 from when the service wants it renewed.
    pub renew_at: Option<u64>,
}

impl Known {
    /// This sign-in with what an earlier one of the same person left: its refresh token where no new one came, and its
    /// tokens for other tenants or scopes. A new token takes the place of those it shares a scope with, as with MSAL.
    #[must_use]
    pub fn after(mut self, earlier: Self) -> Self {
        self.refresh_token = self.refresh_token.or(earlier.refresh_token);
        self.id_token = self.id_token.or(earlier.id_token);
        let replaced = |old: &KnownToken| {
            self.tokens.iter().any(|new| new.tenant == old.tenant && share_scope(&new.scopes, &old.scopes))
        };
        let now = self.tokens.iter().map(|new| new.given_at).max().unwrap_or_default();
        let kept: Vec<_> = earlier.tokens.into_iter().filter(|old| !replaced(old) && now < old.expires_at).collect();
        self.tokens.extend(kept);
        self
    }
}

/// Keeps sign-ins until the process ends.
#[derive(Default)]
pub struct PeopleInMemory(Mutex<Vec<(Place, Known)>>);

impl PeopleInMemory {
    /// Forgets everybody.
    pub fn forget_all(&self) {
        self.with(Vec::clear);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<(Place, Known)>) -> T) -> T {
        // Entries are moved whole, so a panic elsewhere leaves none half done.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Persist for PeopleInMemory {
    fn known<'a>(&'a self, place: &'a Place) -> Answer<'a, Vec<Known>> {
        let known = self.with(|all| all.iter().filter(|(p, _)| p == place).map(|(_, known)| known.clone()).collect());
        Box::pin(async { known })
    }

    fn keep<'a>(&'a self, place: &'a Place, known: Known) -> Answer<'a, ()> {
        self.with(|all| {
            let same = |(p, k): &(Place, Known)| p == place && k.account.home_id == known.account.home_id;
            let earlier = all.iter().position(same).map(|at| all.remove(at).1);
            let merged = known.after(earlier.unwrap_or_default());
            all.insert(0, (place.clone(), merged));
        });
        Box::pin(async {})
    }

    fn forget<'a>(&'a self, place: &'a Place, home_id: &'a str) -> Answer<'a, ()> {
        self.with(|all| all.retain(|(p, known)| p != place || known.account.home_id != home_id));
        Box::pin(async {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(client_id: &str) -> Place {
        Place { login: "login.example".into(), client_id: client_id.into() }
    }

    fn known(home_id: &str, refresh: Option<&str>, scope: &str) -> Known {
        let account = Account { home_id: home_id.into(), ..Account::default() };
        let token =
            KnownToken { tenant: "t".into(), scopes: vec![scope.into()], expires_at: 1, ..KnownToken::default() };
        Known { account, refresh_token: refresh.map(Secret::from), tokens: vec![token], id_token: None }
    }

    #[tokio::test]
    async fn the_latest_comes_first_and_places_are_apart() {
        let people = PeopleInMemory::default();
        people.keep(&place("app"), known("a", Some("1"), "x")).await;
        people.keep(&place("app"), known("b", Some("2"), "x")).await;
        people.keep(&place("app"), known("a", None, "y")).await;
        let all = people.known(&place("app")).await;
        let ids: Vec<_> = all.iter().map(|k| k.account.home_id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        assert_eq!(all[0].refresh_token, Some("1".into()));
        assert_eq!(all[0].tokens.len(), 2);
        assert!(people.known(&place("other")).await.is_empty());
    }

    #[tokio::test]
    async fn tokens_of_two_resources_do_not_replace_each_other() {
        let people = PeopleInMemory::default();
        for scope in ["User.Read", "https://vault.example/user_impersonation"] {
            let mut known = known("a", None, scope);
            known.tokens[0].scopes.push("openid".into());
            people.keep(&place("app"), known).await;
        }
        assert_eq!(people.known(&place("app")).await[0].tokens.len(), 2);
    }

    #[tokio::test]
    async fn a_new_token_replaces_those_of_its_scopes_and_forgetting_is_final() {
        let people = PeopleInMemory::default();
        people.keep(&place("app"), known("a", None, "x")).await;
        people.keep(&place("app"), known("a", None, "x")).await;
        assert_eq!(people.known(&place("app")).await[0].tokens.len(), 1);
        people.forget(&place("app"), "a").await;
        assert!(people.known(&place("app")).await.is_empty());
    }
}
