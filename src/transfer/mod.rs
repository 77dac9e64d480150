//! Floor 3: whole data sets in and out, as a directory of CSV files that a person can edit. sample/README.md tells
//! the format.
//!
//! An import reads every file, turns each line into the body that the API would take, checks all of it against the
//! same contracts and rules, and only then writes, all or nothing. It adds and changes rows, and never deletes one; of
//! the lists below rows (memberships, terms, ...) it deletes what a list's own file leaves out.

mod bodies;
mod cells;
mod checks;
mod counts;
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

pub use counts::Outcome;
pub use files::Flaw;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Every flaw that was found, by file and line.
    #[error("nothing was imported; {}:\n{}", counted(.0.len()), listed(.0))]
    Flaws(Vec<Flaw>),
    /// The directory cannot be read or written.
    #[error("{0}")]
    Io(String),
    /// The database refused, or is away.
    #[error("nothing was imported; the database says: {}", said(.0))]
    Database(#[from] db::Error),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

fn counted(flaws: usize) -> String {
    if flaws == 1 { "1 flaw".to_owned() } else { format!("{flaws} flaws") }
}

fn listed(flaws: &[Flaw]) -> String {
    flaws.iter().map(|flaw| format!("  {flaw}")).collect::<Vec<_>>().join("\n")
}

fn said(error: &db::Error) -> String {
    match error {
        db::Error::Invalid(faults) => {
            faults.iter().map(|fault| fault.detail.as_str()).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// Any number but the migrations'.
const LOCK: i64 = 6_175_412;

/// Keeps other imports away until the transaction ends or, without one, the connection closes: what one has found missing, another must not write meanwhile.
pub async fn keep_others_away(conn: &mut AsyncPgConnection) -> Result<(), db::Error> {
    db::lock(conn, LOCK).await
}

/// Imports a directory: everything is checked first, then written in one transaction. The connection should be
/// closed afterwards, since other imports wait for that.
pub async fn import(
    conn: &mut AsyncPgConnection,
    contracts: &Contracts,
    dir: &Path,
    unknown: UnknownColumns,
) -> Result<Outcome, Error> {
    let (records, flaws) = files::read(dir, unknown)?;
    keep_others_away(conn).await?;
    let known = keys::load(conn, &records).await?;
    let mut plan = plan::Plan::new(contracts, &records, known, flaws);
    bodies::add_all(&mut plan);
    let plan = checks::check(plan)?;
    write::write(conn, &plan).await
}
