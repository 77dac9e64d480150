//! The commands `outturn import` and `outturn export`.

use std::path::Path;

use diesel::QueryDsl;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::database::{Database, block_on};
use super::error::CommandError;
use crate::config::Config;
use crate::transfer;
use crate::values::UnknownColumns;
use crate::web::Contracts;
use crate::{db, openapi, publications};

pub(super) fn import(config: &Config, dir: &Path, unknown: UnknownColumns) -> Result<(), CommandError> {
    let database = Database::open(config)?;
    block_on(async {
        database.migrate().await?;
        let counts = database.run("import", async |conn| import_dir(conn, dir, unknown).await).await?;
        print!("{counts}");
        Ok(())
    })
}

/// Imports a directory of CSV files if the database has no council and no framework.
pub(super) async fn import_if_empty(database: &Database, dir: &Path) -> Result<(), CommandError> {
    database
        .run("import", async |conn| {
            transfer::lock_imports(conn).await?;
            if is_empty(conn).await? {
                let counts = import_dir(conn, dir, UnknownColumns::Refuse).await?;
                tracing::info!(rows_created = counts.totals().0, "sample data imported");
            }
            Ok(())
        })
        .await
}

async fn import_dir(
    conn: &mut AsyncPgConnection,
    dir: &Path,
    unknown: UnknownColumns,
) -> Result<transfer::ImportCounts, CommandError> {
    let contracts = Contracts::compile(&openapi::document())?;
    db::in_transaction(conn, async |conn| {
        let counts = transfer::import(conn, &contracts, dir, unknown).await?;
        publications::check::check(conn).await?;
        Ok(counts)
    })
    .await
}

async fn is_empty(conn: &mut AsyncPgConnection) -> Result<bool, CommandError> {
    let councils: i64 = db::schema::councils::table.count().get_result(conn).await?;
    let frameworks: i64 = db::schema::frameworks::table.count().get_result(conn).await?;
    Ok(councils + frameworks == 0)
}

pub(super) fn export(config: &Config, dir: &Path) -> Result<(), CommandError> {
    let database = Database::open(config)?;
    block_on(async {
        database.migrate().await?;
        database.read(async |conn| Ok(transfer::export::export(conn, dir).await?)).await?;
        println!("written to {}", dir.display());
        Ok(())
    })
}
