//! Bulk requests that write the evaluations of many meetings.

mod decide;
pub mod model;
pub mod queries;
pub mod routes;
