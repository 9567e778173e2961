//! The piece of Microsoft Graph that this world has.

mod basics;
mod bearer;
mod error;

use crate::world::World;
use axum::Router;
use axum::routing::{any, get};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<World>> {
    let version = Router::new()
        .route("/me", get(basics::me))
        .route("/organization", get(basics::organization))
        .route("/echo", any(basics::echo))
        .route("/echo/{*rest}", any(basics::echo));
    Router::new().nest("/v1.0", version.clone()).nest("/beta", version)
}
