//! The current state of a dataset key. It is read for every request with a key.

use diesel::QueryableByName;
use diesel::sql_types::{Binary, Bool, Date, Uuid as SqlUuid};
use diesel::{OptionalExtension, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Error;
use crate::values::Day;

/// A valid key.
#[derive(Debug, QueryableByName)]
pub struct ValidKey {
    /// Whether its use today is already recorded.
    #[diesel(sql_type = Bool)]
    pub is_noted: bool,
}

/// Returns the key with this secret's hash, unless it has expired, is revoked or does not exist.
pub async fn standing(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    secret_hash: &[u8],
    today: Day,
) -> Result<Option<ValidKey>, Error> {
    let sql = "SELECT last_used_on IS NOT DISTINCT FROM $3 AS is_noted FROM dataset_keys
               WHERE id = $1 AND secret_hash = $2 AND revoked_at IS NULL AND expires_at > now()";
    let asked = sql_query(sql).bind::<SqlUuid, _>(id).bind::<Binary, _>(secret_hash).bind::<Date, _>(today);
    Ok(asked.get_result(conn).await.optional()?)
}

/// Records that the key is used today. Of several concurrent requests, the first one writes.
pub async fn note_use(conn: &mut AsyncPgConnection, id: Uuid, today: Day) -> Result<(), Error> {
    let sql = "UPDATE dataset_keys SET last_used_on = $2 WHERE id = $1 AND last_used_on IS DISTINCT FROM $2";
    sql_query(sql).bind::<SqlUuid, _>(id).bind::<Date, _>(today).execute(conn).await?;
    Ok(())
}
