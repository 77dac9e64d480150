//! Disclosures, which record who received names of persons in a response. `web::disclosure` writes
//! a disclosure for each response with names.

pub mod model;
pub mod queries;
pub mod routes;
