//! The one list of file places.

use crate::Bag;
use std::path::PathBuf;

/// The name of the blob in which people's sign-ins are kept; the store makes a file or an item of it.
pub(crate) const SIGN_INS: &str = "sign-ins";

fn folder(variables: &Bag, name: &str) -> Option<PathBuf> {
    variables.filled(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// This user's folder for settings: `%APPDATA%\ConnectEntra` on Windows, `~/Library/Application Support/ConnectEntra`
/// on macOS, `$XDG_CONFIG_HOME/connect-entra` or `~/.config/connect-entra` elsewhere (XDG Base Directory).
///
/// `variables` is what the host answered for [`crate::variables::FILES`]; `None` where it names no home.
pub(crate) fn settings_folder(variables: &Bag) -> Option<PathBuf> {
    let folder = |name| folder(variables, name);
    if cfg!(windows) {
        let roaming = || folder("USERPROFILE").map(|home| home.join("AppData").join("Roaming"));
        return folder("APPDATA").or_else(roaming).map(|folder| folder.join("ConnectEntra"));
    }
    if cfg!(target_os = "macos") {
        return folder("HOME").map(|home| home.join("Library/Application Support/ConnectEntra"));
    }
    let config = || folder("HOME").map(|home| home.join(".config"));
    folder("XDG_CONFIG_HOME").or_else(config).map(|folder| folder.join("connect-entra"))
}

/// This user's folder for sign-ins: `%LOCALAPPDATA%\ConnectEntra` on Windows, since what is encrypted for a user on one
/// computer must not roam; `~/Library/Application Support/ConnectEntra` on macOS; `$XDG_DATA_HOME/connect-entra` or
/// `~/.local/share/connect-entra` elsewhere.
pub(crate) fn sign_in_folder(variables: &Bag) -> Option<PathBuf> {
    if cfg!(windows) {
        let local = || folder(variables, "USERPROFILE").map(|home| home.join("AppData").join("Local"));
        return folder(variables, "LOCALAPPDATA").or_else(local).map(|folder| folder.join("ConnectEntra"));
    }
    if cfg!(target_os = "macos") {
        return settings_folder(variables);
    }
    let data = || folder(variables, "HOME").map(|home| home.join(".local/share"));
    folder(variables, "XDG_DATA_HOME").or_else(data).map(|folder| folder.join("connect-entra"))
}

/// User-defined environments.
pub(crate) fn settings_file(variables: &Bag) -> Option<PathBuf> {
    settings_folder(variables).map(|folder| folder.join("settings.json"))
}
