//! Drift: how today's records change the metrics of a publication's day, and which rows and changes
//! of records cause the difference.

pub mod compare;
pub mod model;
pub mod queries;
pub mod routes;
