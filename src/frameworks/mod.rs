//! Frameworks: the action plans of one year each, with their themes and outcomes.

pub mod model;
pub mod outcomes;
pub mod queries;
pub mod routes;
pub mod themes;
