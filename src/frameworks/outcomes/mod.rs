//! Outcomes: what a theme is to bring about.

pub mod model;
pub mod queries;
pub mod routes;
