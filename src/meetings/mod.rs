//! Meetings: gatherings of groups and events without one, their registers, and the forms returned after them.

pub mod attendance;
pub mod evaluations;
pub mod model;
pub mod named;
pub mod queries;
pub mod routes;
