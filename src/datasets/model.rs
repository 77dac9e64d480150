//! The JSON types of datasets: the query parameters, the catalogue, and the rows.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::schemas::DatasetRow;
use crate::rules::period::Interval;
use crate::values::{ColumnKind, Day, text_enum};
use crate::web::sheet;

text_enum! {
    /// The file format of a dataset.
    pub enum DatasetFormat {
        /// One JSON object with all rows.
        Json = "json",
        /// One JSON object for each row, each on a separate line of text.
        Ndjson = "ndjson",
        /// CSV as defined by RFC 4180.
        Csv = "csv",
        /// An Excel workbook with typed dates and percentages, of at most 1,048,575 rows.
        Xlsx = "xlsx",
    }
}

impl DatasetFormat {
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => sheet::MEDIA_TYPE,
        }
    }
}

/// Which rows of a dataset the response contains, and in which format.
#[derive(Debug, Clone, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DatasetQuery {
    /// The file format. Default: `json`.
    #[param(inline)]
    pub format: Option<DatasetFormat>,
    /// Only rows whose `occurred_on` is this day or later.
    #[param(inline)]
    pub occurred_from: Option<Day>,
    /// Only rows whose `occurred_on` is earlier than this day.
    #[param(inline)]
    pub occurred_until: Option<Day>,
    /// Only rows that belong to this framework. Only the datasets whose description in the
    /// catalogue lists this parameter accept it.
    pub framework_id: Option<Uuid>,
    /// The day for which figures are derived. Default: today. Only the datasets whose description
    /// in the catalogue lists this parameter accept it.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// The interval between two metrics of a series. Default: `month`. Only the datasets whose
    /// description in the catalogue lists this parameter accept it.
    #[param(inline)]
    pub interval: Option<Interval>,
}

/// The catalogue, which describes each dataset.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatasetCatalogue {
    /// The description of each dataset.
    #[schema(max_items = 100)]
    pub data: Vec<DatasetDescription>,
}

/// The description of a dataset.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatasetDescription {
    /// The dataset's name, which is the last segment of its path.
    #[schema(max_length = 64, pattern = "^[a-z][a-z0-9_]*$", example = "attendance")]
    pub dataset: &'static str,
    /// What one row of the dataset represents.
    #[schema(
        max_length = 1000,
        pattern = "^[^\\x00]+$",
        example = "One row for each line of a meeting's register."
    )]
    pub grain: &'static str,
    /// The meaning of the column `occurred_on`. The parameters `occurred_from` and `occurred_until`
    /// filter rows by this column.
    #[schema(
        max_length = 1000,
        pattern = "^[^\\x00]+$",
        example = "The day for which the meeting was first entered."
    )]
    pub occurred_on_meaning: &'static str,
    /// The query parameters that the dataset accepts.
    #[schema(max_items = 20)]
    pub parameters: Vec<ParameterName>,
    /// The columns of the dataset, in their order. New columns are only added at the end.
    #[schema(max_items = 100)]
    pub columns: Vec<DatasetColumn>,
}

/// The name of a query parameter of a dataset.
#[derive(Debug, Serialize, ToSchema)]
#[schema(max_length = 64, pattern = "^[a-z][a-z0-9_]*$", example = "format")]
pub struct ParameterName(pub &'static str);

/// A column of a dataset.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatasetColumn {
    /// The name of the column in the header and in JSON objects.
    #[schema(max_length = 64, pattern = "^[a-z][a-z0-9_]*$", example = "held_on")]
    pub name: &'static str,
    /// The type of the column's values.
    #[serde(rename = "type")]
    pub kind: ColumnKind,
    /// The meaning of the column's values.
    #[schema(max_length = 1000, pattern = "^[^\\x00]+$", example = "The day the meeting was held on.")]
    pub meaning: &'static str,
}

/// The response with the rows of a dataset in the format `json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatasetRows {
    /// The dataset's name.
    #[schema(max_length = 64, pattern = "^[a-z][a-z0-9_]*$", example = "meetings")]
    pub dataset: String,
    /// The rows, ordered by `occurred_on`. Each row has exactly the columns of the dataset.
    #[schema(max_items = 100_000_000)]
    pub data: Vec<DatasetRow>,
}
