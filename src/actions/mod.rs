//! Actions: what is done for an outcome, and the groups and meetings that count for the action.

pub mod model;
pub mod queries;
pub mod routes;
