//! The product as a whole: through the C door, against the simulator and against programs that nobody here wrote.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its world does not stand")]

mod bodies;
mod c_program;
mod concurrency;
mod door;
mod faults;
mod header;
mod house_rules;
mod machines;
mod memory;
mod oidc_provider;
mod oracles;
mod python_program;
mod sign_in;
mod world;
