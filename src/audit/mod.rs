//! The change log: who changed what and when, and the row before the change. The database writes it
//! (migration `change_log`). The module `disclosures` has the record of which names were shown to
//! whom.

pub mod disclosures;
pub mod feed;
pub mod model;
pub mod queries;
pub mod routes;
