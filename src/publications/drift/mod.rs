//! Drift: how the metrics of a publication's day differ from the sealed ones by today's records,
//! and which rows and changes cause it.

pub mod compare;
pub mod model;
pub mod queries;
pub mod routes;
