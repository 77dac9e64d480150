//! Frameworks: one plan year each, with its themes and their outcomes.

pub mod model;
pub mod outcomes;
pub mod queries;
pub mod routes;
pub mod themes;
