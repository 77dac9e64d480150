//! Disclosures: records of the names of persons that responses contained, and of the caller that
//! received them. `web::disclosure` writes a record for each response with names.

pub mod model;
pub mod queries;
pub mod routes;
