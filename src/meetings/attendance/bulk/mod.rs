//! Attendance in bulk: many lines of many registers in one request.

mod current_row;
mod decide;
pub mod model;
pub mod queries;
pub mod request;
mod resolve;
pub mod routes;
mod write;
