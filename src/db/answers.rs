//! Answers kept for retries: found, kept in the effect's own transaction, forgotten after a week.

use diesel::OptionalExtension;
use diesel::QueryableByName;
use diesel::sql_types::{Binary, Bool, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::Error;

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

/// Keeps an answer; one of the same key that has had its time makes way.
pub async fn keep(conn: &mut AsyncPgConnection, asked: Asked<'_>, answer: &Answer) -> Result<(), Error> {
    diesel::sql_query(
        "INSERT INTO idempotent_answers (client, key, asked, location, etag, body, shows_a_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (client, key) DO UPDATE SET asked = EXCLUDED.asked, location = EXCLUDED.location,
             etag = EXCLUDED.etag, body = EXCLUDED.body, shows_a_name = EXCLUDED.shows_a_name, created_at = now()",
    )
    .bind::<Text, _>(asked.client)
    .bind::<Text, _>(asked.key)
    .bind::<Binary, _>(asked.digest)
    .bind::<Nullable<Text>, _>(&answer.location)
    .bind::<Nullable<Text>, _>(&answer.etag)
    .bind::<Binary, _>(&answer.body)
    .bind::<Bool, _>(answer.shows_a_name)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets answers that have had their time, and says how many.
pub async fn forget(conn: &mut AsyncPgConnection) -> Result<usize, Error> {
    let sql = "DELETE FROM idempotent_answers WHERE created_at <= now() - interval '7 days'";
    Ok(diesel::sql_query(sql).execute(conn).await?)
}
