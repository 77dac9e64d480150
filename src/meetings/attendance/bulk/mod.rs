//! Attendance in bulk: many lines of many registers at once.

mod decide;
pub mod model;
mod names;
pub mod queries;
pub mod routes;
mod standing;
mod write;
