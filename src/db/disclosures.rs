//! Records of who reads names of persons, and in which rows. A record is stored before the response
//! is sent.

use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Error;

/// Records that the actor of the transaction reads names of persons in these rows.
pub async fn create(conn: &mut AsyncPgConnection, resource: &str, rows: &[Uuid]) -> Result<(), Error> {
    diesel::sql_query(
        "INSERT INTO disclosures (id, actor_kind, account_id, actor, operation, request_id, resource, row_ids)
         SELECT $1, actor ->> 'kind', (actor ->> 'account')::uuid, actor ->> 'name', actor ->> 'operation',
                actor ->> 'request_id', $2, $3
         FROM (SELECT current_setting('outturn.actor')::jsonb AS actor) AS acting",
    )
    .bind::<SqlUuid, _>(Uuid::now_v7())
    .bind::<Text, _>(resource)
    .bind::<Array<SqlUuid>, _>(rows)
    .execute(conn)
    .await?;
    Ok(())
}
