//! Frameworks: the action plans for a plan period each, with their themes and outcomes.

pub mod model;
pub mod outcomes;
pub mod queries;
pub mod routes;
pub mod themes;
