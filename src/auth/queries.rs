//! Loads the current rights of callers. The queries run for every request.

use diesel::OptionalExtension;
use diesel::QueryableByName;
use diesel::sql_types::{Array, Binary, Bool, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::access::Role;
use crate::db::{Error, Statement};
use crate::values::{Code, Day};

/// The current rights of an account. The account is not revoked.
#[derive(Debug, Clone, QueryableByName)]
pub struct AccountAccess {
    /// The kind of account: `client` or `user`.
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub role: Role,
    /// The councils that the account acts for. Empty unless its role is `council`.
    #[diesel(sql_type = Array<SqlUuid>)]
    pub councils: Vec<Uuid>,
    /// The external system whose ids the account writes.
    #[diesel(sql_type = Nullable<Text>)]
    pub system: Option<Code>,
}

/// Returns the current rights of an account. Returns `None` if the account does not exist or is
/// revoked, or if `session` has ended.
pub async fn account_access(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    session: Option<Uuid>,
) -> Result<Option<AccountAccess>, Error> {
    let sql = "SELECT kind::text, name::text, role::text, system::text, ARRAY(
                   SELECT c.council_id FROM account_councils c
                   WHERE c.account_id = a.id AND a.role = 'council' ORDER BY c.council_id) AS councils
               FROM accounts a WHERE id = $1 AND revoked_at IS NULL AND ($2 IS NULL OR EXISTS (
                   SELECT FROM sessions s WHERE s.id = $2 AND s.account_id = a.id AND s.expires_at > now()))";
    let query = Statement::new(sql).bind::<SqlUuid, _>(id).bind::<Nullable<SqlUuid>, _>(session);
    Ok(query.get_result(conn).await.optional()?)
}

/// A role mapping that matches a token of an external identity provider.
#[derive(Debug, Clone, QueryableByName)]
pub struct MatchingRole {
    #[diesel(sql_type = Text)]
    pub role: Role,
    #[diesel(sql_type = Array<SqlUuid>)]
    pub councils: Vec<Uuid>,
    /// The external system whose ids the caller may write.
    #[diesel(sql_type = Nullable<Text>)]
    pub system: Option<Code>,
}

/// Returns the role mappings for tokens of this issuer that match any of these groups or app roles.
pub async fn role_mappings(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    groups: &[String],
    roles: &[String],
) -> Result<Vec<MatchingRole>, Error> {
    let sql = "SELECT role::text, system::text, ARRAY(
                   SELECT c.council_id FROM role_mapping_councils c
                   WHERE c.role_mapping_id = m.id ORDER BY c.council_id) AS councils
               FROM role_mappings m
               WHERE issuer = $1 AND (claim = 'groups' AND value = ANY ($2) OR claim = 'roles' AND value = ANY ($3))";
    let query = Statement::new(sql).bind::<Text, _>(issuer).bind::<Array<Text>, _>(groups);
    Ok(query.bind::<Array<Text>, _>(roles).load(conn).await?)
}

#[derive(Debug, QueryableByName)]
pub struct ValidKey {
    #[diesel(sql_type = Bool)]
    pub is_use_recorded: bool,
}

/// Returns the dataset key with this id and secret hash. Returns `None` if the key does not exist,
/// has expired or is revoked.
pub async fn valid_dataset_key(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    secret_hash: &[u8],
    today: Day,
) -> Result<Option<ValidKey>, Error> {
    let sql = "SELECT last_used_on IS NOT DISTINCT FROM $1 AS is_use_recorded FROM dataset_keys
               WHERE id = $2 AND secret_hash = $3 AND revoked_at IS NULL AND expires_at > now()";
    let query =
        Statement::new(sql).bind::<Date, _>(today).bind::<SqlUuid, _>(id).bind::<Binary, _>(secret_hash);
    Ok(query.get_result(conn).await.optional()?)
}

/// Records that the dataset key is used on this day. Only the first of several concurrent requests
/// writes.
pub async fn record_use(conn: &mut AsyncPgConnection, id: Uuid, today: Day) -> Result<(), Error> {
    let sql = "UPDATE dataset_keys SET last_used_on = $1 WHERE id = $2 AND last_used_on IS DISTINCT FROM $1";
    Statement::new(sql).bind::<Date, _>(today).bind::<SqlUuid, _>(id).execute(conn).await?;
    Ok(())
}
