//! Publications: a framework's metrics as somebody sealed them, and what has changed since.

pub mod check;
pub mod drift;
pub mod model;
pub mod queries;
pub mod routes;
pub mod seal;
pub mod sealed;
