//! Reorganisations: councils end on a day and others take over from them, entered as one operation. The rows it writes
//! are the slices' own; `council_successions` remembers who took over from whom.

pub mod model;
pub mod queries;
pub mod routes;
mod succession;
