//! Progress: dated entries against targets. A correction supersedes its entry; nothing is overwritten.

pub mod bulk;
pub mod entry;
pub mod model;
pub mod queries;
pub mod routes;
