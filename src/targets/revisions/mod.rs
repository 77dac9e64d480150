//! Revisions: dated changes of the thresholds in an agreed plan.

pub mod model;
pub mod queries;
pub mod routes;
