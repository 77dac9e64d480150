//! Seats: the places on a group, and the terms of those who hold them.

pub mod model;
pub mod queries;
pub mod routes;
