//! Mappings: which groups and app roles of an outside identity provider stand for which of our roles.

pub mod model;
pub mod queries;
pub mod routes;
