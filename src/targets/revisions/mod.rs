//! Revisions: dated changes of thresholds in an agreed plan.

pub mod model;
pub mod queries;
pub mod routes;
