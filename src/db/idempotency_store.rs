//! The idempotency store. A response is stored in the transaction that produced it. A response is
//! deleted after a week, or when its client exceeds the storage budget.

use diesel::OptionalExtension;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::{Error, Statement};

/// Maximum total size in bytes of the responses that are stored for one client. The oldest
/// responses are deleted first. The column `idempotent_responses.bytes` contains the size of each
/// response.
pub const BUDGET: i64 = 64 << 20;

/// Maximum number of old responses that are deleted when one response is stored. Later requests
/// delete further responses.
const MAX_DELETED: i64 = 10_000;

#[derive(Debug, Clone, Copy)]
pub struct StoredRequest<'a> {
    /// The client that sent the request. Two clients may use the same idempotency key for different
    /// requests.
    pub client: &'a str,
    pub key: &'a str,
    pub digest: &'a [u8],
}

#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Answer {
    /// The path of the created row. `None` if the request did not create exactly one row.
    #[diesel(sql_type = Nullable<Text>)]
    pub location: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub etag: Option<String>,
    #[diesel(sql_type = Binary)]
    pub body: Vec<u8>,
    #[diesel(sql_type = Bool)]
    pub shows_a_name: bool,
}

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

#[derive(QueryableByName)]
struct StoredResponse {
    #[diesel(sql_type = Binary)]
    request_digest: Vec<u8>,
    #[diesel(embed)]
    answer: Answer,
}

/// Returns the stored response, if the same request was sent before. Locks the idempotency key
/// until the transaction ends. Fails with [`Error::InProgress`] while a concurrent request has the
/// same key. Fails with [`Error::KeyReused`] if a different request had the same key.
pub async fn find(conn: &mut AsyncPgConnection, request: StoredRequest<'_>) -> Result<Option<Answer>, Error> {
    let lock: Lock =
        Statement::new("SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0)) AS taken")
            .bind::<Text, _>(request.client)
            .bind::<Text, _>(request.key)
            .get_result(conn)
            .await?;
    if !lock.taken {
        return Err(Error::InProgress);
    }
    let stored: Option<StoredResponse> = Statement::new(
        "SELECT request_digest, location, etag, body, shows_a_name FROM idempotent_responses
         WHERE client = $1 AND key = $2 AND created_at > now() - interval '7 days'",
    )
    .bind::<Text, _>(request.client)
    .bind::<Text, _>(request.key)
    .get_result(conn)
    .await
    .optional()?;
    match stored {
        Some(stored) if stored.request_digest != request.digest => Err(Error::KeyReused),
        Some(stored) => {
            wait_for_replication(conn).await?;
            Ok(Some(stored.answer))
        }
        None => Ok(None),
    }
}

/// Lets the commit of this transaction wait until a synchronous standby has all earlier commits, as
/// after a write. Otherwise a promotion could lose the write whose response is sent again.
async fn wait_for_replication(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let message = "SELECT pg_logical_emit_message(true, 'outturn', '') WHERE NOT pg_is_in_recovery()";
    Statement::new(message).execute(conn).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// Stores a response and replaces an expired response with the same idempotency key. Deletes the
/// client's oldest responses if their total size exceeds the budget. First locks the row with the
/// client's total, so changes to the responses of one client are serialised.
pub async fn store(
    conn: &mut AsyncPgConnection,
    request: StoredRequest<'_>,
    answer: &Answer,
) -> Result<(), Error> {
    let total: Total = Statement::new(include_str!("idempotency_store/store.sql"))
        .bind::<Text, _>(request.client)
        .bind::<Text, _>(request.key)
        .bind::<Binary, _>(request.digest)
        .bind::<Nullable<Text>, _>(&answer.location)
        .bind::<Nullable<Text>, _>(&answer.etag)
        .bind::<Binary, _>(&answer.body)
        .bind::<Bool, _>(answer.shows_a_name)
        .get_result(conn)
        .await?;
    if total.bytes > BUDGET { delete_oldest(conn, request, total.bytes - BUDGET).await } else { Ok(()) }
}

/// Deletes a client's oldest responses until `excess` bytes are free. Never deletes the response
/// that was just stored.
async fn delete_oldest(
    conn: &mut AsyncPgConnection,
    request: StoredRequest<'_>,
    excess: i64,
) -> Result<(), Error> {
    Statement::new(include_str!("idempotency_store/delete_oldest.sql"))
        .bind::<Text, _>(request.client)
        .bind::<Text, _>(request.key)
        .bind::<BigInt, _>(excess)
        .bind::<BigInt, _>(MAX_DELETED)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes expired responses and returns their number. Each client's responses are deleted in a
/// separate transaction, which also computes the client's total again.
pub async fn purge_expired(conn: &mut AsyncPgConnection) -> Result<usize, Error> {
    #[derive(QueryableByName)]
    struct Client {
        #[diesel(sql_type = Text)]
        client: String,
    }
    let clients = "SELECT DISTINCT client::text AS client FROM idempotent_responses
                   WHERE created_at <= now() - interval '7 days'";
    let clients: Vec<Client> = Statement::new(clients).load(conn).await?;
    let mut deleted = 0;
    for Client { client } in clients {
        deleted += conn.transaction(async |conn| delete_expired(conn, &client).await).await?;
    }
    Ok(deleted)
}

async fn delete_expired(conn: &mut AsyncPgConnection, client: &str) -> Result<usize, Error> {
    let run = async |conn: &mut AsyncPgConnection, sql: &'static str| {
        Statement::new(sql).bind::<Text, _>(client).execute(conn).await
    };
    run(conn, "SELECT FROM idempotent_clients WHERE client = $1 FOR UPDATE").await?;
    let expired =
        "DELETE FROM idempotent_responses WHERE client = $1 AND created_at <= now() - interval '7 days'";
    let deleted = run(conn, expired).await?;
    let total = "UPDATE idempotent_clients c
                 SET bytes = (SELECT COALESCE(sum(r.bytes), 0) FROM idempotent_responses r WHERE r.client = c.client)
                 WHERE c.client = $1";
    run(conn, total).await?;
    run(conn, "DELETE FROM idempotent_clients WHERE client = $1 AND bytes = 0").await?;
    Ok(deleted)
}
