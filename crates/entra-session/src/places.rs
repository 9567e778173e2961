//! The one list of file places.

use crate::Bag;
use std::path::PathBuf;

/// This user's folder for settings: `%APPDATA%\ConnectEntra` on Windows, `~/Library/Application Support/ConnectEntra`
/// on macOS, `$XDG_CONFIG_HOME/connect-entra` or `~/.config/connect-entra` elsewhere (XDG Base Directory).
///
/// `variables` is what the host answered for [`crate::variables::FILES`]; `None` where it names no home.
pub(crate) fn settings_folder(variables: &Bag) -> Option<PathBuf> {
    let folder = |name| variables.filled(name).map(PathBuf::from).filter(|path| path.is_absolute());
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

/// User-defined environments.
pub(crate) fn settings_file(variables: &Bag) -> Option<PathBuf> {
    settings_folder(variables).map(|folder| folder.join("settings.json"))
}
