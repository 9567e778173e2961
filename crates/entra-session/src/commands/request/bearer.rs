use crate::{connection::Connection, host::HostLink, process};
use entra_auth::{Demand, Means};
use entra_graph::{Bearer, BearerFuture};
use entra_net::Secret;
use std::sync::Arc;

/// The tokens of a connection, asked for on behalf of one operation.
pub(super) struct ConnectionBearer {
    pub(super) connection: Arc<Connection>,
    pub(super) host: HostLink,
}

impl Bearer for ConnectionBearer {
    fn bearer<'a>(&'a self, claims: Option<&'a str>, refused: Option<&'a Secret>) -> BearerFuture<'a> {
        Box::pin(async move {
            let Connection { source, scopes, client, .. } = &*self.connection;
            let means = Means { client, clock: process::get().clock.as_ref(), host: &self.host };
            let token = source.token(scopes, Demand { claims, ..Demand::default() }, means).await?;
            // What a challenge demands is never answered from memory, so that token is new. Without a challenge another
            // caller may have got a new one since; only the one that was refused is of no use.
            let token = match refused {
                Some(refused) if claims.is_none() && *token.secret == *refused => {
                    source.token(scopes, Demand { claims, fresh: true, ..Demand::default() }, means).await?
                }
                _ => token,
            };
            Ok(Secret::clone(&token.secret))
        })
    }
}
