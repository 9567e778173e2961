//! What only Windows has: its registry, its stores and its folders, through the C door.
#![cfg(windows)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its world does not stand")]

mod browser;
mod machines;
mod paths;
mod proxies;
mod registry;
mod trust;
mod world;
