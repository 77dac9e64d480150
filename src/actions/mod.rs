//! Actions: what is done for an outcome, and the groups and meetings it works through.

pub mod model;
pub mod queries;
pub mod routes;
