//! A small world to sign in to: Entra's sign-in service, identity endpoints and a piece of Graph over HTTPS, on
//! loopback only, for tests and the demo.
//!
//! It shares no code with the product, so that a mistake made twice cannot test green. [`Sim::start`] runs it inside
//! a test; the program of the same name runs it for PowerShell, Python and C tests. The README lists addresses, ids
//! and the control API.

mod answer;
mod browse;
mod ca;
mod clock;
mod control;
mod directory;
mod faults;
mod files;
mod graph;
mod identity;
pub mod ids;
mod journal;
mod listeners;
mod login;
mod people;
mod proxy;
mod seen;
mod server;
mod settings;
mod sim;
#[cfg(test)]
mod testing;
mod text;
mod trouble;
mod world;

pub use browse::Visit;
pub use faults::Fault;
pub use graph::bearer::Challenge;
pub use journal::Entry;
pub use login::orders::Order;
pub use proxy::ProxyRule;
pub use settings::Settings;
pub use sim::{Options, Sim};
