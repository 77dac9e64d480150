//! Targets: the measurable promises, and the revisions of their thresholds.

pub mod model;
pub mod queries;
pub mod revisions;
pub mod routes;
