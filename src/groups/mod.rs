//! Groups: the bodies that meet, their seats, and the terms during which people hold the seats.

pub mod model;
pub mod queries;
pub mod routes;
pub mod seats;
