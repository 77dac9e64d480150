//! Role mappings: which groups and app roles of an external identity provider get which role.

pub mod model;
pub mod queries;
pub mod routes;
