//! Checks that the server can work with the database and that the database accepts writes.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tokio_postgres::SimpleQueryMessage;

use super::{Error, migrations};

const OLDEST_VERSION: i32 = 150_000;

/// The statement that reads the properties that [`check`] verifies. `reset_val` is the value of a
/// setting without the changes of this session.
const IDENTITY: &str = "SELECT current_setting('server_encoding') AS encoding,
    current_setting('server_version_num')::int AS version,
    pg_is_in_recovery() AS is_standby,
    COALESCE((SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only'), false)
        AS is_read_only,
    to_regclass('public.__diesel_schema_migrations') IS NOT NULL AS is_migrated";

#[derive(QueryableByName)]
struct Identity {
    #[diesel(sql_type = Text)]
    encoding: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Bool)]
    is_standby: bool,
    #[diesel(sql_type = Bool)]
    is_read_only: bool,
    #[diesel(sql_type = Bool)]
    is_migrated: bool,
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Array<Text>)]
    versions: Vec<String>,
}

/// Fails if the server does not support the encoding or the PostgreSQL version. Also fails if an
/// applied migration is unknown, or if the database does not accept writes.
pub async fn check(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let identity: Identity = diesel::sql_query(IDENTITY).get_result(conn).await?;
    let Identity { encoding, version, .. } = &identity;
    if encoding != "UTF8" {
        return Err(Error::Misconfigured(format!("the database's encoding is {encoding} and must be UTF8")));
    }
    if *version < OLDEST_VERSION {
        let major = version / 10_000;
        return Err(Error::Misconfigured(format!(
            "PostgreSQL {major} is older than the required version 15"
        )));
    }
    if identity.is_migrated {
        let applied: Applied = diesel::sql_query(
            "SELECT ARRAY(SELECT version::text FROM __diesel_schema_migrations ORDER BY version) AS versions",
        )
        .get_result(conn)
        .await?;
        migrations::check(&applied.versions)?;
    }
    if identity.is_standby {
        return Err(Error::ReadOnly("it is a standby server. Connect to the primary server".into()));
    }
    if identity.is_read_only {
        return Err(Error::ReadOnly("the setting default_transaction_read_only is on".into()));
    }
    Ok(())
}

/// The statement that returns whether the transactions of new sessions are read-only.
pub(super) const READS_ONLY: &str = "SELECT pg_is_in_recovery()
    OR (SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only')";

pub(super) fn reads_only(rows: &[SimpleQueryMessage]) -> bool {
    rows.iter().any(|row| matches!(row, SimpleQueryMessage::Row(row) if row.get(0) == Some("t")))
}
