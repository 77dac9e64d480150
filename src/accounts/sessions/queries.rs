//! All the SQL of sessions. A session is over when its row is gone, and its access tokens with it.

use diesel::sql_types::{BigInt, Binary, Text, Uuid as SqlUuid};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryableByName, sql_query,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::RefreshToken;
use crate::db::Error;
use crate::db::schema::sessions;

/// How long a session lasts without a refresh, and how long in all.
const IDLE: &str = "interval '12 hours'";
const LONGEST: &str = "interval '14 days'";

/// A session that has a new refresh token.
#[derive(Debug, QueryableByName)]
pub struct Renewed {
    /// In how many seconds it ends, if the token is not used.
    #[diesel(sql_type = BigInt)]
    pub expires_in: i64,
}

/// Begins a session of a user whose password was found right against this hash. If that has changed meanwhile, or the
/// user was revoked, there is none.
pub async fn begin(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    password_hash: &str,
    token: &RefreshToken,
) -> Result<Option<Renewed>, Error> {
    // The lock waits for a change of the password in hand, which ends the sessions that it finds.
    let sql = format!(
        "INSERT INTO sessions (id, account_id, token_hash, expires_at)
         SELECT $1, id, $2, now() + {IDLE} FROM accounts
         WHERE id = $3 AND secret_hash = $4 AND revoked_at IS NULL FOR SHARE
         RETURNING extract(epoch FROM expires_at - now())::bigint AS expires_in"
    );
    let begun = sql_query(sql)
        .bind::<SqlUuid, _>(token.session)
        .bind::<Binary, _>(token.hash())
        .bind::<SqlUuid, _>(account)
        .bind::<Text, _>(password_hash);
    Ok(begun.get_result(conn).await.optional()?)
}

/// Exchanges a session's refresh token for a new one. A token that was exchanged before may be a thief's, and ends its
/// session (RFC 9700). A token that the session never had changes nothing.
pub async fn renew(
    conn: &mut AsyncPgConnection,
    shown: &RefreshToken,
    next: &RefreshToken,
) -> Result<Option<Renewed>, Error> {
    let sql = format!(
        "WITH renewed AS (
             UPDATE sessions s SET token_hash = $1, expires_at = least(now() + {IDLE}, s.created_at + {LONGEST})
             FROM accounts a
             WHERE s.id = $2 AND s.token_hash = $3 AND s.expires_at > now()
               AND a.id = s.account_id AND a.revoked_at IS NULL
             RETURNING s.id, extract(epoch FROM s.expires_at - now())::bigint AS expires_in
         ), used AS (
             INSERT INTO used_refresh_tokens (session_id, token_hash) SELECT id, $3 FROM renewed
         )
         SELECT expires_in FROM renewed"
    );
    let renewed: Option<Renewed> = sql_query(sql)
        .bind::<Binary, _>(next.hash())
        .bind::<SqlUuid, _>(shown.session)
        .bind::<Binary, _>(shown.hash())
        .get_result(conn)
        .await
        .optional()?;
    if renewed.is_none() && end_if_used(conn, shown).await? {
        tracing::warn!(session = %shown.session, "refresh token reused, session ended");
    }
    Ok(renewed)
}

/// Ends the session whose refresh token was exchanged before, and returns whether it was.
async fn end_if_used(conn: &mut AsyncPgConnection, shown: &RefreshToken) -> Result<bool, Error> {
    let sql = "DELETE FROM sessions WHERE id = $1
               AND EXISTS (SELECT FROM used_refresh_tokens u WHERE u.session_id = $1 AND u.token_hash = $2)";
    let ended = sql_query(sql).bind::<SqlUuid, _>(shown.session).bind::<Binary, _>(shown.hash());
    Ok(ended.execute(conn).await? > 0)
}

/// Ends the session that has this refresh token, or had it before.
pub async fn end_with(conn: &mut AsyncPgConnection, shown: &RefreshToken) -> Result<(), Error> {
    let current = sessions::table.find(shown.session).filter(sessions::token_hash.eq(shown.hash()));
    if diesel::delete(current).execute(conn).await? == 0 {
        end_if_used(conn, shown).await?;
    }
    Ok(())
}

/// Returns whose session has this refresh token, if it has not ended.
pub async fn holder(conn: &mut AsyncPgConnection, shown: &RefreshToken) -> Result<Option<Uuid>, Error> {
    let live = sessions::token_hash.eq(shown.hash()).and(sessions::expires_at.gt(diesel::dsl::now));
    let session = sessions::table.find(shown.session).filter(live);
    Ok(session.select(sessions::account_id).get_result(conn).await.optional()?)
}

/// Whose session this is, if there is one.
pub async fn account(conn: &mut AsyncPgConnection, session: Uuid) -> Result<Option<Uuid>, Error> {
    Ok(sessions::table.find(session).select(sessions::account_id).get_result(conn).await.optional()?)
}

/// Ends a session.
pub async fn end(conn: &mut AsyncPgConnection, session: Uuid) -> Result<(), Error> {
    diesel::delete(sessions::table.find(session)).execute(conn).await?;
    Ok(())
}

/// Ends every session of an account.
pub async fn end_all(conn: &mut AsyncPgConnection, account: Uuid) -> Result<(), Error> {
    let theirs = sessions::table.filter(sessions::account_id.eq(account));
    diesel::delete(theirs).execute(conn).await?;
    Ok(())
}

/// Forgets sessions that have had their time.
pub async fn forget(conn: &mut AsyncPgConnection) -> Result<usize, Error> {
    let over = sessions::table.filter(sessions::expires_at.le(diesel::dsl::now));
    Ok(diesel::delete(over).execute(conn).await?)
}
