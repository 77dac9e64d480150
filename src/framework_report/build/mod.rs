//! Builds the content of the document from rows and metrics. Pure functions without I/O.

mod completeness;
mod document;
mod figures;
mod ongoing_performance;
mod plan;
mod summary;
mod target_row;
mod trend;
mod worst_status;

pub use document::build_document;
