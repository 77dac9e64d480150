//! The database connection: timeouts, errors, unsuitable databases and connection poolers.

mod connecting;
mod errors;
mod identity;
pub mod pooler;
