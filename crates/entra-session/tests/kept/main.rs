//! People's sign-ins kept for other processes: real processes of a drill, at the simulator.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here fails the test that asked")]

mod crowd;
mod damage;
mod msal;
mod processes;
mod refusals;
mod sealed;
mod world;
