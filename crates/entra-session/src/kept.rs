//! People's sign-ins that are kept for other processes of this user.

use crate::{Bag, host::HostLink, places, variables};
use entra_auth::{Account, Answer, Host, Known, PeopleInMemory, Persist, Place, Unified};
use entra_vault::{Change, Notice, Places, Preference, Vault, VaultError};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// A store and its way of saying what it cannot do.
///
/// Whatever goes wrong with it, sign-ins go on: what cannot be stored is kept in memory. The lock of the store is held
/// for a change of its content only, never while anybody is asked for a token.
pub(crate) struct KeptPeople {
    vault: Arc<Vault>,
    /// What could not be stored.
    spare: PeopleInMemory,
    notices: Mutex<Notices>,
}

/// What was to be done where it was to be stored.
const KEPT: &str = "kept";

/// What there is to say of a store: each once.
#[derive(Default)]
struct Notices {
    said: Vec<String>,
    waiting: Vec<String>,
    /// Where it is, if that is not the best place: of no interest before somebody is kept there.
    place: Vec<String>,
}

/// What a store depends on: the folder, and where the desktop's services are.
#[derive(Clone, PartialEq, Eq)]
struct Site {
    folder: PathBuf,
    bus_address: Option<String>,
    runtime_folder: Option<PathBuf>,
}

/// The stores that a process has used. It is more than one only where its variables change.
#[derive(Default)]
pub(crate) struct Stores(Mutex<Vec<(Site, Arc<KeptPeople>)>>);

impl Stores {
    /// The store of this session's user; `None` where the session names no folder for it.
    pub(crate) async fn of(&self, host: &HostLink) -> Option<Arc<KeptPeople>> {
        let wanted = [variables::FILES, variables::STORES].concat();
        let found = host.variables(&wanted).await.unwrap_or_default();
        let site = Site::of(&found)?;
        if let Some(store) = self.find(&site) {
            return Some(store);
        }
        let opened = site.clone();
        // Asking the desktop's services may take a while.
        let vault = tokio::task::spawn_blocking(move || opened.open()).await.ok()?;
        Some(self.add(site, vault))
    }

    /// Tells the person what there is to tell of all of them.
    pub(crate) fn tell(&self, host: &dyn Host) {
        let stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stores.iter().for_each(|(_, store)| store.tell(host));
    }

    fn find(&self, site: &Site) -> Option<Arc<KeptPeople>> {
        let stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stores.iter().find(|(known, _)| known == site).map(|(_, store)| store.clone())
    }

    /// Two may have opened it at once: the first one counts.
    fn add(&self, site: Site, vault: Vault) -> Arc<KeptPeople> {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, store)) = stores.iter().find(|(known, _)| *known == site) {
            return store.clone();
        }
        let store = Arc::new(KeptPeople::new(vault));
        stores.push((site, store.clone()));
        store
    }
}

impl Site {
    fn of(found: &Bag) -> Option<Self> {
        Some(Self {
            folder: places::sign_in_folder(found)?,
            bus_address: found.filled("DBUS_SESSION_BUS_ADDRESS").map(str::to_owned),
            runtime_folder: found.filled("XDG_RUNTIME_DIR").map(PathBuf::from),
        })
    }

    fn open(self) -> Vault {
        let Self { folder, bus_address, runtime_folder } = self;
        let places = Places { bus_address, runtime_folder, ..Places::new(folder) };
        Vault::open(places::SIGN_INS, &places, Preference::Best)
    }
}

impl KeptPeople {
    fn new(vault: Vault) -> Self {
        let place = vault.take_notices().iter().map(|notice| notice.text().to_owned()).collect();
        let notices = Mutex::new(Notices { place, ..Notices::default() });
        Self { vault: Arc::new(vault), spare: PeopleInMemory::default(), notices }
    }

    /// Where sign-ins are kept.
    pub(crate) fn place(&self) -> &str {
        let place = self.vault.place();
        place.strip_prefix("in ").unwrap_or(place)
    }

    /// Do they outlive this process?
    pub(crate) fn is_lasting(&self) -> bool {
        self.vault.is_lasting()
    }

