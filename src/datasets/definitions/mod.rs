//! The datasets, one module each. A new dataset needs a module here and a line in [`ALL`].

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

pub fn find(name: &str) -> Option<&'static Dataset> {
    ALL.into_iter().find(|dataset| dataset.name == name)
}
