//! Group meetings and open events, with their attendance registers and evaluation forms.

pub mod attendance;
pub mod evaluations;
pub mod model;
pub mod queries;
pub mod resolve;
pub mod routes;
