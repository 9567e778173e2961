//! What the commands mean.
//!
//! An [`Operation`] is one command under way: it is begun with a bag of named values, asked for its next [`Event`],
//! answered where it asks, and cancelled or dropped. Connections, contexts, environments and the one error table are
//! here; there is no unsafe code and no C type.

mod bag;
mod clouds;
mod commands;
mod connection;
mod context;
mod event;
mod failure;
mod host;
mod kept;
mod operation;
mod places;
mod platform_files;
mod process;
mod request_context;
mod runtime;
mod settings;
mod variables;
mod welcome;

pub use bag::{BadBag, Bag};
pub use commands::Command;
pub use event::{Event, Kind};
pub use failure::{Category, Exception, Failure};
pub use operation::{Next, Operation, WrongOrder};
pub use runtime::THREAD;
