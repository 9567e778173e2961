//! People's sign-ins kept for other processes: real processes of a drill, at the simulator.
#![cfg(any(target_os = "linux", windows))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here fails the test that asked")]

mod crowd;
mod damage;
#[cfg(target_os = "linux")]
#[path = "../../../entra-vault/tests/common/desktop.rs"]
#[allow(dead_code, reason = "the tests of the vault use more of it")]
mod desktop;
#[cfg(target_os = "linux")]
mod msal;
mod processes;
#[cfg(target_os = "linux")]
mod refusals;
#[cfg_attr(windows, path = "dpapi.rs")]
mod sealed;
mod world;

/// Whether a case that needs `what` can run; says why not.
fn has(what: &str, there: bool) -> bool {
    if !there {
        eprintln!("left out: {what}");
    }
    there
}
