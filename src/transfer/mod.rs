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
mod error;
pub mod export;
mod files;
mod keys;
mod lists;
mod plan;
mod records;
mod references;
mod write;

use std::path::Path;

use diesel_async::AsyncPgConnection;

use crate::db;
use crate::values::UnknownColumns;
use crate::web::Contracts;

pub use counts::ImportCounts;
pub use error::{Error, ImportError};

/// The key of the advisory lock of imports. It must differ from the keys of other locks.
const LOCK_KEY: i64 = 6_175_412;

/// Locks out other imports until the transaction ends or, without a transaction, the connection
/// closes. Otherwise another import could create rows that this import did not find.
pub async fn lock_imports(conn: &mut AsyncPgConnection) -> Result<(), db::Error> {
    db::lock(conn, LOCK_KEY).await
}

/// Imports a directory: checks everything first, then writes it in one transaction. The caller
/// should close the connection afterwards, because other imports wait for that.
pub async fn import(
    conn: &mut AsyncPgConnection,
    contracts: &Contracts,
    dir: &Path,
    unknown: UnknownColumns,
) -> Result<ImportCounts, Error> {
    let (records, errors) = records::read_files(dir, unknown)?;
    lock_imports(conn).await?;
    let keys = keys::load(conn, &records).await?;
    let mut plan = plan::Plan::new(contracts, &records, keys, errors);
    bodies::add_all(&mut plan);
    let plan = cross_row_rules::check(plan)?;
    write::write(conn, &plan).await
}
