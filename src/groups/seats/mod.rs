//! Seats: places in a group that belong to councils, with the terms of their holders.

pub mod model;
pub mod queries;
pub mod routes;
