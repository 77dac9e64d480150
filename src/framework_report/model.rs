//! Query parameters and formats of the report.

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::{KnownFormat, SchemaFormat};

use crate::values::{Day, Instant, text_enum};

text_enum! {
    /// The file format of the report.
    pub enum DocumentFormat {
        /// One web page without other files, which prints on A4 landscape.
        Html = "html",
        /// A Word file with headings and tables, for editing.
        Docx = "docx",
        /// An Excel workbook with a summary and a row for each target, for sorting, filtering and
        /// calculating.
        Xlsx = "xlsx",
    }
}

/// The date and the file format of the report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The date of the figures. The default is today, or the day of `known_at` if it is sent. Later
    /// meetings and entries do not count. A date after the plan period is replaced by the last day
    /// of the plan period.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Derives the figures from the records as they were stored at this instant. Later changes to
    /// the records are ignored. The instant must not be in the future (422 `in_the_future`).
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// The file format of the report; `html` by default.
    #[param(inline)]
    pub format: Option<DocumentFormat>,
}

/// The file format of the report on a publication.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublishedReportQuery {
    /// The file format of the report; `html` by default.
    #[param(inline)]
    pub format: Option<DocumentFormat>,
}

/// The OpenAPI schema of a response that is a web page.
pub struct HtmlPage;

impl utoipa::PartialSchema for HtmlPage {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .description(Some("A self-contained web page with its style and charts, without scripts."))
            .max_length(Some(100_000_000))
            .pattern(Some(r"^[^\x00]+$"))
            .examples(["<!doctype html><html lang=\"en-GB\">...</html>"])
            .into()
    }
}

impl utoipa::ToSchema for HtmlPage {}

pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// The OpenAPI schema of a response that is a Word file.
pub struct DocxFile;

impl utoipa::PartialSchema for DocxFile {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("A Word file (Office Open XML)."))
            .max_length(Some(100_000_000))
            .examples(["PK..."])
            .into()
    }
}

impl utoipa::ToSchema for DocxFile {}
