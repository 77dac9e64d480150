//! Attendance records: who attended a meeting, sent apologies or was absent.

pub mod bulk;
pub mod model;
pub mod queries;
pub mod routes;
