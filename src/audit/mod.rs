//! The change log, read: who changed what, when, and how it was before. The database writes it (migration 13).
//! Beside it the record of who was shown whose name.

pub mod disclosures;
pub mod feed;
pub mod model;
pub mod queries;
pub mod routes;
