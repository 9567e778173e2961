use entra_net::Secret;
use std::{future::Future, pin::Pin};

/// Why no bearer could be had. Whoever gave it knows what is in it.
pub type BearerError = Box<dyn std::error::Error + Send + Sync>;

/// A bearer on its way.
pub type BearerFuture<'a> = Pin<Box<dyn Future<Output = Result<Secret, BearerError>> + Send + 'a>>;

/// Where tokens come from.
pub trait Bearer: Send + Sync {
    /// A token that is good for the connection's Graph.
    ///
    /// After a 401, `refused` is the token that was not accepted and must not be given again where another can be
    /// had; `claims` is the JSON text that the service asks for, if it does (protocol: claims challenge).
    fn bearer<'a>(&'a self, claims: Option<&'a str>, refused: Option<&'a Secret>) -> BearerFuture<'a>;
}
