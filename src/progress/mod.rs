//! Progress entries: dated records for targets. A correction is a new entry, and the corrected
//! entry stays unchanged.

pub mod bulk;
pub mod entry;
pub mod model;
pub mod queries;
pub mod routes;
