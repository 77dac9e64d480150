//! Targets: what actions are to reach, and the revisions of target thresholds.

pub mod model;
pub mod queries;
pub mod revisions;
pub mod routes;
