//! Bulk requests that write, for many councils and targets, whether a council is covered.

mod decide;
pub mod model;
pub mod queries;
mod request;
mod resolve;
pub mod routes;
mod write;
