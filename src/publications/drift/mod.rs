//! Drift: how the metrics of a sealed day are today, and because of which rows they are not what they were.

pub mod compare;
pub mod model;
pub mod queries;
pub mod routes;
