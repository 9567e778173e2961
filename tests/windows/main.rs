//! What only Windows has: its registry, its stores and its folders, through the C door.
#![cfg(windows)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its world does not stand")]

mod browser;
mod machines;
mod paths;
#[allow(dead_code, reason = "the tests of proxies use the rest")]
mod registry;
mod trust;
mod world;
