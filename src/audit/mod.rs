//! The change log: for each change of a row, the actor, the time, and the row before the change.
//! Triggers in the database write the log (migration `change_log`). The module `disclosures` has
//! the records of the names that responses contained.

pub mod disclosures;
pub mod feed;
pub mod model;
pub mod queries;
pub mod routes;
