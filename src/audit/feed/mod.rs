//! The change feed: the change log for readers that keep a copy of the tables. Each change comes once, and the changes of a
//! row come in their order, however transactions overlap; [`position`] explains how.

pub mod model;
pub mod position;
pub mod queries;
pub mod routes;
