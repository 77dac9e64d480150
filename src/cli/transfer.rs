//! `outturn import` and `outturn export`.

use std::path::Path;

use diesel::QueryDsl;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::Failure;
use super::database::{Database, block_on};
use crate::config::Config;
use crate::transfer;
use crate::web::Contracts;
use crate::{api, db};

/// Imports a directory, and prints how many rows it made and changed.
pub(super) fn import(config: &Config, dir: &Path) -> Result<(), Failure> {
    let database = Database::open(config)?;
    block_on(async {
        database.migrate().await?;
        println!("{}", read_in(&mut database.connect_as_operator("import").await?, dir).await?);
        Ok(())
    })
}

/// Imports a directory if the database has no council and no framework yet.
pub(super) async fn import_if_empty(database: &Database, dir: &Path) -> Result<(), Failure> {
    let conn = &mut database.connect_as_operator("import").await?;
    transfer::keep_others_away(conn).await?;
    if is_empty(conn).await? {
        let outcome = read_in(conn, dir).await?;
        tracing::info!(created = outcome.totals().0, "the sample was imported");
    }
    Ok(())
}

async fn read_in(conn: &mut AsyncPgConnection, dir: &Path) -> Result<transfer::Outcome, Failure> {
    let contracts = Contracts::compile(&api::document())?;
    Ok(transfer::import(conn, &contracts, dir).await?)
}

async fn is_empty(conn: &mut AsyncPgConnection) -> Result<bool, Failure> {
    let councils: i64 = db::schema::councils::table.count().get_result(conn).await?;
    let frameworks: i64 = db::schema::frameworks::table.count().get_result(conn).await?;
    Ok(councils + frameworks == 0)
}

/// Exports the database into a directory.
pub(super) fn export(config: &Config, dir: &Path) -> Result<(), Failure> {
    let database = Database::open(config)?;
    block_on(async {
        database.migrate().await?;
        transfer::export::export(&mut database.connect().await?, dir).await?;
        println!("written to {}", dir.display());
        Ok(())
    })
}
