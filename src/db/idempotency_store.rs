//! Answers kept for retries: found, kept in the effect's own transaction, deleted after a week or when their client has
//! more than its storage budget.

use diesel::OptionalExtension;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::Error;

/// How many bytes of answers are kept for one client; the oldest go first. See the column `idempotent_answers.bytes`.
pub const BUDGET: i64 = 64 << 20;

/// At most so many old answers are deleted for a new one. A budget that is exceeded by more is met by the next answers.
const DELETED_AT_ONCE: i64 = 10_000;

/// What is asked, by whom, under which key.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The client: keys of two clients never meet.
    pub client: &'a str,
    /// The client's key.
    pub key: &'a str,
    /// A digest of the operation, the query and the body.
    pub digest: &'a [u8],
}

/// An answer as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Where the new row is, if one row was made.
    pub location: Option<String>,
    /// Its entity tag.
    pub etag: Option<String>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// Whether the body shows a name.
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
    asked: Vec<u8>,
    #[diesel(sql_type = Nullable<Text>)]
    location: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    etag: Option<String>,
    #[diesel(sql_type = Binary)]
    body: Vec<u8>,
    #[diesel(sql_type = Bool)]
    shows_a_name: bool,
}

/// The answer that was kept for this request, if it was asked before. Until the transaction ends nobody else can ask
/// under the key: whoever tries meanwhile is told that it is in hand.
pub async fn find(conn: &mut AsyncPgConnection, asked: Asked<'_>) -> Result<Option<Answer>, Error> {
    let lock: Lock =
        diesel::sql_query("SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0)) AS taken")
            .bind::<Text, _>(asked.client)
            .bind::<Text, _>(asked.key)
            .get_result(conn)
            .await?;
    if !lock.taken {
        return Err(Error::InHand);
    }
    let kept: Option<Kept> = diesel::sql_query(
        "SELECT asked, location, etag, body, shows_a_name FROM idempotent_answers
         WHERE client = $1 AND key = $2 AND created_at > now() - interval '7 days'",
    )
    .bind::<Text, _>(asked.client)
    .bind::<Text, _>(asked.key)
    .get_result(conn)
    .await
    .optional()?;
    match kept {
        Some(kept) if kept.asked != asked.digest => Err(Error::AnotherAsked),
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

/// Keeps an answer in place of an expired one of the same key, and deletes the client's oldest ones above its budget. The
/// client's total is locked first, until the transaction ends: all changes of one client's answers happen in turn.
pub async fn keep(conn: &mut AsyncPgConnection, asked: Asked<'_>, answer: &Answer) -> Result<(), Error> {
    let total: Total = diesel::sql_query(include_str!("answers/keep.sql"))
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

/// Deletes a client's oldest answers until so many bytes are free, but never the one that was just kept.
async fn delete_oldest(conn: &mut AsyncPgConnection, asked: Asked<'_>, excess: i64) -> Result<(), Error> {
    diesel::sql_query(include_str!("answers/delete_oldest.sql"))
        .bind::<Text, _>(asked.client)
        .bind::<Text, _>(asked.key)
        .bind::<BigInt, _>(excess)
        .bind::<BigInt, _>(DELETED_AT_ONCE)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes expired answers, and returns how many. Each client's are deleted in a transaction of their own, which sums up the
/// client's total anew.
pub async fn forget(conn: &mut AsyncPgConnection) -> Result<usize, Error> {
    #[derive(QueryableByName)]
    struct Client {
        #[diesel(sql_type = Text)]
        client: String,
    }
    let clients = "SELECT DISTINCT client::text AS client FROM idempotent_answers
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
        "DELETE FROM idempotent_answers WHERE client = $1 AND created_at <= now() - interval '7 days'";
    let deleted = run(conn, expired).await?;
    let total = "UPDATE idempotent_clients c
                 SET bytes = (SELECT COALESCE(sum(a.bytes), 0) FROM idempotent_answers a WHERE a.client = c.client)
                 WHERE c.client = $1";
    run(conn, total).await?;
    run(conn, "DELETE FROM idempotent_clients WHERE client = $1 AND bytes = 0").await?;
    Ok(deleted)
}
