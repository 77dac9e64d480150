//! Role mappings: the roles that groups and app roles of an external identity provider give to
//! their members.

pub mod model;
pub mod queries;
pub mod routes;
