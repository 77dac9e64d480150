//! Bringing a database up to date.

use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Error;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Any number, the same for every server: two that start at once migrate one after the other.
const LOCK: &str = "SELECT pg_advisory_lock(6175411)";

/// Runs what has not run yet and says how many migrations that was. Needs a multi-thread runtime.
pub async fn run(mut conn: AsyncPgConnection) -> Result<usize, Error> {
    diesel::sql_query(LOCK).execute(&mut conn).await?;
    let mut harness = AsyncMigrationHarness::new(conn);
    let ran = tokio::task::block_in_place(|| {
        harness.run_pending_migrations(MIGRATIONS).map(|versions| versions.len()).map_err(|e| e.to_string())
    });
    ran.map_err(Error::Internal)
}

/// Takes every migration back, newest first, and says how many that was.
pub async fn revert(conn: AsyncPgConnection) -> Result<usize, Error> {
    let mut harness = AsyncMigrationHarness::new(conn);
    tokio::task::block_in_place(|| harness.revert_all_migrations(MIGRATIONS).map(|v| v.len()))
        .map_err(|error| Error::Internal(error.to_string()))
}
