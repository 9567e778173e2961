//! Starting and stopping the world, and what Rust tests may do to it.

use crate::browse::{self, Visit};
use crate::ca::Authority;
use crate::clock::Clock;
use crate::control;
use crate::directory::Directory;
use crate::faults::{Fault, Faults};
use crate::files;
use crate::graph::bearer::Challenge;
use crate::identity;
use crate::ids;
use crate::journal::{Entry, Journal};
use crate::listeners::{Keys, Listeners, run};
use crate::login;
use crate::login::device;
use crate::login::federated;
use crate::login::orders::Order;
use crate::login::signer::Signer;
use crate::proxy::ProxyRule;
use crate::settings::Settings;
use crate::text::{hex, sha1};
use crate::world::{World, lock};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// How a world starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Folder for the CA and certificate files; absent = a temporary one that goes with the world.
    pub dir: Option<PathBuf>,
    /// Seconds by which the world's clock differs from the system's.
    pub clock_offset: i64,
}

/// A running world. Dropping it stops it, frees its ports and removes its temporary folder.
pub struct Sim {
    world: Arc<World>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _folder: Option<TempDir>,
}

impl Sim {
    /// Starts a world on free loopback ports; ready to be asked when this returns.
    ///
    /// # Panics
    /// When the folder cannot be written or no port can be had: a test cannot go on then.
    #[must_use]
    pub fn start(options: Options) -> Self {
        let (dir, folder) = folder(options.dir);
        let authority = Authority::new("Simulated Root CA");
        std::fs::write(dir.join("ca.pem"), authority.pem()).expect("the folder can be written");
        std::fs::write(dir.join("ca.crl"), authority.crl()).expect("the folder can be written");
        let certificates = files::write(&dir, &authority);
        let listeners = Listeners::bind().expect("loopback has free ports");
        let keys = Keys::new(&authority, format!("{}/ca.crl", listeners.control()), &dir);
        let places = listeners.places(dir, hex(&sha1(&keys.fabric.1)));
        let world = Arc::new(World {
            clock: Clock::new(options.clock_offset),
            directory: Mutex::new(Directory::new(&certificates, &places.login)),
            faults: Faults::default(),
            journal: Journal::default(),
            replay: Default::default(),
            grants: Mutex::default(),
            orders: Default::default(),
            settings: Mutex::default(),
            challenges: Mutex::default(),
            store: OnceLock::new(),
            big: Default::default(),
            signer: Signer::new(),
            places,
            proxy: Mutex::default(),
            revoked: Mutex::default(),
            arc_keys: Mutex::default(),
            arc_files: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        federated::write_cluster_token(&world);
        let thread = run(Arc::clone(&world), listeners, keys, stopped);
        Self { world, stop: Some(stop), thread: Some(thread), _folder: folder }
    }

    /// Sign-in service, `https://localhost:PORT`.
    #[must_use]
    pub fn login(&self) -> &str {
        &self.world.places.login
    }

    /// Graph, `https://localhost:PORT`.
    #[must_use]
    pub fn graph(&self) -> &str {
        &self.world.places.graph
    }

    /// Identity endpoints, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.world.places.identity
    }

    /// Control port, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn control(&self) -> &str {
        &self.world.places.control
    }

