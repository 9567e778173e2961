//! A request with a bearer.
//!
//! Where it goes ([`Address`]), how it gets there ([`Graph`]: bearer, send, claims challenge, retry, redirect), what
//! comes back ([`Opened`], [`GraphReply`], [`GraphError`]), and what is made of many: pages, batches, uploads and
//! downloads. It knows no credential: a bearer comes from [`Bearer`], which somebody else implements.

mod address;
mod batch;
mod bearer;
mod body;
mod challenge;
mod clixml;
mod content;
mod dates;
mod download;
mod error;
mod exchange;
mod headers;
mod json;
mod limits;
mod note;
mod page;
mod pipeline;
mod reply;
mod request;
mod stumbles;
mod upload;

pub use address::{Address, AddressError, Endpoint};
pub use batch::{BATCH_LIMIT, BatchAnswer, BatchBody, BatchError, BatchPart, batch};
pub use bearer::{Bearer, BearerError, BearerFuture};
pub use body::{BodyError, RequestBody};
pub use challenge::{Challenge, claims, parse as parse_challenges};
pub use clixml::{BIG_TYPE, ClixmlError, ClixmlWriter, Form, LIST_TYPE, clixml};
pub use content::{ContentKind, MediaType, decode, file_name};
pub use download::download;
pub use error::{GraphError, Refusal, status_name};
pub use headers::HeaderError;
pub use json::JsonError;
pub use limits::Limits;
pub use note::{Note, Told};
pub use page::{Page, PageInfo, Pages, page_info};
pub use pipeline::Graph;
pub use reply::{GraphReply, Head, Opened};
pub use request::GraphRequest;
pub use upload::{ATTACHMENT_PIECE, FILE_PIECE, PIECE_UNIT, upload};
