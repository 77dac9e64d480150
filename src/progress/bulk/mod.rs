//! Coverage in bulk: which councils are covered, for many councils and targets in one request.

mod decide;
pub mod model;
pub mod queries;
mod request;
mod resolve;
pub mod routes;
mod write;
