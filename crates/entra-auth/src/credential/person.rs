//! A person: without asking where that can be, else by browser or device code.

use super::{
    browser::{self, Wish},
    device_code,
    pages::Page,
    person_options::{How, PersonOptions, Prompt, SignIn, Way},
};
use crate::{
    Account, Answer, Ask, Authority, Credential, Error, Fingerprint, Known, KnownToken, Level, NoBrowser, Persist,
    Place, TokenReply,
    account::{id_claims, names},
    endpoint::{self, Form},
    is_guid, is_tenantless, random,
    scopes::{covers, scope_text, serves},
};
use entra_net::{Secret, unix_seconds};
use std::{
    fmt,
    sync::{Arc, Mutex, Once, PoisonError},
};

/// A token from memory must have this left, in seconds, as with MSAL.
const MARGIN: u64 = 300;

const CLOCK_SET_BACK: &str = "Sign-in kept earlier is dated in the future: the clock of this computer was set back since \
    then. The sign-in is renewed and nothing of it is lost; if the clock is wrong now, set it right.";

/// A person's sign-in. It stays with the account that signed in first, however often it is renewed.
pub struct PersonCredential {
    options: PersonOptions,
    people: Arc<dyn Persist>,
    /// Tells it from others: two sign-ins with the same settings may be two people.
    id: String,
    account: Mutex<Option<Account>>,
    /// A renewal that fails is tried again, and the clock is still the same.
    clock_told: Once,
}

impl PersonCredential {
    /// A person who signs in as `options` say and is kept in `people`.
    pub fn new(options: PersonOptions, people: Arc<dyn Persist>) -> Self {
        Self { options, people, id: random::guid(), account: Mutex::default(), clock_told: Once::new() }
    }

