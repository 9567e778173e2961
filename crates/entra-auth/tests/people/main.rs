//! People sign in at the simulator.
#![allow(clippy::unwrap_used, clippy::panic)] // a test may stop where it stands

mod browser;
#[cfg(windows)]
mod chosen;
mod device_code;
mod silent;
mod world;
