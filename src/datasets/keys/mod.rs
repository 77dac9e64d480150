//! Report keys: made by an administrator for a program that reads reports, for at most a year.

pub mod model;
pub mod queries;
pub mod routes;
