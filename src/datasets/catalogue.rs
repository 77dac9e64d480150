//! Builds the catalogue of datasets from the declarations of the datasets.

use super::dataset::Dataset;
use super::definitions;
use super::model::{DatasetCatalogue, DatasetColumn, DatasetDescription, ParameterName};

const COMMON_PARAMETERS: [&str; 3] = ["format", "occurred_from", "occurred_until"];

pub fn catalogue() -> DatasetCatalogue {
    DatasetCatalogue { data: definitions::ALL.map(to_description).into() }
}

fn to_description(dataset: &Dataset) -> DatasetDescription {
    let columns = dataset.columns().into_iter();
    DatasetDescription {
        dataset: dataset.name,
        grain: dataset.grain,
        occurred_on_meaning: dataset.occurred_on,
        parameters: COMMON_PARAMETERS
            .iter()
            .chain(dataset.parameters)
            .map(|name| ParameterName(name))
            .collect(),
        columns: columns
            .map(|column| DatasetColumn { name: column.name, kind: column.kind, meaning: column.meaning })
            .collect(),
    }
}
