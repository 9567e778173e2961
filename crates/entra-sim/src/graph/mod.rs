//! The piece of Microsoft Graph that this world has.

mod basics;
mod batch;
pub(crate) mod bearer;
pub(crate) mod data;
mod delta;
mod error;
mod files;
mod groups;
mod query;
mod shapes;
mod users;

use crate::world::World;
use axum::Router;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<World>> {
    let version = Router::new()
        .merge(basics::routes())
        .merge(batch::routes())
        .merge(delta::routes())
        .merge(files::routes())
        .merge(groups::routes())
        .merge(shapes::routes())
        .merge(users::routes());
    Router::new()
        .nest("/v1.0", version.clone())
        .nest("/beta", version)
        .merge(files::open_routes())
        .merge(open_routes())
        .fallback(shapes::nothing)
        .method_not_allowed_fallback(shapes::wrong_method)
}

/// Places that want no token and tell whether one came; they are on other listeners too, as foreign hosts.
pub(crate) fn open_routes() -> Router<Arc<World>> {
    shapes::open_routes()
}
