//! SQL statements for sessions. A session ends when its row is deleted. Its access tokens are then
//! refused.

use diesel::sql_types::{BigInt, Binary, Bool, Double, Nullable, Text, Uuid as SqlUuid};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryableByName, sql_query,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{RefreshToken, ReuseTime};
use crate::accounts::secrets;
use crate::db::Error;
use crate::db::schema::sessions;

/// The longest time between two refreshes of a session.
const MAX_IDLE_TIME: &str = "interval '12 hours'";
const MAX_SESSION_AGE: &str = "interval '14 days'";

/// When a session expires after a refresh token was issued.
#[derive(Debug, QueryableByName)]
pub struct Expiry {
    /// Seconds until the session expires if the refresh token is not used.
    #[diesel(sql_type = BigInt)]
    pub expires_in: i64,
}

/// Creates a session for a user whose password was just verified. Returns `None` if the stored hash
/// no longer equals `password_hash`, or if the user is revoked.
pub async fn begin(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    password_hash: &str,
    token: &RefreshToken,
) -> Result<Option<Expiry>, Error> {
    // The row lock waits for a concurrent change of the password, which ends the existing sessions.
    let sql = format!(
        "INSERT INTO sessions (id, account_id, token_hash, expires_at)
         SELECT $1, id, $2, now() + {MAX_IDLE_TIME} FROM accounts
         WHERE id = $3 AND secret_hash = $4 AND revoked_at IS NULL FOR SHARE
         RETURNING extract(epoch FROM expires_at - now())::bigint AS expires_in"
    );
    let insert = sql_query(sql)
        .bind::<SqlUuid, _>(token.session)
        .bind::<Binary, _>(token.hash())
        .bind::<SqlUuid, _>(account)
        .bind::<Text, _>(password_hash);
    Ok(insert.get_result(conn).await.optional()?)
}

/// What the database contains about a refresh token and its session.
#[derive(Debug, QueryableByName)]
pub struct StoredToken {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    /// Whether the refresh token is the session's current token or one of its used tokens.
    #[diesel(sql_type = Bool)]
    is_of_session: bool,
    #[diesel(sql_type = Bool)]
    is_expired: bool,
    #[diesel(sql_type = Bool)]
    is_revoked: bool,
}

impl StoredToken {
    /// Returns the account that owns the session of the refresh token. Fails with the reason why
    /// the token cannot be exchanged.
    pub fn account(&self) -> Result<Uuid, &'static str> {
        match self {
            Self { is_of_session: false, .. } => Err("the refresh token does not belong to its session"),
            Self { is_revoked: true, .. } => Err("the account of the session is revoked"),
            Self { is_expired: true, .. } => Err("the session has expired"),
            Self { account_id, .. } => Ok(*account_id),
        }
    }
}

/// Finds the session to which a refresh token belongs. Changes nothing.
pub async fn find(
    conn: &mut AsyncPgConnection,
    presented: &RefreshToken,
) -> Result<Option<StoredToken>, Error> {
    let sql =
        "SELECT s.account_id, s.expires_at <= now() AS is_expired, a.revoked_at IS NOT NULL AS is_revoked,
                   s.token_hash = $2 OR EXISTS (
                       SELECT FROM used_refresh_tokens u WHERE u.session_id = s.id AND u.token_hash = $2
                   ) AS is_of_session
               FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.id = $1";
    let found = sql_query(sql).bind::<SqlUuid, _>(presented.session).bind::<Binary, _>(presented.hash());
    Ok(found.get_result(conn).await.optional()?)
}

#[derive(Debug)]
pub struct Renewed {
    pub token: RefreshToken,
    /// Seconds until the refresh token expires if it is not used.
    pub expires_in: i64,
}

/// Exchanges a session's refresh token for the next refresh token.
///
/// Within the reuse time, a token that was exchanged before returns the same next token again. The
/// next token itself cannot be exchanged until the reuse time is over, so all concurrent callers
/// get the same token. After the reuse time, a used token may be a stolen token, and its use ends
/// the session (RFC 9700). A token that never belonged to the session changes nothing.
pub async fn renew(
    conn: &mut AsyncPgConnection,
    presented: &RefreshToken,
    reuse: ReuseTime,
) -> Result<Option<Renewed>, Error> {
    let mut token = presented.clone();
    loop {
        let salt = secrets::random()?;
        let next = token.successor(&salt);
        if let Some(Expiry { expires_in }) = exchange(conn, &token, &next, &salt, reuse).await? {
            return Ok(Some(Renewed { token: next, expires_in }));
        }
        match find_accepted(conn, &token, reuse).await? {
            Some(AcceptedToken { salt: Some(salt), .. }) => token = token.successor(&salt),
            Some(AcceptedToken { expires_in, .. }) => return Ok(Some(Renewed { token, expires_in })),
            None => break,
        }
    }
    if end_if_used(conn, presented).await? {
        tracing::warn!(session_id = %presented.session, "session ended because a refresh token was reused");
    }
    Ok(None)
}

