//! Groups: the standing bodies that meet, the seats on them, and who holds each seat when.

pub mod model;
pub mod queries;
pub mod routes;
pub mod seats;
