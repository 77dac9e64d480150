//! Reorganisations: one operation that ends councils on a day and creates their successors. It
//! writes councils, groups' seats, and the links between predecessors and successors in
//! `council_successions`.

pub mod model;
pub mod queries;
pub mod routes;
mod succession;
mod successor;