    fn account(&self) -> Option<Account> {
        // The account is replaced whole, so a panic elsewhere leaves none half done.
        self.account.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn sign_in(&self, ask: &Ask<'_>) -> Result<TokenReply, Error> {
        let place = place(ask.authority, ask.client_id);
        let known = self.people.known(&place).await;
        let latest = known.first().map(|known| known.account.clone());
        let known = self.choose(ask, known);
        let mut claims = None;
        if let Some(known) = known.as_ref().filter(|_| !self.must_ask()) {
            match self.silent(ask, known, latest.as_ref()).await {
                Silent::Done(outcome) => return *outcome,
                Silent::Asks(more) => claims = more,
            }
        }
        if ask.spare {
            return Err(Error::PersonNeeded);
        }
        let merged = claims.as_deref().or(ask.claims);
        self.ask(&Ask { claims: merged, ..*ask }, known.as_ref()).await
    }

    /// `-Prompt` is for the sign-in, not for its renewals.
    fn must_ask(&self) -> bool {
        self.account().is_none() && self.options.prompt.is_some_and(|prompt| prompt != Prompt::None)
    }

    /// Who is renewed: the account of this sign-in, else the one that is meant, else one of the tenant, else the latest.
    fn choose(&self, ask: &Ask<'_>, mut known: Vec<Known>) -> Option<Known> {
        if let Some(own) = self.account() {
            return known.into_iter().find(|k| k.account.home_id == own.home_id);
        }
        if let Some(hint) = &self.options.login_hint {
            return known.into_iter().find(|k| k.account.username.eq_ignore_ascii_case(hint));
        }
        let tenant = ask.authority.tenant();
        known.retain(|k| fits(tenant, k.account.home_tenant()));
        let of_tenant = known.iter().position(|k| {
            [k.account.home_tenant(), &k.account.tenant].iter().any(|own| own.eq_ignore_ascii_case(tenant))
        });
        let at = of_tenant.unwrap_or(0);
        (at < known.len()).then(|| known.swap_remove(at))
    }

    async fn silent(&self, ask: &Ask<'_>, known: &Known, latest: Option<&Account>) -> Silent {
        let (found, future) = remembered(ask, known, &self.options.resource);
        if future {
            self.clock_told.call_once(|| ask.host.warn(CLOCK_SET_BACK.into()));
        }
        if let Some((reply, tenant)) = found {
            // A guest is somebody else's in each tenant, and this token may be for another than the last one.
            let account = Account { tenant, ..known.account.clone() };
            // Whoever is the latest already leaves nothing to keep, and a cache of many people is not read once more.
            if latest == Some(&account) {
                let outcome = self.check(ask, &reply, &account).map(|()| self.signed_in(reply, account, How::Silent));
                return Silent::Done(Box::new(outcome));
            }
            let known = Known { account, ..Known::default() };
            return Silent::Done(Box::new(self.accept(ask, reply, How::Silent, Some(&known)).await));
        }
        let Some(refresh_token) = &known.refresh_token else { return Silent::Asks(None) };
        let name = &known.account.username;
        ask.host.log(Level::Verbose, format!("Renewing the sign-in of '{name}' without asking"));
        let first = self.account().is_none();
        let outcome = match renew(ask, known, refresh_token).await {
            Ok(reply) if first && !covers(reply.scope.as_deref(), ask.scopes) => return Silent::Asks(None),
            Ok(reply) => self.accept(ask, reply, How::Silent, Some(known)).await,
            Err(Error::Service(refusal)) if refusal.needs_person() && !ask.spare => {
                ask.host.log(Level::Verbose, format!("That needs the person: {}", refusal.description));
                return Silent::Asks(refusal.claims.clone());
            }
            Err(error) => Err(error),
        };
        Silent::Done(Box::new(outcome))
    }

    async fn ask(&self, ask: &Ask<'_>, known: Option<&Known>) -> Result<TokenReply, Error> {
        if self.options.way == Way::DeviceCode {
            return self.by_code(ask, None).await;
        }
        let own = self.account();
        let hint = self.options.login_hint.as_deref().or(own.as_ref().map(|account| account.username.as_str()));
        let wish = Wish { login_hint: hint, prompt: self.prompt(hint), limit: self.options.limit };
        match browser::sign_in(ask, &wish).await {
            Ok((reply, answered)) => {
                let outcome = self.accept(ask, reply, How::Browser, known).await;
                let page = match &outcome {
                    Ok(reply) => Page::success(reply.sign_in.as_ref().map_or("", |s| s.account.username.as_str())),
                    Err(error) => Page::refusal(error),
                };
                answered.show(&page, ask.clock).await;
                outcome
            }
            Err(Error::NoBrowser(reason)) if self.options.prompt != Some(Prompt::None) => {
                self.by_code(ask, Some(&reason)).await
            }
            Err(error) => Err(error),
        }
    }

    fn prompt(&self, hint: Option<&str>) -> Option<Prompt> {
        let first = self.options.prompt.filter(|_| self.account().is_none());
        first.or_else(|| hint.is_none().then_some(Prompt::SelectAccount))
    }

    async fn by_code(&self, ask: &Ask<'_>, instead: Option<&NoBrowser>) -> Result<TokenReply, Error> {
        let reply = device_code::sign_in(ask, instead).await?;
        self.accept(ask, reply, How::DeviceCode, None).await
    }

    /// Checks whose token it is, keeps it, and remembers who has signed in.
    async fn accept(
        &self,
        ask: &Ask<'_>,
        reply: TokenReply,
        how: How,
        known: Option<&Known>,
    ) -> Result<TokenReply, Error> {
        let silent = known.filter(|_| how == How::Silent).map(|known| known.account.clone());
        let account = Account::of(&reply).or(silent).unwrap_or_default();
        self.check(ask, &reply, &account)?;
        if !account.home_id.is_empty() {
            self.people.keep(&place(ask.authority, ask.client_id), record(ask, &reply, account.clone())).await;
        }
        Ok(self.signed_in(reply, account, how))
    }

    fn signed_in(&self, mut reply: TokenReply, account: Account, how: How) -> TokenReply {
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = Some(account.clone());
        reply.sign_in = Some(Arc::new(SignIn { account, how }));
        reply
    }

    fn check(&self, ask: &Ask<'_>, reply: &TokenReply, account: &Account) -> Result<(), Error> {
        let asked = ask.authority.tenant();
        if is_guid(asked) && is_guid(&account.tenant) && !asked.eq_ignore_ascii_case(&account.tenant) {
            return Err(Error::WrongTenant { asked: asked.into(), got: account.tenant.clone() });
        }
        let got = account.username.clone();
        if let Some(own) = self.account().filter(|own| own.home_id != account.home_id) {
            return Err(Error::WrongAccount { asked: own.username, got });
        }
        match &self.options.login_hint {
            Some(hint) if !is_called(hint, reply, account) => Err(Error::WrongAccount { asked: hint.clone(), got }),
            _ => Ok(()),
        }
    }
}

enum Silent {
    Done(Box<Result<TokenReply, Error>>),
    /// Only the person can go on, with these claims of the service.
    Asks(Option<String>),
}

impl Credential for PersonCredential {
    fn name(&self) -> &'static str {
        match self.options.way {
            Way::Browser => "InteractiveBrowserCredential",
            Way::DeviceCode => "DeviceCodeCredential",
        }
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("person", &[self.id.as_bytes()])
    }

    fn forget<'a>(&'a self, authority: &'a Authority, client_id: &'a str) -> Answer<'a, ()> {
        Box::pin(async {
            let own = self.account.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(own) = own {
                self.people.forget(&place(authority, client_id), &own.home_id).await;
            }
        })
    }

    fn fetch<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Result<TokenReply, Error>> {
        Box::pin(self.sign_in(ask))
    }
}

