//! The crate against a server on loopback that answers as it is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod batches;
mod bodies;
mod concurrency;
mod double;
mod pages;
mod pipeline;
mod powershell;
mod redirects;
mod transfers;
mod world;
