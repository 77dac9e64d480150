//! Lines of bulk requests, before and after parsing.

use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::Validate;

use crate::values::{FieldError, ShortText, text_enum};

text_enum! {
    /// What a line of a bulk request does.
    pub enum LineOp {
        /// Create the row, or update it to the line's content.
        Put = "put",
        /// Delete the row.
        Delete = "delete",
    }
}

pub trait BulkLine: DeserializeOwned + Validate {
    /// Parses a CSV cell whose column contains neither texts nor numbers nor Booleans. Returns
    /// `None` for cells of all other columns.
    fn parse_cell(_column: &str, _cell: &str) -> Option<Value> {
        None
    }
}

#[derive(Debug)]
pub(super) struct RawLine {
    /// Index of the line in the request, from 0.
    pub(super) index: usize,
    pub(super) value: Result<Value, FieldError>,
}

/// A line of a bulk request after parsing and checking.
#[derive(Debug)]
pub struct ParsedLine<L> {
    /// Index of the line in the request, from 0.
    pub index: usize,
    /// The client's own reference for the line of the request. `None` if the reference is absent or
    /// invalid.
    pub client_ref: Option<ShortText>,
    /// The content of the line, or all field errors of the line. The JSON pointers of the field
    /// errors are relative to the line.
    pub line: Result<L, Vec<FieldError>>,
}
