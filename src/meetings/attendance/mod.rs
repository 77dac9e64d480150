//! Attendance: the lines of a meeting's register.

pub mod model;
pub mod queries;
pub mod routes;
