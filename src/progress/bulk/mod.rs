//! Coverage in bulk: which councils have it, for many councils and targets at once.

mod decide;
pub mod model;
mod names;
pub mod queries;
pub mod routes;
mod write;
