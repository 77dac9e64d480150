//! The catalogue, from the declarations of the datasets.

use super::dataset::Dataset;
use super::datasets;
use super::model::{ParameterName, ReportCatalogue, ReportColumn, ReportDataset};

/// The parameters that every dataset takes.
const SHARED: [&str; 3] = ["format", "occurred_from", "occurred_until"];

/// What datasets there are.
pub fn catalogue() -> ReportCatalogue {
    ReportCatalogue { data: datasets::ALL.map(described).into() }
}

fn described(dataset: &Dataset) -> ReportDataset {
    let columns = dataset.columns().into_iter();
    ReportDataset {
        dataset: dataset.name,
        grain: dataset.grain,
        occurred_on_meaning: dataset.occurred_on,
        parameters: SHARED.iter().chain(dataset.parameters).map(|name| ParameterName(name)).collect(),
        columns: columns
            .map(|column| ReportColumn { name: column.name, kind: column.kind, meaning: column.meaning })
            .collect(),
    }
}
