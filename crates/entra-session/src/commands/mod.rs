//! One command, one file.

mod connect;
mod connection;
mod context;
mod disconnect;
mod environment;
mod request;
mod settings;
mod token;

pub(crate) use request::message;

use crate::{Bag, Event, Failure, host::HostLink};

/// The commands, as the C door names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Signs in.
    Connect,
    /// Signs out.
    Disconnect,
    /// Shows, lists or selects connections (`Action`).
    Context,
    /// Tells what there is to know of a connection (`Action`).
    Connection,
    /// Shows, adds, changes or removes environments (`Action`).
    Environment,
    /// Sends a request to Graph.
    Request,
    /// Shows or changes the limits of requests (`Action`).
    Settings,
    /// Gives a token.
    Token,
}

pub(crate) async fn run(command: Command, input: Bag, host: HostLink) -> Result<Event, Failure> {
    let fields = match command {
        Command::Connect => connect::run(&input, &host).await,
        Command::Disconnect => disconnect::run(&input, &host).await,
        Command::Context => context::run(&input),
        Command::Connection => connection::run(&input),
        Command::Environment => environment::run(&input, &host).await,
        Command::Request => return request::run(&input, &host).await,
        Command::Settings => settings::run(&input),
        Command::Token => return token::run(&input, &host).await,
    };
    fields.map(|fields| Event::new(crate::Kind::Result, fields))
}
