//! The C door: a dozen wide functions around [`entra_session::Operation`].
//!
//! No behaviour lives here. Every NULL, bad UTF-8, wrong order and dead handle is a status, and so is a panic. All casts
//! of pointers are in [`pointer`].

mod doors;
mod guard;
mod handles;
mod pointer;
mod status;
mod wiping;

pub use doors::*;
pub use status::*;
