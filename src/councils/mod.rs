//! Councils: their names, GSS codes, periods of existence and membership, and which council took
//! over from which.

pub mod model;
pub mod queries;
pub mod routes;
