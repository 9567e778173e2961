//! Sign-ins of people in the cache.

use super::{
    ACCESS, ACCOUNT, APP, ID, REFRESH, Unified,
    item::{self, Item, fields, in_cloud, in_place, is, is_bearer, is_own, key, text},
};
use crate::{Account, Known, KnownToken, Place, scopes::share_scope};
use std::collections::HashMap;

impl Unified {
    /// The people who are signed in to this app in this cloud, the latest first. Each is there once, with the tenant
    /// that was used last.
    pub fn known(&self, place: &Place) -> Vec<Known> {
        self.people(place).into_iter().map(|(_, known)| known).collect()
    }

    /// The same with the time of their last use. One look at each item, however many people there are.
    fn people(&self, place: &Place) -> Vec<(u64, Known)> {
        let mut shelves: HashMap<String, Shelf<'_>> = HashMap::new();
        let shelf = |item: &Item| text(item, "home_account_id").to_ascii_lowercase();
        for item in self.items(ACCOUNT).filter(|item| in_cloud(item, place)) {
            shelves.entry(shelf(item)).or_default().accounts.push(item);
        }
        for item in self.items(REFRESH).filter(|item| in_place(item, place)) {
            shelves.entry(shelf(item)).or_default().refresh.push(item);
        }
        for item in self.items(ACCESS).filter(|item| in_place(item, place) && is_bearer(item)) {
            shelves.entry(shelf(item)).or_default().access.push(item);
        }
        for item in self.items(ID).filter(|item| in_place(item, place)) {
            shelves.entry(shelf(item)).or_default().ids.push(item);
        }
        let mut people: Vec<_> = shelves.into_values().filter_map(|shelf| shelf.person()).collect();
        people.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.account.home_id.cmp(&b.account.home_id)));
        people
    }

    /// Keeps what a sign-in or a renewal has brought and makes this person the latest. False where all of it is there
    /// already.
    pub fn keep(&mut self, place: &Place, known: &Known) -> bool {
        let people = self.people(place);
        if people.first().is_some_and(|(_, latest)| has(latest, known)) {
            return false;
        }
        let others = people.iter().filter(|(_, k)| !k.account.home_id.eq_ignore_ascii_case(&known.account.home_id));
        let others = others.map(|(used_at, _)| *used_at).max();
        let given_at = known.tokens.iter().map(|token| token.given_at).max().unwrap_or_default();
        // Two in one second, or a clock that was set back: the later one is still the latest.
        let stamp = given_at.max(others.map_or(0, |at| at + 1));
        self.keep_account(place, &known.account);
        known.tokens.iter().for_each(|token| self.keep_token(place, &known.account, token));
        self.keep_refresh_token(place, known, stamp);
        self.keep_id_token(place, known);
        self.keep_app(place);
        true
    }

    /// Forgets a person's tokens for this app; the account too where no other app has tokens of it. False where there
    /// was nothing.
    pub fn forget(&mut self, place: &Place, home_id: &str) -> bool {
        let mut any = false;
        for section in [ACCESS, REFRESH, ID] {
            any |= self.wipe_out(section, |item| is_own(item, place, home_id));
        }
        let theirs = |item: &&Item| in_cloud(item, place) && is(item, "home_account_id", home_id);
        if [ACCESS, REFRESH].iter().any(|section| self.items(section).any(|item| theirs(&item))) {
            return any;
        }
        self.wipe_out(ACCOUNT, |item| theirs(&item)) || any
    }

    /// Who signed in last, wherever that was.
    pub fn latest(&self) -> Option<(Place, Account)> {
        let tokens = self.items(REFRESH).chain(self.items(ACCESS));
        let mut tokens: Vec<_> = tokens.filter(|item| !text(item, "home_account_id").is_empty()).collect();
        tokens.sort_by_key(|item| std::cmp::Reverse(item::age(item)));
        tokens.into_iter().find_map(|token| {
            let (login, client_id) = (text(token, "environment").to_owned(), text(token, "client_id").to_owned());
            let place = Place { login, client_id };
            let home_id = text(token, "home_account_id");
            let found = self.known(&place).into_iter().find(|k| k.account.home_id.eq_ignore_ascii_case(home_id))?;
            Some((place, found.account))
        })
    }

    fn wipe_out(&mut self, section: &str, meant: impl Fn(&Item) -> bool) -> bool {
        match self.take(section, meant) {
            Some(mut item) => {
                item.values_mut().for_each(item::wipe);
                true
            }
            None => false,
        }
    }

    fn keep_account(&mut self, place: &Place, account: &Account) {
        let new = fields([
            ("home_account_id", &account.home_id),
            ("environment", &place.login),
            ("realm", &account.tenant),
            ("local_account_id", &account.local_id),
            ("username", &account.username),
            ("authority_type", "MSSTS"),
        ]);
        let same = |item: &Item| {
            in_cloud(item, place) && is(item, "home_account_id", &account.home_id) && is(item, "realm", &account.tenant)
        };
        self.replace(ACCOUNT, key(&[&account.home_id, &place.login, &account.tenant]), new, same);
    }

    /// A new token takes the place of those it shares a scope with, as with MSAL, and of those that have expired.
    fn keep_token(&mut self, place: &Place, account: &Account, token: &KnownToken) {
        let mut scopes = token.scopes.clone();
        scopes.sort_unstable();
        let target = scopes.join(" ");
        let expires_on = token.expires_at.to_string();
        let mut new = fields([
            ("credential_type", "AccessToken"),
            ("secret", token.secret.expose_text().unwrap_or_default()),
            ("home_account_id", &account.home_id),
            ("environment", &place.login),
            ("client_id", &place.client_id),
            ("realm", &token.tenant),
            ("target", &target),
            ("token_type", "Bearer"),
            ("cached_at", &token.given_at.to_string()),
            ("expires_on", &expires_on),
            ("extended_expires_on", &expires_on),
        ]);
        new.extend(token.renew_at.map(|at| ("refresh_on".to_owned(), at.to_string().into())));
        let over = |item: &Item| item::seconds(item, "expires_on").is_some_and(|at| at <= token.given_at);
        let same = |item: &Item| is(item, "realm", &token.tenant) && share_scope(&item::scopes(item), &token.scopes);
        self.wipe_out(ACCESS, |item| {
            is_own(item, place, &account.home_id) && is_bearer(item) && (over(item) || same(item))
        });
        let parts = [&account.home_id, &place.login, "accesstoken", &place.client_id, &token.tenant, &target];
        self.put(ACCESS, key(&parts), new);
    }

    /// Where no new one came, the old one is marked as used.
    fn keep_refresh_token(&mut self, place: &Place, known: &Known, stamp: u64) {
        let home_id = &known.account.home_id;
        let own = |item: &Item| is_own(item, place, home_id);
        let kept = self.items(REFRESH).filter(|item| own(item)).max_by_key(|item| item::age(item));
        let Some(secret) = known.refresh_token.clone().or_else(|| kept.and_then(item::secret)) else { return };
        let new = fields([
            ("credential_type", "RefreshToken"),
            ("secret", secret.expose_text().unwrap_or_default()),
            ("home_account_id", home_id),
            ("environment", &place.login),
            ("client_id", &place.client_id),
            ("last_modification_time", &stamp.to_string()),
        ]);
        let key = key(&[home_id, &place.login, "refreshtoken", &place.client_id, "", ""]);
        self.replace(REFRESH, key, new, own);
    }

    fn keep_id_token(&mut self, place: &Place, known: &Known) {
        let Some(secret) = &known.id_token else { return };
        let Account { home_id, tenant, .. } = &known.account;
        let new = fields([
            ("credential_type", "IdToken"),
            ("secret", secret.expose_text().unwrap_or_default()),
            ("home_account_id", home_id),
            ("environment", &place.login),
            ("client_id", &place.client_id),
            ("realm", tenant),
        ]);
        let key = key(&[home_id, &place.login, "idtoken", &place.client_id, tenant, ""]);
        self.replace(ID, key, new, |item| is_own(item, place, home_id) && is(item, "realm", tenant));
    }

    fn keep_app(&mut self, place: &Place) {
        if !self.items(APP).any(|item| in_place(item, place)) {
            let new = fields([("client_id", &place.client_id), ("environment", &place.login)]);
            self.put(APP, key(&["appmetadata", &place.login, &place.client_id]), new);
        }
    }
}

