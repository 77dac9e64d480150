//! Progress: dated entries for targets. A correction supersedes its entry; no entry is overwritten.

pub mod bulk;
pub mod entry;
pub mod model;
pub mod queries;
pub mod routes;
