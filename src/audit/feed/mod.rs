//! The change feed, with which clients read the change log to keep a copy of the tables. Each
//! change appears once, and the changes of one row appear in their order, even if transactions
//! overlap. The module [`position`] explains how.

pub mod model;
pub mod position;
pub mod queries;
pub mod routes;
