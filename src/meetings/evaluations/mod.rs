//! Evaluations: the forms that are returned after a meeting.

pub mod bulk;
pub mod model;
pub mod queries;
pub mod routes;
