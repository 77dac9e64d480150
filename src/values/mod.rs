//! The basic types of rows, requests and responses. Layer 0 of the architecture.
//!
//! Each type states its bounds once. The OpenAPI schema is generated from these bounds, and the
//! server refuses requests that violate the schema. Values in handlers are therefore within their
//! bounds. The database repeats the bounds as domains.

pub mod address;
pub mod cells;
pub mod council_kind;
pub mod csv_file;
pub mod day;
pub mod external_id;
pub mod field_error;
mod json;
pub mod meeting_kind;
pub mod network;
pub mod number;
pub mod rule_errors;
pub mod tagged;
pub mod text;
mod text_enum;
pub mod text_form;

pub use cells::{Cell, Column, ColumnKind};
pub use council_kind::CouncilKind;
pub use csv_file::{ColumnError, CsvFile, CsvRow, UnknownColumns};
pub use day::{Day, Instant};
pub use external_id::ExternalId;
pub use field_error::FieldError;
pub use meeting_kind::MeetingKind;
pub use number::{Figure, Number, Percent};
pub use rule_errors::RuleErrors;
pub use text::{Code, Email, GssCode, Issuer, Prose, ShortText, Slug, Title, Url};
pub use text_form::TextForm;

pub use json::Listed;

pub(crate) use cells::columns;
pub(crate) use json::{as_jsonb, jsonb};
pub(crate) use tagged::tagged;
pub(crate) use text_enum::text_enum;