    fn tell(&self, host: &dyn Host) {
        self.vault.take_notices().iter().for_each(|notice| self.note(notice.text().to_owned()));
        let waiting = std::mem::take(&mut self.notices().waiting);
        waiting.into_iter().for_each(|text| host.warn(text));
    }

    /// Forgets who signed in last, wherever that was, and tells who it is.
    pub(crate) async fn sign_out_latest(&self) -> Option<(Place, Account)> {
        let (place, account) = self.read().await.latest()?;
        self.forget(&place, &account.home_id).await;
        Some((place, account))
    }

    /// Forgets everybody.
    pub(crate) async fn forget_all(&self) {
        self.spare.forget_all();
        self.work("removed", Vault::remove).await;
    }

    fn notices(&self) -> std::sync::MutexGuard<'_, Notices> {
        // Texts are added whole.
        self.notices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, text: String) {
        let mut notices = self.notices();
        if !notices.said.contains(&text) {
            notices.said.push(text.clone());
            notices.waiting.push(text);
        }
    }

    /// Somebody is kept there: now it is of interest where that is.
    fn note_place(&self) {
        let place = std::mem::take(&mut self.notices().place);
        place.into_iter().for_each(|text| self.note(text));
    }

    async fn read(&self) -> Unified {
        let bytes = self.work("read", Vault::load).await.flatten();
        // What cannot be read is set aside by the next change, which says so.
        bytes.and_then(|bytes| Unified::parse(&bytes).ok()).unwrap_or_default()
    }

    /// Changes what is stored; `act` says whether it has. False where the store does not let it.
    async fn change(&self, done: &str, act: impl Fn(&mut Unified) -> bool + Send + 'static) -> bool {
        self.work(done, move |vault| vault.update(|old| changed(old, &act))).await.is_some()
    }

    /// Files and services of the desktop make whoever asks them wait.
    async fn work<T, F>(&self, done: &str, act: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(&Vault) -> Result<T, VaultError> + Send + 'static,
    {
        let vault = self.vault.clone();
        match tokio::task::spawn_blocking(move || act(&vault)).await {
            Ok(Ok(done)) => Some(done),
            Ok(Err(error)) => {
                self.note(match done {
                    KEPT => Notice::not_stored(&error).to_string(),
                    other => format!("Sign-in kept {} could not be {other}: {error}.", self.vault.place()),
                });
                None
            }
            // The runtime ends with the process.
            Err(_) => None,
        }
    }
}

fn changed(old: Option<&[u8]>, act: &impl Fn(&mut Unified) -> bool) -> Change {
    match Unified::parse(old.unwrap_or_default()) {
        Ok(mut cache) => match act(&mut cache) {
            true => Change::Write(cache.to_bytes()),
            false => Change::Keep,
        },
        Err(why) => {
            let mut cache = Unified::default();
            act(&mut cache);
            Change::Restart(cache.to_bytes(), why.to_string())
        }
    }
}

impl Persist for KeptPeople {
    fn known<'a>(&'a self, place: &'a Place) -> Answer<'a, Vec<Known>> {
        Box::pin(async {
            let mut known = self.spare.known(place).await;
            let stored = self.read().await.known(place);
            if !stored.is_empty() {
                self.note_place();
            }
            for stored in stored {
                if !known.iter().any(|spare| spare.account.home_id == stored.account.home_id) {
                    known.push(stored);
                }
            }
            known
        })
    }

    fn keep<'a>(&'a self, place: &'a Place, known: Known) -> Answer<'a, ()> {
        Box::pin(async move {
            self.note_place();
            let (at, new) = (place.clone(), known.clone());
            match self.change(KEPT, move |cache| cache.keep(&at, &new)).await {
                true => self.spare.forget(place, &known.account.home_id).await,
                false => self.spare.keep(place, known).await,
            }
        })
    }

    fn forget<'a>(&'a self, place: &'a Place, home_id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.spare.forget(place, home_id).await;
            let (at, home_id) = (place.clone(), home_id.to_owned());
            self.change("removed", move |cache| cache.forget(&at, &home_id)).await;
        })
    }
}
