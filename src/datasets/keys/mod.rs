//! Dataset keys: an administrator creates one for a program that reads datasets. It is valid for at
//! most a year.

pub mod model;
pub mod queries;
pub mod routes;