// By hand, since names of people are nobody's business in a log.
impl fmt::Debug for PersonCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonCredential {:?}", self.options.way)
    }
}

fn place(authority: &Authority, client_id: &str) -> Place {
    let login = authority.login();
    let host = login.host_str().unwrap_or_default();
    let login = login.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Place { login, client_id: client_id.to_ascii_lowercase() }
}

/// May an account of this tenant sign in where any of a kind may?
fn fits(tenant: &str, home: &str) -> bool {
    /// The tenant of personal accounts.
    const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let personal = home.eq_ignore_ascii_case(PERSONAL);
    match tenant.to_ascii_lowercase().as_str() {
        "organizations" => !personal,
        "consumers" => personal,
        _ => true,
    }
}

/// The tenant whose path is asked for a known account: where any would do, its own.
fn tenant<'a>(ask: &'a Ask<'_>, account: &'a Account) -> &'a str {
    let asked = ask.authority.tenant();
    if is_tenantless(asked) && !account.home_tenant().is_empty() { account.home_tenant() } else { asked }
}

/// A token from an earlier sign-in that is good for this one too, and its tenant; else, whether there is one that only
/// its date speaks against, which lies in the future.
fn remembered(ask: &Ask<'_>, known: &Known, resource: &str) -> (Option<(TokenReply, String)>, bool) {
    if ask.anew {
        return (None, false);
    }
    let (now, wanted) = (unix_seconds(ask.clock.now()), tenant(ask, &known.account));
    let good = |token: &&KnownToken| {
        // A tenant by name is nobody's until the service has resolved it.
        token.tenant.eq_ignore_ascii_case(wanted)
            && now + MARGIN < token.expires_at
            && token.renew_at.is_none_or(|at| now < at)
            && serves(&token.scopes, ask.scopes, resource)
    };
    // A clock that was set back would let it live for ever.
    let future = |token: &&KnownToken| token.given_at > now + MARGIN;
    let (future, trusted): (Vec<_>, Vec<_>) = known.tokens.iter().filter(good).partition(future);
    let Some(token) = trusted.first() else { return (None, !future.is_empty()) };
    ask.host.log(Level::Verbose, format!("'{}' is signed in already", known.account.username));
    let reply = TokenReply {
        access_token: token.secret.clone(),
        expires_in: token.expires_at - now,
        refresh_in: token.renew_at.map(|at| at - now),
        scope: Some(token.scopes.join(" ")),
        ..TokenReply::default()
    };
    (Some((reply, token.tenant.clone())), false)
}

/// The refresh token grant (RFC 6749, section 6).
async fn renew(ask: &Ask<'_>, known: &Known, refresh_token: &Secret) -> Result<TokenReply, Error> {
    let authority = ask.authority.with_tenant(tenant(ask, &known.account))?;
    let form = Form::default()
        .with("client_id", ask.client_id)
        .with("grant_type", "refresh_token")
        .with("refresh_token", refresh_token.clone())
        .with("scope", scope_text(ask.scopes))
        .with("client_info", "1");
    endpoint::token(&Ask { authority: &authority, ..*ask }, form).await
}

/// What is kept of a reply. A token out of memory is kept there already.
fn record(ask: &Ask<'_>, reply: &TokenReply, account: Account) -> Known {
    let now = unix_seconds(ask.clock.now());
    let scopes = reply.scope.clone().unwrap_or_else(|| ask.scopes.join(" "));
    let token = KnownToken {
        tenant: account.tenant.clone(),
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        secret: reply.access_token.clone(),
        given_at: now,
        expires_at: now.saturating_add(reply.expires_in),
        renew_at: reply.refresh_in.map(|span| now.saturating_add(span)),
    };
    Known { account, refresh_token: reply.refresh_token.clone(), tokens: vec![token], id_token: reply.id_token.clone() }
}

/// Is this account meant by that name?
fn is_called(hint: &str, reply: &TokenReply, account: &Account) -> bool {
    let claims = id_claims(reply).unwrap_or_default();
    let hint = hint.trim();
    names(&claims).chain([account.username.as_str()]).any(|name| name.eq_ignore_ascii_case(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_take_their_own_kind_of_account() {
        let (personal, work) = ("9188040d-6c67-4c5b-b112-36a304b66dad", "aaaabbbb-0000-cccc-1111-dddd2222eeee");
        assert!(fits("consumers", personal) && !fits("consumers", work));
        assert!(fits("Organizations", work) && !fits("organizations", personal));
        assert!(fits("common", personal) && fits("common", work) && fits("contoso.example", work));
    }
}
