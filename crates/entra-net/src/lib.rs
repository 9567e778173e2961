//! One request out, one reply in, in time.
//!
//! The only crate that opens outgoing sockets. It knows no token endpoint and no environment: which proxy to take and
//! which CA to trust are values of [`Network`], handed in by whoever was asked for them.
//!
//! Dropping a future of this crate closes its socket at once; that is all there is to cancelling.

mod body;
mod client;
mod clock;
mod connector;
mod error;
mod gateway;
mod network;
mod proxies;
mod retry;
mod secret;
mod system_proxy;
mod trust;

pub use body::{Body, BodySource, Pieces};
pub use bytes::Bytes;
pub use client::{Client, Incoming, Reply, Request};
pub use clock::{Clock, SteppedClock, SystemClock, Wait, unix_seconds};
pub use error::{Error, Kind};
pub use gateway::Gateway;
pub use http::{
    Method, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
pub use network::Network;
pub use retry::{Came, Patience, RetryRule, Waiting, retry_after, send_again};
pub use secret::Secret;
pub use system_proxy::SystemProxy;
pub use trust::Thumbprint;
pub use url::Url;
