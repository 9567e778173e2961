//! Keeps a small blob for this user under a name, and knows nothing of what is in it.
//!
//! A [`Vault`] reads, changes and removes one blob. Changes are made under a lock that all processes
//! respect, and become visible at once or not at all: a process killed at any point loses at most the
//! change it was making. Content that cannot be read is set aside and reported, never in the way.
//!
//! Nothing here reads the process's environment or a clock: what a store needs to know comes in ([`Places`]).
//!
//! | system | first choice | else | else |
//! |---|---|---|---|
//! | Linux | file `<name>.desktop`, sealed with a key in the Secret Service | file `<name>.sealed`, sealed with a key in the kernel's keyring: until the computer restarts | memory |
//! | Windows | file `<name>.dpapi`, encrypted for this user (DPAPI) | | |
//! | macOS | an item of the login keychain (compiled, not run by any test yet) | | memory |
//!
//! Beside the file are `<name>.lock`, while something is written `.<file>-<random>.tmp`, and what was set aside as
//! `<file>.damaged-<n>`. Files are for this user alone (0600 in a folder with 0700), links are refused, and so are
//! files of other users.

#[cfg(windows)]
mod dpapi;
mod error;
mod file;
mod folder;
mod held;
#[cfg(target_os = "linux")]
mod kernel_keyring;
#[cfg(target_os = "macos")]
mod keychain;
#[cfg(target_os = "linux")]
mod linux;
mod lock;
mod memory;
mod notice;
mod places;
#[cfg(target_os = "linux")]
mod sealed;
#[cfg(target_os = "linux")]
mod secret_service;
mod vault;
#[cfg(windows)]
mod windows;

pub use error::VaultError;
pub use file::{replace, written_out};
pub use notice::Notice;
pub use places::{Places, Preference};
pub use vault::{Change, DEFAULT_PATIENCE, Vault};
