//! External ids. Finds rows by the ids that external systems give them, and writes the external ids
//! of many rows.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Children, Error, Statement};
use crate::values::{Code, ExternalId, ShortText};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExternalIdScope {
    All,
    /// The ids of the caller's own external system. `None` if the caller has no external system.
    Of(Option<Code>),
}

impl ExternalIdScope {
    pub fn contains(&self, key: &ExternalId) -> bool {
        match self {
            Self::All => true,
            Self::Of(system) => system.as_ref() == Some(&key.system),
        }
    }
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    system: Code,
    #[diesel(sql_type = Text)]
    external_id: ShortText,
}

impl Children {
    /// Replaces the external ids of a row. Does nothing if `keys` is `None`. Keeps external ids
    /// that the caller may not change.
    pub async fn set_keys(
        &self,
        conn: &mut AsyncPgConnection,
        row: Uuid,
        keys: Option<&Vec<ExternalId>>,
        scope: &ExternalIdScope,
    ) -> Result<(), Error> {
        let (Some(keys), ExternalIdScope::Of(system)) = (keys, scope) else {
            return self.set(conn, row, keys).await;
        };
        let Self { table, parent, .. } = self;
        let sql = format!(
            "SELECT system::text, external_id::text FROM {table} WHERE {parent} = $1 AND system IS DISTINCT FROM $2"
        );
        let others: Vec<Key> =
            Statement::new(sql).bind::<SqlUuid, _>(row).bind::<Nullable<Text>, _>(system).load(conn).await?;
        let others = others.into_iter().map(|Key { system, external_id }| ExternalId { system, external_id });
        let all: Vec<ExternalId> = others.chain(keys.iter().cloned()).collect();
        self.set(conn, row, Some(&all)).await
    }

    /// Inserts or updates the external ids of rows in one external system. The child table must be
    /// a table of external ids.
    pub async fn upsert_keys(
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
        Statement::new(format!(
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

/// Restricts a boxed query to rows that match the filter's `external_id` and `external_system`. An
/// external id that the caller may not read matches no row. `of` is the column that contains the
/// council of a row, if rows belong to councils.
macro_rules! by_external_id {
    ($query:ident, $filter:ident, $view:ident, $table:ident, $keys:ident . $owner:ident $(, of $council:ident)?) => {
        if $filter.external_id.is_some() || $filter.external_system.is_some() {
            let mut keys = $keys::table.select($keys::$owner).into_boxed();
            if let Some(key) = &$filter.external_id {
                keys = keys.filter($keys::external_id.eq(key));
            }
            if let Some(system) = &$filter.external_system {
                keys = keys.filter($keys::system.eq(system));
            }
            match &$view.keys {
                $crate::db::ExternalIdVisibility::All => {}
                $crate::db::ExternalIdVisibility::OfSystem(system) => {
                    keys = keys.filter($keys::system.eq_any(system.as_slice()));
                }
                $crate::db::ExternalIdVisibility::OfCouncils(own) => {
                    by_external_id!(@of own, $query, keys, $table, $keys $(, $council)?);
                }
            }
            $query = $query.filter($table::id.eq_any(keys));
        }
    };
    (@of $own:ident, $query:ident, $list:ident, $table:ident, $keys:ident, $council:ident) => {
        $query = $query.filter($table::$council.eq_any($own));
    };
    (@of $own:ident, $query:ident, $list:ident, $table:ident, $keys:ident) => {{
        // The rows belong to no council, so the caller may read none of their external ids.
        let (_, none): (_, [$crate::values::Code; 0]) = ($own, []);
        $list = $list.filter($keys::system.eq_any(none));
    }};
}
pub(crate) use by_external_id;
