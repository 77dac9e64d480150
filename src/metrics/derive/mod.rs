//! Pure functions that derive metrics from facts.

mod attendance;
mod coverage;
mod direction;
mod dispatch;
mod entries;
mod evaluations;
pub mod explanation;
mod measure_result;
mod meetings;
mod metric;
mod missing;
mod readings;
mod row_shares;
mod status;
mod target;

pub use metric::metrics;
pub use missing::{Missing, MissingFrom, missing};
pub use row_shares::RowShares;
