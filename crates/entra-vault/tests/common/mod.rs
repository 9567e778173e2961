#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    unused_imports,
    reason = "a failure here fails the test that asked"
)]

mod blob;
#[cfg(target_os = "linux")]
pub(crate) mod desktop;
#[cfg(target_os = "linux")]
pub(crate) mod keys;
pub(crate) mod processes;

use entra_vault::Vault;

pub(crate) use blob::{add_one, parse};

pub(crate) fn count(vault: &Vault) -> u64 {
    vault.load().unwrap().map_or(0, |blob| parse(&blob).unwrap())
}

/// Whether a case that needs `what` can run; says why not.
pub(crate) fn has(what: &str, there: bool) -> bool {
    if !there {
        eprintln!("left out: {what}");
    }
    there
}
