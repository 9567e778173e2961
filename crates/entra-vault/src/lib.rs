//! Keeps a small blob for this user under a name, and knows nothing of what is in it.
//!
//! A [`Vault`] reads, changes and removes one blob. Changes are made under a lock that all processes
//! respect, and become visible at once or not at all: a process killed at any point loses at most the
//! change it was making. Content that cannot be read is set aside and reported, never in the way.
//!
//! Nothing here reads the process's environment or a clock: what a store needs to know comes in.

#[cfg(windows)]
mod dpapi;
mod error;
mod file;
mod folder;
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

pub use error::VaultError;
pub use file::replace;
pub use notice::Notice;
pub use places::{Places, Preference};
pub use vault::{Change, DEFAULT_PATIENCE, Vault};
