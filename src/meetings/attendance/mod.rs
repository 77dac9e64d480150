//! Attendance records: the lines of a meeting's register.

pub mod bulk;
pub mod model;
pub mod queries;
pub mod routes;
