//! Keys of other systems: finding rows by them, and giving them to many rows at once.

use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Children, Error};

impl Children {
    /// Gives rows their keys in a system, for a list of external ids.
    pub async fn give_keys(
        &self,
        conn: &mut AsyncPgConnection,
        system: &str,
        keys: &[(Uuid, &str)],
    ) -> Result<(), Error> {
        if keys.is_empty() {
            return Ok(());
        }
        let (rows, keys): (Vec<Uuid>, Vec<&str>) = keys.iter().copied().unzip();
        let Self { table, parent, .. } = self;
        diesel::sql_query(format!(
            "INSERT INTO {table} AS k ({parent}, system, external_id)
             SELECT given.id, $1, given.external_id FROM unnest($2, $3) AS given (id, external_id)
             ON CONFLICT ({parent}, system) DO UPDATE SET external_id = EXCLUDED.external_id
             WHERE k.external_id IS DISTINCT FROM EXCLUDED.external_id"
        ))
        .bind::<Text, _>(system)
        .bind::<Array<SqlUuid>, _>(rows)
        .bind::<Array<Text>, _>(keys)
        .execute(conn)
        .await
        .map_err(Error::writing(table))?;
        Ok(())
    }
}

/// Narrows a boxed query to the rows that another system knows by the filter's `external_id` and
/// `external_system`.
macro_rules! by_external_id {
    ($query:ident, $filter:ident, $table:ident, $keys:ident . $owner:ident) => {
        if $filter.external_id.is_some() || $filter.external_system.is_some() {
            let mut keys = $keys::table.select($keys::$owner).into_boxed();
            if let Some(key) = &$filter.external_id {
                keys = keys.filter($keys::external_id.eq(key));
            }
            if let Some(system) = &$filter.external_system {
                keys = keys.filter($keys::system.eq(system));
            }
            $query = $query.filter($table::id.eq_any(keys));
        }
    };
}
pub(crate) use by_external_id;
