//! Layer 3: derived figures. For each kind of fact, one SQL statement loads the facts about all
//! requested targets. The pure functions in `derive` compute metrics from the facts.

mod bounded_cache;
pub mod columns;
pub mod derive;
mod derived_metrics;
pub mod engagement;
pub mod explain;
mod fact_cache;
pub mod fact_set;
pub mod facts;
pub mod framework_tree;
pub mod model;
pub mod overdue;
pub mod queries;
pub mod register_counts;
pub mod registers;
pub mod rollup;
pub mod routes;
pub mod series;
pub mod turnout;
mod view_cache;

pub use derived_metrics::{DerivedMetrics, derive_metrics, derive_metrics_on, read_at};
pub use fact_cache::FactLoader;
pub use facts::SOURCE_RESOURCES;
pub use view_cache::{ViewCache, Views};
