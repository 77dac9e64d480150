//! Revisions: how a threshold changes once the plan is agreed.

pub mod model;
pub mod queries;
pub mod routes;
