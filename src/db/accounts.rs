//! The current rights of an account. They are read for every request with one of its tokens.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Error;
use crate::policy::Role;
use crate::values::Code;

/// An account that is not revoked.
#[derive(Debug, Clone, QueryableByName)]
pub struct AccountAccess {
    /// `client` or `user`.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Its role.
    #[diesel(sql_type = Text)]
    pub role: Role,
    /// The councils that the account acts for; empty for every role except council.
    #[diesel(sql_type = Array<SqlUuid>)]
    pub councils: Vec<Uuid>,
    /// The system whose external ids it writes.
    #[diesel(sql_type = Nullable<Text>)]
    pub system: Option<Code>,
}

/// Returns the account, unless it does not exist or is revoked. If a session is given, it must not
/// have ended.
pub async fn standing(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    session: Option<Uuid>,
) -> Result<Option<AccountAccess>, Error> {
    let sql = "SELECT kind::text, name::text, role::text, system::text, ARRAY(
                   SELECT c.council_id FROM account_councils c
                   WHERE c.account_id = a.id AND a.role = 'council' ORDER BY c.council_id) AS councils
               FROM accounts a WHERE id = $1 AND revoked_at IS NULL AND ($2 IS NULL OR EXISTS (
                   SELECT FROM sessions s WHERE s.id = $2 AND s.account_id = a.id AND s.expires_at > now()))";
    let asked = sql_query(sql).bind::<SqlUuid, _>(id).bind::<Nullable<SqlUuid>, _>(session);
    Ok(asked.get_result(conn).await.optional()?)
}
