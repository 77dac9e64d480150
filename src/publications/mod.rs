//! Publications: the sealed metrics of a framework on a day, and what has changed since.

pub mod check;
pub mod drift;
pub mod model;
pub mod queries;
pub mod routes;
pub mod seal;
pub mod sealed;