/// What there is of one person.
#[derive(Default)]
struct Shelf<'a> {
    accounts: Vec<&'a Item>,
    refresh: Vec<&'a Item>,
    access: Vec<&'a Item>,
    ids: Vec<&'a Item>,
}

impl Shelf<'_> {
    /// The person and the time of the last use; `None` where there are no tokens of this app: another app's person.
    fn person(&self) -> Option<(u64, Known)> {
        let used_at = self.refresh.iter().chain(&self.access).map(|item| item::age(item)).max()?;
        let account = self.account()?;
        let refresh_token = self.refresh.iter().max_by_key(|item| item::age(item)).and_then(|item| item::secret(item));
        let id_token = self.ids.iter().find(|item| is(item, "realm", &account.tenant));
        let id_token = id_token.and_then(|item| item::secret(item));
        let tokens = self.access.iter().filter_map(|item| item::token(item)).collect();
        Some((used_at, Known { account, refresh_token, tokens, id_token }))
    }

    /// The account in the tenant that was used last; before there are tokens, in its own.
    fn account(&self) -> Option<Account> {
        self.accounts.iter().map(|item| item::account(item)).max_by_key(|account| {
            let of_tenant = self.access.iter().filter(|item| is(item, "realm", &account.tenant));
            let used_at = of_tenant.map(|item| item::age(item)).max();
            (used_at, account.tenant.eq_ignore_ascii_case(account.home_tenant()))
        })
    }
}

/// Is everything of `new` in `old` already?
fn has(old: &Known, new: &Known) -> bool {
    let there = |token: &KnownToken| old.tokens.iter().any(|t| t.secret == token.secret && t.tenant == token.tenant);
    old.account == new.account
        && (new.refresh_token.is_none() || new.refresh_token == old.refresh_token)
        && (new.id_token.is_none() || new.id_token == old.id_token)
        && new.tokens.iter().all(there)
}
