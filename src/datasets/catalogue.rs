//! The catalogue of datasets, built from their declarations.

use super::dataset::Dataset;
use super::definitions;
use super::model::{ParameterName, ReportCatalogue, ReportColumn, ReportDataset};

/// The parameters of every dataset.
const COMMON_PARAMETERS: [&str; 3] = ["format", "occurred_from", "occurred_until"];

/// Returns the catalogue.
pub fn catalogue() -> ReportCatalogue {
    ReportCatalogue { data: definitions::ALL.map(to_report_dataset).into() }
}

fn to_report_dataset(dataset: &Dataset) -> ReportDataset {
    let columns = dataset.columns().into_iter();
    ReportDataset {
        dataset: dataset.name,
        grain: dataset.grain,
        occurred_on_meaning: dataset.occurred_on,
        parameters: COMMON_PARAMETERS
            .iter()
            .chain(dataset.parameters)
            .map(|name| ParameterName(name))
            .collect(),
        columns: columns
            .map(|column| ReportColumn { name: column.name, kind: column.kind, meaning: column.meaning })
            .collect(),
    }
}
