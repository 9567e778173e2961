//! Where a blob can be kept on this system, and which of these places works.

use std::path::PathBuf;
use std::time::Duration;

use crate::vault::Store;
use crate::{DEFAULT_PATIENCE, folder};

/// What the stores of this system need to know. The host hands it over; nothing is read from the process.
#[derive(Clone, Debug)]
pub struct Places {
    /// The folder for files, absolute and for this product alone. It is made when something is first kept.
    pub folder: PathBuf,
    /// `DBUS_SESSION_BUS_ADDRESS`. Linux only.
    pub bus_address: Option<String>,
    /// `XDG_RUNTIME_DIR`, whose `bus` is tried where no address is given. Linux only.
    pub runtime_folder: Option<PathBuf>,
    /// How long a lock may stand still, and how long a store of the system may be silent.
    pub patience: Duration,
}

impl Places {
    /// Files only, with the usual patience.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), bus_address: None, runtime_folder: None, patience: DEFAULT_PATIENCE }
    }
}

/// How long the person wants the blob to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// For the next process too, in the best store that works here.
    Best,
    /// Until the vault is dropped; nothing outside this process is touched.
    Memory,
}

/// A store that works, and what to tell if it is not the best of this system.
pub(crate) struct Chosen {
    pub(crate) store: Box<dyn Store>,
    /// For sentences such as `Sign-in kept <place>`.
    pub(crate) place: String,
    /// Why the better ones do not work; empty for the best.
    pub(crate) reasons: Vec<String>,
}

impl Chosen {
    fn new(store: impl Store + 'static, place: String, reasons: Vec<String>) -> Self {
        Self { store: Box::new(store), place, reasons }
    }
}

/// The best store of this system that works, `None` (with the reasons) where only memory is left.
pub(crate) fn choose(name: &str, places: &Places) -> Result<Chosen, Vec<String>> {
    // Also the lock of a store that is no file is in the folder.
    folder::check(&places.folder).map_err(|e| vec![e.to_string()])?;
    choose_here(name, places)
}

#[cfg(target_os = "linux")]
fn choose_here(name: &str, places: &Places) -> Result<Chosen, Vec<String>> {
    use crate::kernel_keyring::KernelKeyring;
    use crate::sealed::Sealed;
    use crate::secret_service::SecretService;

    // Two files, since a session without a desktop must not set the desktop's aside.
    let first = match SecretService::open(places) {
        Ok(keys) => {
            let path = places.folder.join(format!("{name}.desktop"));
            let place = format!("in the file '{}', sealed with a key in the Secret Service", path.display());
            return Ok(Chosen::new(Sealed::new(path, keys), place, Vec::new()));
        }
        Err(reason) => reason,
    };
    let keys = match KernelKeyring::open() {
        Ok(keys) => keys,
        Err(second) => return Err(vec![first, second]),
    };
    let path = places.folder.join(format!("{name}.sealed"));
    let place = format!("in the file '{}', sealed with a key that lasts until the computer restarts", path.display());
    Ok(Chosen::new(Sealed::new(path, keys), place, vec![first]))
}

#[cfg(target_os = "macos")]
fn choose_here(name: &str, _places: &Places) -> Result<Chosen, Vec<String>> {
    let store = crate::keychain::Keychain::open(name).map_err(|reason| vec![reason])?;
    Ok(Chosen::new(store, "in the keychain".to_owned(), Vec::new()))
}

#[cfg(windows)]
fn choose_here(name: &str, places: &Places) -> Result<Chosen, Vec<String>> {
    let path = places.folder.join(format!("{name}.dpapi"));
    let place = format!("in the file '{}', encrypted by Windows for this user", path.display());
    Ok(Chosen::new(crate::dpapi::Dpapi(path), place, Vec::new()))
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn choose_here(_name: &str, _places: &Places) -> Result<Chosen, Vec<String>> {
    Err(vec!["this system has no store that is known here".to_owned()])
}
