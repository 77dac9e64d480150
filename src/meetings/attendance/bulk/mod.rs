//! Bulk requests that write many attendance records in many registers.

mod current_row;
mod decide;
pub mod model;
pub mod queries;
pub mod request;
mod resolve;
pub mod routes;
mod write;