/// Replaces the session's current refresh token with the next one. Returns `None` if `token` is not
/// the current token, or if it replaced another token within the reuse time.
async fn exchange(
    conn: &mut AsyncPgConnection,
    token: &RefreshToken,
    next: &RefreshToken,
    salt: &[u8],
    reuse: ReuseTime,
) -> Result<Option<Expiry>, Error> {
    let sql = format!(
        "WITH renewed AS (
             UPDATE sessions s SET token_hash = $1, expires_at = least(now() + {MAX_IDLE_TIME}, s.created_at + {MAX_SESSION_AGE})
             FROM accounts a
             WHERE s.id = $2 AND s.token_hash = $3 AND s.expires_at > now()
               AND a.id = s.account_id AND a.revoked_at IS NULL AND NOT EXISTS (
                   SELECT FROM used_refresh_tokens u WHERE u.session_id = s.id AND u.salt IS NOT NULL
                     AND u.exchanged_at > now() - make_interval(secs => $5))
             RETURNING s.id, extract(epoch FROM s.expires_at - now())::bigint AS expires_in
         ), used AS (
             INSERT INTO used_refresh_tokens (session_id, token_hash, salt)
             SELECT id, $3, $4 FROM renewed
         )
         SELECT expires_in FROM renewed"
    );
    let renewed = sql_query(sql)
        .bind::<Binary, _>(next.hash())
        .bind::<SqlUuid, _>(token.session)
        .bind::<Binary, _>(token.hash())
        .bind::<Nullable<Binary>, _>((!reuse.0.is_zero()).then_some(salt))
        .bind::<Double, _>(reuse.0.as_secs_f64());
    Ok(renewed.get_result(conn).await.optional()?)
}

/// A refresh token that can be exchanged. It is the current token of a session, or was exchanged
/// within the reuse time.
#[derive(Debug, QueryableByName)]
struct AcceptedToken {
    /// The salt from which the next refresh token was computed. `None` for the current token.
    #[diesel(sql_type = Nullable<Binary>)]
    salt: Option<Vec<u8>>,
    #[diesel(sql_type = BigInt)]
    expires_in: i64,
}

async fn find_accepted(
    conn: &mut AsyncPgConnection,
    token: &RefreshToken,
    reuse: ReuseTime,
) -> Result<Option<AcceptedToken>, Error> {
    let sql = "SELECT u.salt, extract(epoch FROM s.expires_at - now())::bigint AS expires_in
               FROM sessions s JOIN accounts a ON a.id = s.account_id AND a.revoked_at IS NULL
               LEFT JOIN used_refresh_tokens u ON u.session_id = s.id AND u.token_hash = $2
                   AND u.salt IS NOT NULL AND u.exchanged_at > now() - make_interval(secs => $3)
               WHERE s.id = $1 AND s.expires_at > now() AND (s.token_hash = $2 OR u.salt IS NOT NULL)";
    let found = sql_query(sql)
        .bind::<SqlUuid, _>(token.session)
        .bind::<Binary, _>(token.hash())
        .bind::<Double, _>(reuse.0.as_secs_f64());
    Ok(found.get_result(conn).await.optional()?)
}

/// Ends the session if this refresh token is one of its used tokens. Returns whether the session
/// ended.
async fn end_if_used(conn: &mut AsyncPgConnection, presented: &RefreshToken) -> Result<bool, Error> {
    let sql = "DELETE FROM sessions WHERE id = $1
               AND EXISTS (SELECT FROM used_refresh_tokens u WHERE u.session_id = $1 AND u.token_hash = $2)";
    let ended = sql_query(sql).bind::<SqlUuid, _>(presented.session).bind::<Binary, _>(presented.hash());
    Ok(ended.execute(conn).await? > 0)
}

/// Ends the session for which this refresh token is the current token or a used token.
pub async fn end_by_token(conn: &mut AsyncPgConnection, presented: &RefreshToken) -> Result<(), Error> {
    let current = sessions::table.find(presented.session).filter(sessions::token_hash.eq(presented.hash()));
    if diesel::delete(current).execute(conn).await? == 0 {
        end_if_used(conn, presented).await?;
    }
    Ok(())
}

/// Returns the account that owns the session of this current refresh token. Returns `None` if the
/// session has expired.
pub async fn find_token_account(
    conn: &mut AsyncPgConnection,
    presented: &RefreshToken,
) -> Result<Option<Uuid>, Error> {
    let live = sessions::token_hash.eq(presented.hash()).and(sessions::expires_at.gt(diesel::dsl::now));
    let session = sessions::table.find(presented.session).filter(live);
    Ok(session.select(sessions::account_id).get_result(conn).await.optional()?)
}

pub async fn find_account(conn: &mut AsyncPgConnection, session: Uuid) -> Result<Option<Uuid>, Error> {
    Ok(sessions::table.find(session).select(sessions::account_id).get_result(conn).await.optional()?)
}

pub async fn end(conn: &mut AsyncPgConnection, session: Uuid) -> Result<(), Error> {
    diesel::delete(sessions::table.find(session)).execute(conn).await?;
    Ok(())
}

pub async fn end_all(conn: &mut AsyncPgConnection, account: Uuid) -> Result<(), Error> {
    let of_account = sessions::table.filter(sessions::account_id.eq(account));
    diesel::delete(of_account).execute(conn).await?;
    Ok(())
}

pub async fn purge_expired(conn: &mut AsyncPgConnection) -> Result<usize, Error> {
    let over = sessions::table.filter(sessions::expires_at.le(diesel::dsl::now));
    Ok(diesel::delete(over).execute(conn).await?)
}
