//! Evaluations in bulk: the returned forms of many meetings at once.

mod decide;
pub mod model;
pub mod queries;
pub mod routes;
