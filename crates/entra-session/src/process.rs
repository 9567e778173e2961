//! What all operations of a process share.

use crate::{Bag, connection::Connections, kept::Stores, request_context::RequestContext};
use entra_auth::{MemoryCache, PeopleInMemory};
use entra_net::{Client, Clock, Network, SystemClock, SystemProxy};
use std::{
    path::PathBuf,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub(crate) struct Process {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) connections: Connections,
    pub(crate) tokens: Arc<MemoryCache>,
    /// People who signed in for this process only.
    pub(crate) people: Arc<PeopleInMemory>,
    /// People who signed in for other processes too.
    pub(crate) stores: Stores,
    pub(crate) request_context: Mutex<RequestContext>,
    /// Clients by the way out that they take, so that connections to a host are kept between connects.
    clients: Mutex<Vec<(Network, Client)>>,
    /// How often a client was taken.
    uses: AtomicU64,
}

static PROCESS: LazyLock<Process> = LazyLock::new(|| Process {
    clock: Arc::new(SystemClock),
    connections: Connections::default(),
    tokens: Arc::default(),
    people: Arc::default(),
    stores: Stores::default(),
    request_context: Mutex::default(),
    clients: Mutex::default(),
    uses: AtomicU64::new(0),
});

/// Ways out that are remembered: more than a process meets, few enough to search.
const MOST_CLIENTS: usize = 8;

/// How long connections to hosts stay open after a sign-out that no sign-in follows.
const UNUSED: Duration = Duration::from_millis(250);

pub(crate) fn get() -> &'static Process {
    &PROCESS
}

impl Process {
    /// A client for this way out.
    pub(crate) fn client(&self, network: Network) -> Result<Client, entra_net::Error> {
        self.uses.fetch_add(1, Ordering::Relaxed);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(known, _)| *known == network) {
            return Ok(client.clone());
        }
        let client = Client::new(&network)?;
        if clients.len() == MOST_CLIENTS {
            clients.remove(0);
        }
        clients.push((network, client.clone()));
        Ok(client)
    }

    /// Closes the kept connections unless somebody signs in soon: their buffers still hold what was sent last, and a
    /// script that signs out and in again should find them open.
    pub(crate) fn close_connections_soon(&'static self) {
        let uses = self.uses.load(Ordering::Relaxed);
        tokio::spawn(async move {
            self.clock.sleep(UNUSED).await;
            if self.uses.load(Ordering::Relaxed) == uses {
                self.renew_clients();
            }
        });
    }

    fn renew_clients(&self) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let renewed = |(network, client): (Network, Client)| {
            let client = client.without_connections(&network).ok()?;
            Some((network, client))
        };
        *clients = clients.drain(..).filter_map(renewed).collect();
    }
}

/// The way out that the host's variables and the system's settings describe. Names in lower case come first, as .NET has it.
pub(crate) fn network(variables: &Bag) -> Network {
    let either = |lower, upper| variables.filled(lower).or_else(|| variables.filled(upper)).map(str::to_owned);
    let folders = variables.filled("SSL_CERT_DIR").map(|list| std::env::split_paths(list).collect());
    Network {
        https_proxy: either("https_proxy", "HTTPS_PROXY"),
        all_proxy: either("all_proxy", "ALL_PROXY"),
        no_proxy: either("no_proxy", "NO_PROXY"),
        system_proxy: SystemProxy::now(),
        ca_file: variables.filled("SSL_CERT_FILE").map(PathBuf::from),
        ca_folders: folders.unwrap_or_default(),
    }
}
