//! The datasets, one file each. A new one is a file here and a line below.

mod actions;
mod attendance;
mod councils;
mod engagement;
mod meetings;
mod metric_series;
mod metrics;
mod progress;
mod publications;
mod targets;

use super::dataset::Dataset;

/// Every dataset, in the order of the catalogue.
pub const ALL: [&Dataset; 10] = [
    &councils::DATASET,
    &meetings::DATASET,
    &attendance::DATASET,
    &actions::DATASET,
    &targets::DATASET,
    &progress::DATASET,
    &metrics::DATASET,
    &metric_series::DATASET,
    &engagement::DATASET,
    &publications::DATASET,
];

/// The dataset of that name.
pub fn find(name: &str) -> Option<&'static Dataset> {
    ALL.into_iter().find(|dataset| dataset.name == name)
}

/// A statement that finds councils with the codes they go by, as `named`.
macro_rules! with_named_councils {
    ($sql:literal) => {
        concat!(
            "WITH named AS MATERIALIZED (SELECT councils.*, ",
            include_str!("../../councils/sql/current_code.sql"),
            " AS gss_code FROM councils)\n",
            include_str!($sql)
        )
    };
}
use with_named_councils;
