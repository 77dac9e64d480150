//! Evaluations: the forms returned after a meeting.

pub mod model;
pub mod queries;
pub mod routes;
