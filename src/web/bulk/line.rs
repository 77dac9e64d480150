//! A line of a bulk request: what it does, and its states before and after it is parsed.

use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::Validate;

use crate::values::{FieldError, ShortText, text_enum};

text_enum! {
    /// What a line does.
    pub enum LineOp {
        /// Create the row, or update it to the line's content.
        Put = "put",
        /// Delete the row.
        Delete = "delete",
    }
}

/// A line of a bulk request.
pub trait BulkLine: DeserializeOwned + Validate {
    /// Parses a CSV cell whose value is neither a text nor a number nor a Boolean. Returns `None`
    /// for all other cells.
    fn parse_cell(_column: &str, _cell: &str) -> Option<Value> {
        None
    }
}

/// A line as it was sent, before it is checked.
#[derive(Debug)]
pub(super) struct RawLine {
    /// Its index in the request, from 0.
    pub(super) index: usize,
    pub(super) value: Result<Value, FieldError>,
}

/// A line after it was parsed and checked.
#[derive(Debug)]
pub struct ParsedLine<L> {
    /// Its index in the request, from 0.
    pub index: usize,
    /// The client's own reference of the line, if it is valid.
    pub client_ref: Option<ShortText>,
    /// The content of the line, or all its field errors with pointers relative to the line.
    pub line: Result<L, Vec<FieldError>>,
}
