//! Keys kept by the desktop's Secret Service (GNOME Keyring, KWallet, KeePassXC), asked over the session bus.
//!
//! One item holds one key: in the default collection, with the attributes `application=connect-entra` and `key=<id>`,
//! the schema `connect-entra.key`, the label `connect-entra`, and as its secret the key in base64 (text, since not
//! every service keeps other bytes). Only the key crosses the bus, so a blob of any size is safe from those who
//! listen there and leaves nothing in buffers that are not wiped. The bus is the one that the host names; libsecret
//! can only use the one in the process's environment. Nothing is ever unlocked from here: what would need a prompt
//! fails at once.

use std::ffi::{CStr, CString};
use std::fmt::Write;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use zeroize::Zeroizing;

use crate::linux::{Bus, Call, Cancel, Gio, Variant, c_text};
use crate::sealed::{KEY_BYTES, Key, Keys};
use crate::{Places, VaultError};

const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const ITEM: &str = "org.freedesktop.Secret.Item";
const ROOT: &str = "/org/freedesktop/secrets";
/// The object that stands for none.
const NONE: &str = "/";

pub(crate) struct SecretService {
    client: Client,
}

impl SecretService {
    /// Whether items can be read and written now; the reason where they cannot.
    pub(crate) fn open(places: &Places) -> Result<Self, String> {
        let client = Client::new(places).map_err(|e| format!("no Secret Service ({e})"))?;
        match client.run(|service| service.unlocked_collection().map(|found| found.map(|_| ()))) {
            Ok(Ok(())) => Ok(Self { client }),
            Ok(Err(why)) => Err(format!("the Secret Service {why}")),
            Err(e) => Err(format!("no Secret Service ({e})")),
        }
    }
}

impl Keys for SecretService {
    fn find(&self, id: &str) -> Result<Option<Key>, VaultError> {
        let id = id.to_owned();
        self.client.run(move |service| service.find(&id)).map_err(refused("find the key"))
    }

    fn add(&self, id: &str, key: &Key) -> Result<(), VaultError> {
        let (id, key) = (id.to_owned(), key.clone());
        self.client.run(move |service| service.add(&id, &key)).map_err(refused("keep a key"))
    }

    fn remove(&self, id: &str) -> Result<(), VaultError> {
        let id = id.to_owned();
        self.client.run(move |service| service.remove(&id)).map_err(refused("remove the key"))
    }

    fn kept(&self) -> &'static str {
        "the Secret Service kept and has no more"
    }
}

fn refused(action: &'static str) -> impl Fn(String) -> VaultError {
    move |reason| VaultError::Service { store: "the Secret Service", action, reason }
}

fn decode(text: &[u8]) -> Option<Key> {
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(text).ok()?);
    let key: [u8; KEY_BYTES] = bytes.as_slice().try_into().ok()?;
    Some(Key::new(key))
}

/// The freedesktop.org Secret Service API 0.2 on one connection.
struct Service<'a> {
    bus: Bus<'a>,
}

impl Service<'_> {
    /// The collection for new items; else why there is none.
    fn unlocked_collection(&self) -> Result<Result<String, &'static str>, String> {
        let found = self.call(ROOT, SERVICE, "ReadAlias", "('default',)", c"(o)")?;
        let collection = path_in(&found, 0)?;
        if collection == NONE {
            return Ok(Err("has no default collection"));
        }
        let property = format!("('{COLLECTION}', 'Locked')");
        let locked = self.call(&collection, "org.freedesktop.DBus.Properties", "Get", &property, c"(v)")?;
        match locked.child(0).and_then(|boxed| boxed.child(0)).and_then(|value| value.boolean()) {
            Some(false) => Ok(Ok(collection)),
            _ => Ok(Err("is locked")),
        }
    }

    fn find(&self, id: &str) -> Result<Option<Key>, String> {
        let Some(item) = self.item(id)? else { return Ok(None) };
        let session = self.session()?;
        let found = self.call(&item, ITEM, "GetSecret", &format!("(objectpath '{session}',)"), c"((oayays))")?;
        let text = found.child(0).and_then(|secret| secret.child(2)).and_then(|value| value.bytes());
        Ok(text.and_then(|text| decode(&text)))
    }

    fn add(&self, id: &str, key: &Key) -> Result<(), String> {
        let collection = self.unlocked_collection()??;
        let session = self.session()?;
        let secret = byte_list(&Zeroizing::new(BASE64_STANDARD.encode(key.as_slice())));
        let attributes =
            format!("{{'application': 'connect-entra', 'key': '{id}', 'xdg:schema': 'connect-entra.key'}}");
        let properties = format!("{{'{ITEM}.Label': <'connect-entra'>, '{ITEM}.Attributes': <{attributes}>}}");
        let secret = Zeroizing::new(format!("(objectpath '{session}', @ay [], {}, 'text/plain')", *secret));
        let parameters = Zeroizing::new(format!("({properties}, {}, true)", *secret));
        let made = self.call(&collection, COLLECTION, "CreateItem", &parameters, c"(oo)")?;
        without_prompt(&made, 1)
    }

    fn remove(&self, id: &str) -> Result<(), String> {
        let Some(item) = self.item(id)? else { return Ok(()) };
        without_prompt(&self.call(&item, ITEM, "Delete", "()", c"(o)")?, 0)
    }

    fn item(&self, id: &str) -> Result<Option<String>, String> {
        let attributes = format!("({{'application': 'connect-entra', 'key': '{id}'}},)");
        let found = self.call(ROOT, SERVICE, "SearchItems", &attributes, c"(aoao)")?;
        let first = |list| found.child(list).and_then(|paths| paths.child(0)).and_then(|path| path.text());
        match (first(0), first(1)) {
            (Some(unlocked), _) => Ok(Some(unlocked)),
            (None, Some(_)) => Err("it is locked".to_owned()),
            (None, None) => Ok(None),
        }
    }

    /// Secrets cross the bus as they are: it is a local socket of this user.
    fn session(&self) -> Result<String, String> {
        path_in(&self.call(ROOT, SERVICE, "OpenSession", "('plain', <''>)", c"(vo)")?, 1)
    }

    fn call(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        parameters: &str,
        reply: &CStr,
    ) -> Result<Variant, String> {
        self.bus.call(c"org.freedesktop.secrets", &Call { path, interface, method, parameters }, reply)
    }
}

