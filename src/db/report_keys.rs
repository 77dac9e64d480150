//! What a report key may do just now: asked on every request that shows one.

use diesel::QueryableByName;
use diesel::sql_types::{Binary, Bool, Date, Uuid as SqlUuid};
use diesel::{OptionalExtension, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Error;
use crate::values::Day;

/// A key that counts.
#[derive(Debug, QueryableByName)]
pub struct Standing {
    /// Whether its use today is on record already.
    #[diesel(sql_type = Bool)]
    pub is_noted: bool,
}

/// The key with this secret's hash, unless it has ended, is revoked or does not exist.
pub async fn standing(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    secret_hash: &[u8],
    today: Day,
) -> Result<Option<Standing>, Error> {
    let sql = "SELECT last_used_on IS NOT DISTINCT FROM $3 AS is_noted FROM report_keys
               WHERE id = $1 AND secret_hash = $2 AND revoked_at IS NULL AND expires_at > now()";
    let asked = sql_query(sql).bind::<SqlUuid, _>(id).bind::<Binary, _>(secret_hash).bind::<Date, _>(today);
    Ok(asked.get_result(conn).await.optional()?)
}

/// Puts on record that the key is used today; of many requests at once the first one does.
pub async fn note_use(conn: &mut AsyncPgConnection, id: Uuid, today: Day) -> Result<(), Error> {
    let sql = "UPDATE report_keys SET last_used_on = $2 WHERE id = $1 AND last_used_on IS DISTINCT FROM $2";
    sql_query(sql).bind::<SqlUuid, _>(id).bind::<Date, _>(today).execute(conn).await?;
    Ok(())
}
