//! Floor 0: the small values every row and every answer is made of.
//!
//! Each type states its bounds once: the published schema is generated from them and the server refuses what
//! breaks that schema, so a value that reached a handler is within bounds. The database repeats them as domains.

pub mod address;
pub mod csv_file;
pub mod day;
pub mod external_id;
pub mod fault;
pub mod findings;
mod json;
pub mod kinds;
pub mod network;
pub mod number;
pub mod table;
pub mod tagged;
pub mod text;
mod text_enum;
pub mod text_form;

pub use csv_file::{ColumnFault, CsvFile, CsvRow, UnknownColumns};
pub use day::{Day, Instant};
pub use external_id::ExternalId;
pub use fault::Fault;
pub use findings::Findings;
pub use kinds::{CouncilKind, MeetingKind};
pub use number::{Number, Percent};
pub use table::{Cell, Column, ColumnKind};
pub use text::{Code, Email, GssCode, Issuer, Line, Prose, Slug, Title, Url};
pub use text_form::TextForm;

pub use json::Listed;

pub(crate) use json::{as_jsonb, jsonb};
pub(crate) use table::columns;
pub(crate) use tagged::tagged;
pub(crate) use text_enum::text_enum;
