//! The role mappings for an external token's groups and app roles. They are read for every request
//! with such a token.

use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Error;
use crate::policy::Role;
use crate::values::Code;

/// A mapping that matches.
#[derive(Debug, Clone, QueryableByName)]
pub struct Fitting {
    /// The role that it gives.
    #[diesel(sql_type = Text)]
    pub role: Role,
    /// The councils that the caller may act for.
    #[diesel(sql_type = Array<SqlUuid>)]
    pub councils: Vec<Uuid>,
    /// The system whose external ids the caller may write.
    #[diesel(sql_type = Nullable<Text>)]
    pub system: Option<Code>,
}

/// Returns the mappings for one of these groups or app roles of an issuer.
pub async fn fitting(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    groups: &[String],
    roles: &[String],
) -> Result<Vec<Fitting>, Error> {
    let sql = "SELECT role::text, system::text, ARRAY(
                   SELECT c.council_id FROM role_mapping_councils c
                   WHERE c.role_mapping_id = m.id ORDER BY c.council_id) AS councils
               FROM role_mappings m
               WHERE issuer = $1 AND (claim = 'groups' AND value = ANY ($2) OR claim = 'roles' AND value = ANY ($3))";
    let query = sql_query(sql).bind::<Text, _>(issuer).bind::<Array<Text>, _>(groups);
    Ok(query.bind::<Array<Text>, _>(roles).load(conn).await?)
}
