//! Themes: the parts of a framework.

pub mod model;
pub mod queries;
pub mod routes;
