//! Dataset keys, with which programs read datasets. An administrator creates a dataset key, which
//! expires after at most a year.

pub mod model;
pub mod queries;
pub mod routes;
