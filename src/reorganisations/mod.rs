//! Reorganisations: one operation that ends councils on a day and creates their successors. The
//! operation writes rows of councils, groups and seats. The table `council_successions` links
//! predecessors and successors.

pub mod model;
pub mod queries;
pub mod routes;
mod succession;
mod successor;