fn path_in(reply: &Variant, index: usize) -> Result<String, String> {
    reply.child(index).and_then(|path| path.text()).ok_or_else(|| "an unknown answer".to_owned())
}

/// Who would have to ask the person first gives the object of a prompt.
fn without_prompt(reply: &Variant, index: usize) -> Result<(), String> {
    if path_in(reply, index)? == NONE { Ok(()) } else { Err("it wants to ask the person first".to_owned()) }
}

fn byte_list(text: &str) -> Zeroizing<String> {
    let mut list = Zeroizing::new(String::with_capacity(text.len() * 5 + 8));
    list.push_str("@ay [");
    for byte in text.bytes() {
        // Writing to a string cannot fail.
        let _ = write!(list, "{byte},");
    }
    list.pop();
    list.push(']');
    list
}

/// Runs each piece of work on a thread of its own with an own connection, for a bounded time.
struct Client {
    gio: &'static Gio,
    address: CString,
    patience: Duration,
}

impl Client {
    fn new(places: &Places) -> Result<Self, String> {
        let address = c_text(&bus_address(places)?)?;
        let gio = Gio::load().ok_or("libgio-2.0.so.0 is not installed")?;
        Ok(Self { gio, address, patience: places.patience })
    }

    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Service<'_>) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let cancel = Arc::new(Cancel::new(self.gio));
        let (gio, address, cancel_too) = (self.gio, self.address.clone(), Arc::clone(&cancel));
        let run = move || {
            let done = Bus::connect(gio, &address, &cancel_too).and_then(|bus| work(&Service { bus }));
            // Nobody listens any more once the time is over.
            let _ = sender.send(done);
        };
        thread::Builder::new().name("secret-service".into()).spawn(run).map_err(|e| e.to_string())?;
        receiver.recv_timeout(self.patience).unwrap_or_else(|_| {
            cancel.cancel();
            Err(format!("it did not answer within {} ms", self.patience.as_millis()))
        })
    }
}

/// The bus of this session, which the host names. Only local sockets: an address may also start programs or go
/// over the network.
fn bus_address(places: &Places) -> Result<String, String> {
    if let Some(address) = places.bus_address.as_deref().filter(|a| !a.is_empty()) {
        let local = address.split(';').all(|part| part.starts_with("unix:"));
        return if local { Ok(address.to_owned()) } else { Err("the session bus is not a local socket".to_owned()) };
    }
    let socket = places.runtime_folder.as_ref().map(|folder| folder.join("bus"));
    match socket.filter(|socket| socket.exists()) {
        Some(socket) => Ok(format!("unix:path={}", escape(&socket))),
        None => Err("there is no session bus".to_owned()),
    }
}

/// D-Bus specification, "Server Addresses": all but these bytes are written as `%` and two digits.
fn escape(path: &Path) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_/.\\*".contains(b);
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.iter().map(|b| if plain(b) { char::from(*b).to_string() } else { format!("%{b:02x}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(address: Option<&str>, runtime: Option<&Path>) -> Places {
        Places {
            bus_address: address.map(str::to_owned),
            runtime_folder: runtime.map(Path::to_owned),
            ..Places::new("/nowhere")
        }
    }

    #[test]
    fn the_address_that_the_host_names_comes_first() {
        assert_eq!(bus_address(&places(Some("unix:path=/run/a"), None)).unwrap(), "unix:path=/run/a");
        let runtime = tempfile::Builder::new().prefix("with blank").tempdir().unwrap();
        assert!(bus_address(&places(Some(""), Some(runtime.path()))).is_err(), "no socket there");
        std::fs::write(runtime.path().join("bus"), "").unwrap();
        let address = bus_address(&places(None, Some(runtime.path()))).unwrap();
        assert!(address.starts_with("unix:path=/") && address.contains("with%20blank"), "{address}");
    }

    #[test]
    fn an_address_that_is_no_local_socket_is_refused() {
        for address in ["autolaunch:", "tcp:host=127.0.0.1,port=1", "unixexec:path=/bin/sh", "unix:path=/a;tcp:host=b"]
        {
            assert!(bus_address(&places(Some(address), None)).is_err(), "{address}");
        }
        assert!(bus_address(&places(None, None)).unwrap_err().contains("no session bus"));
    }

    #[test]
    fn other_text_than_a_key_is_refused() {
        assert!(decode(b"{}").is_none());
        assert!(decode(b"c2hvcnQ=").is_none());
        let key = Key::new([7; 32]);
        assert_eq!(decode(BASE64_STANDARD.encode(key.as_slice()).as_bytes()), Some(key));
    }
}
