//! The change log. For each change of a row, it contains the actor, the time, and the row before
//! and after the change. Triggers in the database write it (migration `change_log`). The module
//! `disclosures` records which names of persons responses contained.

pub mod disclosures;
pub mod feed;
pub mod model;
pub mod queries;
pub mod routes;
