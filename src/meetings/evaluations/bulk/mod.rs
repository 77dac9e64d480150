//! Evaluations in bulk: the returned forms of many meetings in one request.

mod decide;
pub mod model;
pub mod queries;
pub mod routes;
