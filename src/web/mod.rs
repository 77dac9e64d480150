//! Floor 1: HTTP. Everything between a socket and a handler, written once.

pub mod arrival;
pub mod body;
pub mod bulk;
pub mod caller;
pub mod contract;
pub mod disclosure;
pub mod document;
pub mod gate;
pub mod health;
pub mod idempotency;
mod json;
pub mod jwks;
pub mod limits;
pub mod metadata;
pub mod oidc;
pub mod origins;
pub mod page;
pub mod patch;
pub mod precondition;
pub mod problem;
pub mod reply;
pub mod route;
pub mod span;
pub mod swagger;
pub mod token;
pub mod trace;
pub mod writer;

pub use arrival::Arrival;
pub use body::{Body, Id, Query};
pub use caller::{Caller, CallerKind};
pub use contract::{Contract, Contracts};
pub use disclosure::PERSONAL_DATA;
pub use limits::Limits;
pub use origins::Origins;
pub use page::{Listing, Page, Paged, Ranking};
pub use precondition::IfMatch;
pub use problem::Problem;
pub use reply::{Reply, Versioned};
pub use route::Endpoint;
pub use token::Tokens;
pub use writer::Writer;

pub(crate) use page::page;
pub(crate) use patch::editable;
pub(crate) use reply::versioned;
pub(crate) use route::endpoints;
