//! Layer 3: derived figures. SQL statements load facts, one statement for each kind of fact
//! whatever the number of targets. The pure functions of `derive` compute metrics from the facts.

pub mod columns;
pub mod derive;
mod derived_metrics;
pub mod engagement;
pub mod explain;
pub mod facts;
pub mod model;
pub mod overdue;
pub mod queries;
pub mod register_counts;
pub mod rollup;
pub mod routes;
pub mod series;
pub mod tree;
pub mod turnout;

pub use derived_metrics::{DerivedMetrics, SOURCE_RESOURCES, derive_metrics, derive_metrics_on, read_at};
