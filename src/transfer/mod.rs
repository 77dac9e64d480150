//! Imports and exports of all tables, as a directory of CSV files that a person can edit. Layer 3
//! of the architecture. sample/README.md describes the format.
//!
//! An import reads every file and converts each CSV row to the body of an API request. It checks
//! all bodies with the API's schemas and rules, and then writes all rows in one transaction. An
//! import creates and updates rows, and deletes none. It deletes items of lists, such as
//! memberships and terms, that the list's own file no longer contains.

mod cells;
mod counts;
mod cross_row_rules;
mod error;
pub mod export;
mod files;
mod lists;
mod natural_keys;
mod plan;
mod records;
mod references;
mod request_bodies;
mod write;

use std::path::Path;

use diesel_async::AsyncPgConnection;

use crate::db;
use crate::values::UnknownColumns;
use crate::web::Contracts;

pub use counts::ImportCounts;
pub use error::{Error, ImportError};

/// The key of the advisory lock that an import takes. It must differ from the keys of other locks.
const LOCK_KEY: i64 = 6_175_412;

/// Waits for other imports and then prevents other imports until the transaction ends. Without a
/// transaction, prevents them until the connection closes. A concurrent import could create rows
/// that this import did not find.
pub async fn lock_imports(conn: &mut AsyncPgConnection) -> Result<(), db::Error> {
    db::lock(conn, LOCK_KEY).await
}

/// Imports a directory of CSV files. Checks all files first, and then writes all rows in one
/// transaction. The connection keeps the import lock, so the caller should close it afterwards.
pub async fn import(
    conn: &mut AsyncPgConnection,
    contracts: &Contracts,
    dir: &Path,
    unknown: UnknownColumns,
) -> Result<ImportCounts, Error> {
    let (records, errors) = records::read_files(dir, unknown)?;
    lock_imports(conn).await?;
    let keys = natural_keys::load(conn, &records).await?;
    let mut plan = plan::Plan::new(contracts, &records, keys, errors);
    request_bodies::add_all(&mut plan);
    let plan = cross_row_rules::check(plan)?;
    write::write(conn, &plan).await
}
