//! People sign in at the simulator.
#![allow(clippy::unwrap_used, clippy::panic)] // a test may stop where it stands
#![cfg(unix)] // the browsers here are programs of a Unix system

mod browser;
mod device_code;
mod silent;
mod world;
