//! Councils: their names, GSS codes, periods of existence and membership, and successions.

pub mod model;
pub mod queries;
pub mod routes;
