//! Meetings: meetings of groups, and open events without a group; their registers and evaluations.

pub mod attendance;
pub mod evaluations;
pub mod model;
pub mod named;
pub mod queries;
pub mod routes;
