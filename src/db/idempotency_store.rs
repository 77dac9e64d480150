//! The idempotency store. A response is stored in the transaction of its effect. It is deleted
//! after a week, or when its client exceeds the storage budget.

use diesel::OptionalExtension;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::Error;

/// How many bytes of responses are stored for one client. The oldest are deleted first. See the
/// column `idempotent_responses.bytes`.
pub const BUDGET: i64 = 64 << 20;

/// The maximum number of old responses that are deleted for a new one. If this is not enough, later
/// requests delete the rest.
const DELETED_AT_ONCE: i64 = 10_000;

/// A request with an idempotency key.
#[derive(Debug, Clone, Copy)]
pub struct StoredRequest<'a> {
    /// The client. Equal keys of two clients are independent.
    pub client: &'a str,
    /// The client's key.
    pub key: &'a str,
    /// A digest of the operation, the query, the body and the caller's rights.
    pub digest: &'a [u8],
}

/// A response as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The location of the new row, if one row was created.
    pub location: Option<String>,
    /// Its entity tag.
    pub etag: Option<String>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// Whether the body contains a person's name.
    pub shows_a_name: bool,
}

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Binary)]
    request_digest: Vec<u8>,
    #[diesel(sql_type = Nullable<Text>)]
    location: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    etag: Option<String>,
    #[diesel(sql_type = Binary)]
    body: Vec<u8>,
    #[diesel(sql_type = Bool)]
    shows_a_name: bool,
}

/// Returns the stored response if this request was sent before. Locks the key until the transaction
/// ends: a concurrent request with the same key fails with [`Error::InProgress`].
pub async fn find(conn: &mut AsyncPgConnection, asked: StoredRequest<'_>) -> Result<Option<Answer>, Error> {
    let lock: Lock =
        diesel::sql_query("SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0)) AS taken")
            .bind::<Text, _>(asked.client)
            .bind::<Text, _>(asked.key)
            .get_result(conn)
            .await?;
    if !lock.taken {
        return Err(Error::InProgress);
    }
    let kept: Option<Kept> = diesel::sql_query(
        "SELECT request_digest, location, etag, body, shows_a_name FROM idempotent_responses
         WHERE client = $1 AND key = $2 AND created_at > now() - interval '7 days'",
    )
    .bind::<Text, _>(asked.client)
    .bind::<Text, _>(asked.key)
    .get_result(conn)
    .await
    .optional()?;
    match kept {
        Some(kept) if kept.request_digest != asked.digest => Err(Error::KeyReused),
        kept => Ok(kept.map(|Kept { location, etag, body, shows_a_name, .. }| Answer {
            location,
            etag,
            body,
            shows_a_name,
        })),
    }
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// Stores a response in place of an expired one with the same key, and deletes the client's oldest
/// ones above its budget. The client's total is locked first, until the transaction ends. So all
/// changes of one client's responses happen one after the other.
pub async fn keep(
    conn: &mut AsyncPgConnection,
    asked: StoredRequest<'_>,
    answer: &Answer,
) -> Result<(), Error> {
    let total: Total = diesel::sql_query(include_str!("idempotency_store/keep.sql"))
        .bind::<Text, _>(asked.client)
        .bind::<Text, _>(asked.key)
        .bind::<Binary, _>(asked.digest)
        .bind::<Nullable<Text>, _>(&answer.location)
        .bind::<Nullable<Text>, _>(&answer.etag)
        .bind::<Binary, _>(&answer.body)
        .bind::<Bool, _>(answer.shows_a_name)
        .get_result(conn)
        .await?;
    if total.bytes > BUDGET { delete_oldest(conn, asked, total.bytes - BUDGET).await } else { Ok(()) }
}

/// Deletes a client's oldest responses until this many bytes are free, but never the one that was
/// just stored.
async fn delete_oldest(
    conn: &mut AsyncPgConnection,
    asked: StoredRequest<'_>,
    excess: i64,
) -> Result<(), Error> {
    diesel::sql_query(include_str!("idempotency_store/delete_oldest.sql"))
        .bind::<Text, _>(asked.client)
        .bind::<Text, _>(asked.key)
        .bind::<BigInt, _>(excess)
        .bind::<BigInt, _>(DELETED_AT_ONCE)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes expired responses, and returns how many. Each client's responses are deleted in a
/// transaction of their own, which computes the client's total again.
pub async fn purge_expired(conn: &mut AsyncPgConnection) -> Result<usize, Error> {
    #[derive(QueryableByName)]
    struct Client {
        #[diesel(sql_type = Text)]
        client: String,
    }
    let clients = "SELECT DISTINCT client::text AS client FROM idempotent_responses
                   WHERE created_at <= now() - interval '7 days'";
    let clients: Vec<Client> = diesel::sql_query(clients).load(conn).await?;
    let mut deleted = 0;
    for Client { client } in clients {
        deleted += conn.transaction(async |conn| delete_expired(conn, &client).await).await?;
    }
    Ok(deleted)
}

async fn delete_expired(conn: &mut AsyncPgConnection, client: &str) -> Result<usize, Error> {
    let run = async |conn: &mut AsyncPgConnection, sql: &str| {
        diesel::sql_query(sql).bind::<Text, _>(client).execute(conn).await
    };
    run(conn, "SELECT FROM idempotent_clients WHERE client = $1 FOR UPDATE").await?;
    let expired =
        "DELETE FROM idempotent_responses WHERE client = $1 AND created_at <= now() - interval '7 days'";
    let deleted = run(conn, expired).await?;
    let total = "UPDATE idempotent_clients c
                 SET bytes = (SELECT COALESCE(sum(a.bytes), 0) FROM idempotent_responses a WHERE a.client = c.client)
                 WHERE c.client = $1";
    run(conn, total).await?;
    run(conn, "DELETE FROM idempotent_clients WHERE client = $1 AND bytes = 0").await?;
    Ok(deleted)
}
