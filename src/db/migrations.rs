//! Runs and reverts the migrations of a database.

use std::collections::HashSet;

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

/// Returns the first of these versions that is not a migration of this program.
pub(super) fn first_unknown(versions: &[String]) -> Result<Option<String>, Error> {
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS);
    let migrations = migrations.map_err(|error| Error::Internal(error.to_string()))?;
    let known: HashSet<String> =
        migrations.iter().map(|migration| migration.name().version().to_string()).collect();
    Ok(versions.iter().find(|version| !known.contains(*version)).cloned())
}

/// Reverts every migration, newest first, and returns how many.
pub async fn revert(conn: AsyncPgConnection) -> Result<usize, Error> {
    let mut harness = AsyncMigrationHarness::new(conn);
    tokio::task::block_in_place(|| harness.revert_all_migrations(MIGRATIONS).map(|v| v.len()))
        .map_err(|error| Error::Internal(error.to_string()))
}
