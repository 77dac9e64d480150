//! Role mappings. They give roles to the members of groups and app roles of an external identity
//! provider.

pub mod model;
pub mod queries;
pub mod routes;
