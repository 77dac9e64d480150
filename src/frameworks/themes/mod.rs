//! Themes: the first level of a framework.

pub mod model;
pub mod queries;
pub mod routes;
