//! Actions: what is done for an outcome, and the groups and meetings that belong to it.

pub mod model;
pub mod queries;
pub mod routes;
