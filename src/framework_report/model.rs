//! What is asked for, and what the document's forms are on the wire.

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::{KnownFormat, SchemaFormat};

use crate::values::{Day, Instant, text_enum};

text_enum! {
    /// The form of the document.
    pub enum DocumentFormat {
        /// One web page with everything in it, made to be printed on A4 landscape.
        Html = "html",
        /// A Word file with headings and tables, to be worked on.
        Docx = "docx",
        /// A workbook with the summary and a row for each target, to be sorted, filtered and calculated with.
        Xlsx = "xlsx",
    }
}

/// At which date, and in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The date to read at, by when things happened; today if not said, and never past the plan year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Read what was known at this instant, and not what has been entered, corrected or deleted since; `as_at` is then that
    /// day if not said.
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// The form of the document; a web page if not said.
    #[param(inline)]
    pub format: Option<DocumentFormat>,
}

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublishedReportQuery {
    /// The form of the document; a web page if not said.
    #[param(inline)]
    pub format: Option<DocumentFormat>,
}

/// A web page, as the document has it.
pub struct HtmlPage;

impl utoipa::PartialSchema for HtmlPage {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .description(Some("A web page: its style and its pictures are in it, and it runs nothing."))
            .max_length(Some(100_000_000))
            .pattern(Some(r"^[^\x00]+$"))
            .examples(["<!doctype html><html lang=\"en-GB\">...</html>"])
            .into()
    }
}

impl utoipa::ToSchema for HtmlPage {}

/// The media type of a Word file.
pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A Word file, as the document has it.
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
