//! Runs and reverts the migrations of a database.

use std::collections::BTreeSet;

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Error;
use super::transaction::{self, lock};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// The key of an advisory lock: any number, the same for every server. Two servers that start at
/// once migrate one after the other.
const LOCK: i64 = 6_175_411;

/// How to carry the data over from a build from before the baseline.
const EARLIER_BUILD: &str = "an earlier build of outturn created its tables; run `outturn export` of that build, create a new database, and run `outturn import` of this build";

/// Runs pending migrations, and returns how many. Needs a multi-thread runtime. If a transaction
/// has begun, all of them run in it, and it is committed.
pub async fn run(mut conn: AsyncPgConnection) -> Result<usize, Error> {
    lock(&mut conn, LOCK).await?;
    let mut harness = AsyncMigrationHarness::new(conn);
    let ran = tokio::task::block_in_place(|| {
        harness.run_pending_migrations(MIGRATIONS).map(|versions| versions.len()).map_err(|e| e.to_string())
    });
    let ran = ran.map_err(Error::Internal)?;
    transaction::commit(&mut harness.into_inner()).await?;
    Ok(ran)
}

/// Checks that every applied migration is one of this program. A version before the first migration
/// belongs to a build from before the baseline.
pub(super) fn check(applied: &[String]) -> Result<(), Error> {
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS);
    let migrations = migrations.map_err(|error| Error::Internal(error.to_string()))?;
    let known: BTreeSet<String> =
        migrations.iter().map(|migration| migration.name().version().to_string()).collect();
    match applied.iter().find(|version| !known.contains(*version)) {
        None => Ok(()),
        Some(version) if known.first().is_some_and(|first| version < first) => {
            Err(Error::Misconfigured(EARLIER_BUILD.into()))
        }
        Some(version) => Err(Error::NewerSchema(format!(
            "migration {version} is not known to this version of outturn; upgrade it, or restore a backup from before"
        ))),
    }
}

/// Reverts every migration, newest first, and returns how many.
pub async fn revert(conn: AsyncPgConnection) -> Result<usize, Error> {
    let mut harness = AsyncMigrationHarness::new(conn);
    tokio::task::block_in_place(|| harness.revert_all_migrations(MIGRATIONS).map(|v| v.len()))
        .map_err(|error| Error::Internal(error.to_string()))
}
