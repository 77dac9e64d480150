//! Groups: the bodies that meet, their seats, and the terms of the seats' holders.

pub mod model;
pub mod queries;
pub mod routes;
pub mod seats;
