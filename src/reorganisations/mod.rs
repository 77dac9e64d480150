//! Reorganisations: one operation ends councils on a day and creates their successors. It writes
//! the rows of the slices councils, groups and seats; `council_successions` has the links between
//! predecessors and successors.

pub mod model;
pub mod queries;
pub mod routes;
mod succession;
mod successor;
