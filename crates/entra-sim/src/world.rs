//! Everything that the rooms share.

use crate::ca::NAMES;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::faults::Faults;
use crate::graph::bearer::Challenge;
use crate::graph::data::Store;
use crate::journal::Journal;
use crate::login::grants::Grants;
use crate::login::orders::Orders;
use crate::login::replay::Replay;
use crate::login::signer::Signer;
use crate::proxy::ProxyRule;
use crate::settings::Settings;
use axum::body::Bytes;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock};

/// Addresses of the listeners.
pub(crate) struct Places {
    pub(crate) login: String,
    pub(crate) graph: String,
    pub(crate) identity: String,
    pub(crate) control: String,
    pub(crate) proxy: String,
    pub(crate) untrusted: String,
    pub(crate) fabric: String,
    pub(crate) fabric_thumbprint: String,
    pub(crate) aks: String,
    pub(crate) dir: PathBuf,
}

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) directory: Mutex<Directory>,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) replay: Replay,
    pub(crate) grants: Mutex<Grants>,
    pub(crate) orders: Orders,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) challenges: Mutex<Vec<Challenge>>,
    /// Made when Graph is first asked for it.
    pub(crate) store: OnceLock<Mutex<Store>>,
    /// The pages of 10,000 users: with the usual and with all properties.
    pub(crate) big: [OnceLock<Bytes>; 2],
    pub(crate) signer: Signer,
    pub(crate) places: Places,
    pub(crate) proxy: Mutex<ProxyRule>,
    /// `uti` of access tokens that Graph no longer takes.
    pub(crate) revoked: Mutex<HashSet<String>>,
    /// Keys that answer Arc's challenge, and the files they are in.
    pub(crate) arc_keys: Mutex<HashSet<String>>,
    pub(crate) arc_files: Mutex<Vec<PathBuf>>,
}

impl World {
    pub(crate) fn directory(&self) -> MutexGuard<'_, Directory> {
        lock(&self.directory)
    }

    /// What Graph's directory holds.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        lock(self.store.get_or_init(|| Mutex::new(Store::new(&self.directory()))))
    }

    /// Whether this is an address of a Graph that tokens are given for.
    pub(crate) fn is_graph(&self, resource: &str) -> bool {
        let resource = resource.trim_end_matches('/');
        let known = |host: &str| host.contains("graph") && NAMES.contains(&host.to_lowercase().as_str());
        resource == crate::ids::GRAPH_APP
            || resource.eq_ignore_ascii_case(&self.places.graph)
            || resource.eq_ignore_ascii_case(&self.places.graph.replace("localhost", "127.0.0.1"))
            || resource.strip_prefix("https://").is_some_and(known)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
