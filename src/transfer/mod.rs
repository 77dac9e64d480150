//! Layer 3: imports and exports of whole data sets, as a directory of CSV files that a person can
//! edit. sample/README.md describes the format.
//!
//! An import reads every file and converts each line to the body of an API request. It checks all
//! bodies against the same contracts and rules as the API, and then writes all of them in one
//! transaction. It creates and updates rows, and never deletes one. Items of lists (memberships,
//! terms, ...) are deleted if the list's own file does not contain them.

mod bodies;
mod cells;
mod counts;
mod cross_row_rules;
pub mod export;
mod files;
mod keys;
mod plan;
mod write;

use std::path::Path;

use diesel_async::AsyncPgConnection;

use crate::db;
use crate::values::UnknownColumns;
use crate::web::Contracts;

pub use counts::ImportCounts;
pub use files::ImportError;

/// The error of an import or export.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// All errors of the files, each with its file and line.
    #[error("nothing was imported; {}:\n{}", counted(.0.len()), listed(.0))]
    Invalid(Vec<ImportError>),
    /// The directory cannot be read or written.
    #[error("{0}")]
    Io(String),
    /// The database refused the import or is unavailable.
    #[error("nothing was imported; database error: {}", said(.0))]
    Database(#[from] db::Error),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

fn counted(errors: usize) -> String {
    if errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") }
}

fn listed(errors: &[ImportError]) -> String {
    errors.iter().map(|error| format!("  {error}")).collect::<Vec<_>>().join("\n")
}

fn said(error: &db::Error) -> String {
    match error {
        db::Error::Invalid(faults) => {
            faults.iter().map(|fault| fault.detail.as_str()).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// The key of the advisory lock of imports. It must differ from those of other locks.
const LOCK: i64 = 6_175_412;

/// Locks out other imports until the transaction ends or, without a transaction, the connection
/// closes. Otherwise another import could create rows that this one has found to be missing.
pub async fn keep_others_away(conn: &mut AsyncPgConnection) -> Result<(), db::Error> {
    db::lock(conn, LOCK).await
}

/// Imports a directory: checks everything first, then writes it in one transaction. The caller
/// should close the connection afterwards, because other imports wait for that.
pub async fn import(
    conn: &mut AsyncPgConnection,
    contracts: &Contracts,
    dir: &Path,
    unknown: UnknownColumns,
) -> Result<ImportCounts, Error> {
    let (records, errors) = files::read(dir, unknown)?;
    keep_others_away(conn).await?;
    let known = keys::load(conn, &records).await?;
    let mut plan = plan::Plan::new(contracts, &records, known, errors);
    bodies::add_all(&mut plan);
    let plan = cross_row_rules::check(plan)?;
    write::write(conn, &plan).await
}
