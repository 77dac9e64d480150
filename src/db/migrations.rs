//! Runs and reverts the migrations of a database.

use std::collections::BTreeSet;

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Error;
use super::transaction::{self, lock};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Key of the advisory lock for migrations: an arbitrary number that all servers share. Two servers
/// that start at the same time migrate one after the other.
const LOCK: i64 = 6_175_411;

/// The error text for a database of a build that is older than the first migration. It says how to
/// move the data.
const EARLIER_BUILD: &str = "an earlier build of outturn created the tables. Run `outturn export` of that build, create a new database, and run `outturn import` of this build";

/// Runs pending migrations and returns their number. Needs a multi-thread runtime. If the
/// connection is in a transaction, all migrations run in that transaction, which is then committed.
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

/// Fails if an applied migration is unknown to this program. A version below the first migration
/// belongs to a build that is older than the first migration.
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
            "this version of outturn does not know the migration {version}. Upgrade outturn, or restore a backup from before that migration"
        ))),
    }
}

/// Reverts all migrations, newest first, and returns their number.
pub async fn revert(conn: AsyncPgConnection) -> Result<usize, Error> {
    let mut harness = AsyncMigrationHarness::new(conn);
    tokio::task::block_in_place(|| harness.revert_all_migrations(MIGRATIONS).map(|v| v.len()))
        .map_err(|error| Error::Internal(error.to_string()))
}
