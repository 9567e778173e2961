//! The sign-in service, as far as clients see it (Entra's v2 endpoints).

pub(crate) mod assertion;
pub(crate) mod authorize;
mod browser;
pub(crate) mod code;
pub(crate) mod device;
pub(crate) mod discovery;
pub(crate) mod error;
pub(crate) mod federated;
pub(crate) mod grants;
pub(crate) mod mint;
pub(crate) mod orders;
mod pages;
pub(crate) mod replay;
pub(crate) mod scopes;
pub(crate) mod signer;
pub(crate) mod token;
pub(crate) mod user;

use crate::world::World;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/{tenant}/oauth2/v2.0/token", post(token::answer))
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::get).post(authorize::post))
        .route("/{tenant}/oauth2/v2.0/logout", get(browser::logout))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device::begin))
        .route("/devicelogin", get(device::page).post(device::page))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery::configuration))
        .route("/{tenant}/discovery/v2.0/keys", get(discovery::keys))
        .route("/common/discovery/instance", get(discovery::instance))
        .route("/common/userrealm/{name}", get(discovery::realm))
}
