//! Meetings: meetings of groups, and open events without a group; their registers and evaluations.

pub mod attendance;
pub mod evaluations;
pub mod model;
pub mod queries;
pub mod resolve;
pub mod routes;
