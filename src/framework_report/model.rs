//! Query parameters and formats of the report.

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::{KnownFormat, SchemaFormat};

use crate::values::{Day, Instant, text_enum};

text_enum! {
    /// The format of the document.
    pub enum DocumentFormat {
        /// One self-contained web page, which prints on A4 landscape.
        Html = "html",
        /// A Word file with headings and tables, for editing.
        Docx = "docx",
        /// An Excel workbook with the summary and a row for each target, for sorting, filtering and
        /// calculating.
        Xlsx = "xlsx",
    }
}

/// The date and the format of the document.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The date as of which figures are derived, by the dates of the records. Default: today, or
    /// the day of `known_at`. After the plan year's last day the figures are those of that day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Read the records as they were at this instant, without later changes. It must not be in the
    /// future (422 `in_the_future`).
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// The format. Default: `html`.
    #[param(inline)]
    pub format: Option<DocumentFormat>,
}

/// The format of the document.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublishedReportQuery {
    /// The format. Default: `html`.
    #[param(inline)]
    pub format: Option<DocumentFormat>,
}

/// The OpenAPI schema for a web page.
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

/// The OpenAPI schema for a Word file.
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
