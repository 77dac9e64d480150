//! Derives metrics from facts. The functions are pure.

mod attendance;
mod coverage;
mod direction;
mod dispatch;
mod entries;
mod evaluations;
pub mod explanation;
mod judge;
mod meetings;
mod metric;
mod missing;
mod outturn;
mod readings;
mod target;
mod verdicts;

pub use metric::{metric_of, metrics};
pub use missing::{Missing, MissingFrom, missing};
pub use verdicts::Verdicts;
