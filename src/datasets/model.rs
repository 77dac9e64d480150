//! Reports on the wire: what is asked for, and the catalogue.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::schemas::ReportRow;
use crate::rules::period::Interval;
use crate::values::{ColumnKind, Day, text_enum};
use crate::web::sheet;

text_enum! {
    /// The form of a dataset.
    pub enum ReportFormat {
        /// One JSON object with all rows.
        Json = "json",
        /// A JSON object on each line, one a row.
        Ndjson = "ndjson",
        /// CSV as RFC 4180 has it.
        Csv = "csv",
        /// A workbook, with dates and percentages as such; of at most 1,048,575 rows.
        Xlsx = "xlsx",
    }
}

impl ReportFormat {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => sheet::MEDIA_TYPE,
        }
    }
}

/// Which rows of a dataset, and in which form.
#[derive(Debug, Clone, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The form; JSON if not said.
    #[param(inline)]
    pub format: Option<ReportFormat>,
    /// Only rows whose `occurred_on` is this day or later.
    #[param(inline)]
    pub occurred_from: Option<Day>,
    /// Only rows whose `occurred_on` is earlier than this day.
    #[param(inline)]
    pub occurred_until: Option<Day>,
    /// Only this framework; of datasets that say so.
    pub framework_id: Option<Uuid>,
    /// The date to read figures at; today if not said; of datasets that say so.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// How far the points lie apart, a month if not said; of datasets that say so.
    #[param(inline)]
    pub interval: Option<Interval>,
}

/// What datasets there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportCatalogue {
    /// The datasets.
    #[schema(max_items = 100)]
    pub data: Vec<ReportDataset>,
}

/// A dataset, and what is in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportDataset {
    /// Its name, the last part of its path.
    #[schema(max_length = 64, pattern = "^[a-z][a-z0-9_]*$", example = "attendance")]
    pub dataset: &'static str,
    /// What one row is.
    #[schema(
        max_length = 1000,
        pattern = "^[^\\x00]+$",
        example = "One row for each line of a meeting's register."
    )]
    pub grain: &'static str,
    /// Which day `occurred_on` is, by which the window goes.
    #[schema(
        max_length = 1000,
        pattern = "^[^\\x00]+$",
        example = "The day for which the meeting was first entered."
    )]
    pub occurred_on_meaning: &'static str,
    /// The parameters it takes.
    #[schema(max_items = 20)]
    pub parameters: Vec<ParameterName>,
    /// The columns, in order. Later versions add columns at the end, and do nothing else to them.
    #[schema(max_items = 100)]
    pub columns: Vec<ReportColumn>,
}

/// The name of a query parameter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(max_length = 64, pattern = "^[a-z][a-z0-9_]*$", example = "format")]
pub struct ParameterName(pub &'static str);

/// A column of a dataset.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportColumn {
    /// Its name, in the header and in objects.
    #[schema(max_length = 64, pattern = "^[a-z][a-z0-9_]*$", example = "held_on")]
    pub name: &'static str,
    /// What its cells hold.
    #[serde(rename = "type")]
    pub kind: ColumnKind,
    /// What it means.
    #[schema(max_length = 1000, pattern = "^[^\\x00]+$", example = "The day the meeting was held on.")]
    pub meaning: &'static str,
}

/// A dataset as one JSON object.
#[derive(Debug, Serialize, ToSchema)]
pub struct Report {
    /// The dataset's name.
    #[schema(max_length = 64, pattern = "^[a-z][a-z0-9_]*$", example = "meetings")]
    pub dataset: String,
    /// The rows, in the order of `occurred_on`. Each has the dataset's columns and no other.
    #[schema(max_items = 100_000_000)]
    pub data: Vec<ReportRow>,
}