    /// CONNECT proxy, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn proxy(&self) -> &str {
        &self.world.places.proxy
    }

    /// The sign-in service and Graph again under a CA that nobody trusts, `https://localhost:PORT`.
    #[must_use]
    pub fn untrusted(&self) -> &str {
        &self.world.places.untrusted
    }

    /// The world's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.world.places.dir
    }

    /// The CA file (PEM).
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// A file of the world's folder, such as `app.pfx` (see the README).
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// The object that the program prints when it is ready.
    #[must_use]
    pub fn ready(&self) -> Value {
        ready(&self.world)
    }

    /// All requests so far, but for those to the control port.
    #[must_use]
    pub fn journal(&self) -> Vec<Entry> {
        self.world.journal.entries()
    }

    /// Requests to one service (`login`, `graph`, `identity`, `proxy`) with this piece in their path.
    #[must_use]
    pub fn seen(&self, service: &str, path: &str) -> Vec<Entry> {
        self.journal().into_iter().filter(|e| e.service == service && e.path.contains(path)).collect()
    }

    /// Forgets the requests so far.
    pub fn clear_journal(&self) {
        self.world.journal.clear();
    }

    /// Orders trouble.
    pub fn fault(&self, fault: Fault) {
        self.world.faults.add(fault);
    }

    /// Takes back all orders.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Moves the world's clock away from the system's, in seconds.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.world.clock.set_offset(seconds);
        federated::write_cluster_token(&self.world);
    }

    /// The world's time, seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.world.clock.now()
    }

    /// How the proxy behaves from now on.
    pub fn set_proxy(&self, rule: ProxyRule) {
        *lock(&self.world.proxy) = rule;
    }

    /// Orders a refusal of the sign-in service.
    pub fn refuse(&self, order: Order) {
        self.world.orders.add(order);
    }

    /// Graph challenges the next requests for claims.
    pub fn challenge(&self, challenge: Challenge) {
        lock(&self.world.challenges).push(challenge);
    }

    /// Changes the numbers of this world.
    pub fn settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut lock(&self.world.settings));
    }

    /// The person decides about a device code; says what is wrong where that cannot be.
    ///
    /// # Errors
    /// When nobody has this name or no device waits with this code.
    pub fn decide_device(&self, user_code: &str, login: &str, approve: bool) -> Result<(), String> {
        device::decide(&self.world, user_code, login, approve)
    }

    /// Acts as the person with a browser, and returns when the answer was handed over: `{method, url, fields, status}`,
    /// or `{page}` where the pages end in themselves.
    #[must_use]
    pub fn browse(&self, visit: &Visit) -> Value {
        let router = login::routes().with_state(Arc::clone(&self.world));
        let walk = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(browse::visit(&self.world, router, visit.clone()))
        };
        // A thread of its own, since the caller may be inside of a runtime.
        std::thread::scope(|scope| scope.spawn(walk).join().expect("the walk ends"))
    }

    /// Revokes all refresh tokens of a person; how many there were.
    pub fn revoke_person(&self, login: &str) -> usize {
        control::revoke_person(&self.world, login)
    }

    /// Forgets what people agreed to.
    pub fn forget_consents(&self) {
        lock(&self.world.grants).forget_consents();
    }

    /// An assertion of `github`, `pipelines` or `kubernetes` for the token exchange; claims in the object replace its own.
    #[must_use]
    pub fn assertion(&self, issuer: &str, claims: &Value) -> String {
        federated::issue(&self.world, issuer, ids::EXCHANGE, claims)
    }

    /// Graph refuses this access token from now on; false when it is not one of ours.
    pub fn revoke(&self, token: &str) -> bool {
        control::revoke_token(&self.world, token)
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        for file in lock(&self.world.arc_files).iter() {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// The given folder made absolute, or a temporary one.
fn folder(given: Option<PathBuf>) -> (PathBuf, Option<TempDir>) {
    match given {
        Some(dir) => {
            std::fs::create_dir_all(&dir).expect("the folder can be made");
            (std::path::absolute(dir).expect("a path"), None)
        }
        None => {
            let folder = tempfile::Builder::new().prefix("entra-sim-").tempdir().expect("a temporary folder");
            (folder.path().to_owned(), Some(folder))
        }
    }
}

/// The object that the program prints when it is ready.
pub(crate) fn ready(world: &World) -> Value {
    let places = &world.places;
    let file = |name: &str| places.dir.join(name).display().to_string();
    json!({
        "ready": true,
        "login": places.login, "graph": places.graph, "identity": places.identity, "control": places.control,
        "proxy": places.proxy, "untrusted": places.untrusted,
        "dir": places.dir.display().to_string(), "ca": file("ca.pem"),
        "tenant": ids::TENANT, "domain": ids::TENANT_DOMAIN,
        "other_tenant": ids::OTHER_TENANT, "other_domain": ids::OTHER_TENANT_DOMAIN,
        "app": ids::APP, "app_name": ids::APP_NAME, "app_object": ids::APP_OBJECT,
        "secret": ids::SECRET, "expired_secret": ids::EXPIRED_SECRET,
        "second_app": ids::SECOND_APP, "federated_app": ids::FEDERATED_APP, "public_app": ids::PUBLIC_APP,
        "password": ids::PASSWORD, "adele": ids::ADELE, "bjoern": ids::BJOERN, "chen": ids::CHEN, "dora": ids::DORA, "pat": ids::PAT, "zoe": ids::ZOE,
        "machine": ids::MACHINE, "identity_client": ids::IDENTITY, "identity_object": ids::IDENTITY_OBJECT, "identity_resource": ids::IDENTITY_RESOURCE,
        "fabric": places.fabric, "aks": places.aks, "environments": identity::environments(world),
        "certificate_password": ids::CERTIFICATE_PASSWORD,
        "pem": file("app.pem"), "encrypted_pem": file("app-encrypted.pem"), "pfx": file("app.pfx"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;
    use crate::testing::block;
    use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
    use std::net::TcpListener;

    #[test]
    fn nothing_is_left_behind() {
        let sim = Sim::start(Options::default());
        let (dir, port) = (sim.dir().to_owned(), sim.control().rsplit_once(':').expect("a port").1.to_owned());
        assert!(dir.join("ca.pem").is_file());
        drop(sim);
        assert!(!dir.exists());
        assert!(TcpListener::bind(format!("127.0.0.1:{port}")).is_ok());
    }

    #[test]
    fn a_given_folder_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("world");
        drop(Sim::start(Options { dir: Some(dir.clone()), ..Options::default() }));
        assert!(dir.join("app.pfx").is_file());
    }

    #[test]
    fn certificate_files_open_with_their_password() {
        let sim = Sim::start(Options::default());
        for (name, password) in [
            ("app.pfx", ids::CERTIFICATE_PASSWORD),
            ("app-legacy.pfx", ids::CERTIFICATE_PASSWORD),
            ("app-nopassword.pfx", ""),
        ] {
            let bytes = std::fs::read(sim.file(name)).expect("a file");
            let store = KeyStore::from_pkcs12(&bytes, password, Pkcs12ImportPolicy::Strict).expect(name);
            assert!(store.private_key_chain().is_some(), "{name}");
            assert!(KeyStore::from_pkcs12(&bytes, "wrong", Pkcs12ImportPolicy::Strict).is_err(), "{name}");
        }
        let pem = std::fs::read_to_string(sim.file("app-pkcs1.pem")).expect("a file");
        assert!(!block(&pem, "RSA PRIVATE KEY").is_empty());
        assert!(files::armour("X", b"abc").contains("YWJj"));
    }
}
