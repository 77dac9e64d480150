//! Seats: the places in a group, and the terms of their holders.

pub mod model;
pub mod queries;
pub mod routes;
