//! Outcomes: what a theme is to achieve.

pub mod model;
pub mod queries;
pub mod routes;
