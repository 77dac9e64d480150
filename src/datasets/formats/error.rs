//! The errors that can occur while a dataset is written.

use std::io;

use rust_xlsxwriter::XlsxError;

use crate::web::file_response::is_full;

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the dataset has more rows than a worksheet may have")]
    TooManyRows,
    /// The disk has no space for the temporary file of the Excel workbook library.
    #[error("{0}")]
    StorageFull(String),
    /// Any other error while a dataset is written. Usually it is a disk error.
    #[error("{0}")]
    Broken(String),
}

macro_rules! broken_by {
    ($($error:ty),+) => { $(
        impl From<$error> for WriteError {
            fn from(error: $error) -> Self {
                Self::Broken(error.to_string())
            }
        }
    )+ };
}
broken_by!(io::Error, ::csv::Error, serde_json::Error);

impl From<XlsxError> for WriteError {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(error) if is_full(&error) => Self::StorageFull(error.to_string()),
            other => Self::Broken(other.to_string()),
        }
    }
}
