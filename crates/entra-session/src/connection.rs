use crate::{Bag, Failure, clouds::Cloud, context::Context, failure};
use entra_auth::TokenSource;
use entra_net::Client;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A sign-in that is held.
pub(crate) struct Connection {
    pub(crate) id: String,
    /// The name that it was given, if any.
    pub(crate) name: Option<String>,
    pub(crate) context: Context,
    pub(crate) source: TokenSource,
    pub(crate) scopes: Vec<String>,
    pub(crate) client: Client,
    /// Its cloud; setting an environment that is in use re-points it.
    cloud: Mutex<Cloud>,
}

/// What a connect has made, before it is committed.
pub(crate) struct Made {
    pub(crate) name: Option<String>,
    pub(crate) context: Context,
    pub(crate) source: TokenSource,
    pub(crate) scopes: Vec<String>,
    pub(crate) client: Client,
    pub(crate) cloud: Cloud,
}

/// The connections of the process.
#[derive(Default)]
pub(crate) struct Connections(Mutex<Held>);

#[derive(Default)]
struct Held {
    list: Vec<Arc<Connection>>,
    /// What runspaces see that never connected: the first connect's.
    default: Option<String>,
    made: u64,
}

/// What a connect has changed.
pub(crate) struct Committed {
    pub(crate) connection: Arc<Connection>,
    pub(crate) ended: Vec<String>,
}

impl Connections {
    fn lock(&self) -> MutexGuard<'_, Held> {
        // Entries are added and removed whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a new connection in the place of the one that it replaces: that of the same name, or the unnamed one that
    /// the runspace has made.
    pub(crate) fn commit(&self, made: Made, unnamed: Option<&str>) -> Committed {
        let mut held = self.lock();
        held.made += 1;
        let Made { name, context, source, scopes, client, cloud } = made;
        let replaced = held.list.iter().position(|old| match (&name, &old.name) {
            (Some(new), Some(old)) => new.eq_ignore_ascii_case(old),
            (None, None) => unnamed == Some(old.id.as_str()),
            _ => false,
        });
        let ended: Vec<_> = replaced.map(|at| held.list.remove(at).id.clone()).into_iter().collect();
        // Whoever has the old one, by its name or from before an interrupt, goes on with what is in its place.
        let id = ended.first().cloned().unwrap_or_else(|| held.made.to_string());
        let connection =
            Arc::new(Connection { id: id.clone(), name, context, source, scopes, client, cloud: Mutex::new(cloud) });
        if held.default.as_ref().is_none_or(|default| ended.contains(default)) {
            held.default = Some(id);
        }
        held.list.push(connection.clone());
        Committed { connection, ended }
    }

    /// The connection that an operation means: by name, else the runspace's own, else the process's default.
    pub(crate) fn find(&self, input: &Bag) -> Result<Option<Arc<Connection>>, Failure> {
        let held = self.lock();
        if let Some(name) = input.filled("ContextName") {
            let named = held.list.iter().find(|c| c.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name)));
            return named.cloned().map(Some).ok_or_else(|| failure::unknown_context(name));
        }
        let id = input.filled("Connection").or(held.default.as_deref());
        Ok(held.list.iter().find(|connection| Some(connection.id.as_str()) == id).cloned())
    }

    /// Ends one.
    pub(crate) fn remove(&self, id: &str) {
        let mut held = self.lock();
        held.list.retain(|connection| connection.id != id);
        if held.default.as_deref() == Some(id) {
            held.default = None;
        }
    }

    /// Has this process never connected?
    pub(crate) fn is_fresh(&self) -> bool {
        self.lock().made == 0
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.lock().list.clone()
    }

    /// Gives a changed environment to the connections that are in it; how many there were.
    pub(crate) fn repoint(&self, cloud: &Cloud) -> usize {
        let in_it = |c: &&Arc<Connection>| c.context.environment.eq_ignore_ascii_case(&cloud.name);
        let held = self.lock();
        let all: Vec<_> = held.list.iter().filter(in_it).collect();
        all.iter().for_each(|connection| connection.set_cloud(cloud.clone()));
        all.len()
    }
}

impl Connection {
    /// Its cloud as it is now.
    pub(crate) fn cloud(&self) -> Cloud {
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_cloud(&self, cloud: Cloud) {
        *self.cloud.lock().unwrap_or_else(PoisonError::into_inner) = cloud;
    }

    /// The context as it crosses the door.
    pub(crate) fn fields(&self) -> Bag {
        self.context.fields(&self.id).with("EnvironmentGraphEndpoint", self.cloud().graph)
    }
}
