//! Publications: the sealed metrics of a framework on one day, and how later changes of records
//! alter them.

pub mod check;
pub mod drift;
pub mod model;
pub mod queries;
pub mod routes;
pub mod seal;
pub mod sealed;
