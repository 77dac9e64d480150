//! Child lists: lists that belong to a row and have a separate table, such as the terms of a seat.
//!
//! Each child list is declared once. The declaration provides the SQL to read a list, as one JSON
//! column of the parent, and the SQL to replace a list.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Jsonb, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Error, Statement};

/// A child table with its parent column, its key and its columns.
#[derive(Debug)]
pub struct Children {
    pub table: &'static str,
    pub parent: &'static str,
    /// The column that identifies a child row among the rows of the same parent.
    pub key: &'static str,
    /// All columns except the parent column, with their SQL types. The key is also in this list.
    pub columns: &'static [(&'static str, &'static str)],
}

/// Declares a child table as a [`Children`] constant, and a constant with the SQL expression that
/// reads the list of a parent.
macro_rules! children {
    (
        $(#[doc = $doc:literal])+
        $name:ident, $read:ident: $table:ident of $owner:ident by $parent:ident, keyed by $key:ident,
        { $first:ident: $first_type:literal $(, $column:ident: $column_type:literal)* }
    ) => {
        $(#[doc = $doc])+
        pub const $name: $crate::db::Children = $crate::db::Children {
            table: stringify!($table),
            parent: stringify!($parent),
            key: stringify!($key),
            columns: &[(stringify!($first), $first_type) $(, (stringify!($column), $column_type))*],
        };
        $(#[doc = $doc])+
        pub const $read: &str = concat!(
            "COALESCE((SELECT jsonb_agg(jsonb_build_object('",
            stringify!($first), "', c.", stringify!($first),
            $( ", '", stringify!($column), "', c.", stringify!($column), )*
            ") ORDER BY c.", stringify!($key), ") FROM ", stringify!($table),
            " c WHERE c.", stringify!($parent), " = ", stringify!($owner), ".id), '[]'::jsonb)"
        );
    };
}
pub(crate) use children;

#[derive(Debug, Default)]
pub struct Written {
    pub created: Vec<(Uuid, Value)>,
    pub changed: Vec<(Uuid, Value)>,
    pub removed: Vec<Uuid>,
}

#[derive(QueryableByName)]
struct Removed {
    #[diesel(sql_type = SqlUuid)]
    parent: Uuid,
}

#[derive(QueryableByName)]
struct Upserted {
    #[diesel(sql_type = SqlUuid)]
    parent: Uuid,
    #[diesel(sql_type = Jsonb)]
    key: Value,
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

impl Children {
    /// Replaces the list of each parent. Deletes rows that are not in the new list, inserts new
    /// rows and updates changed rows. Equal rows stay unchanged.
    pub async fn replace<T: Serialize>(
        &self,
        conn: &mut AsyncPgConnection,
        lists: &[(Uuid, &[T])],
    ) -> Result<(), Error> {
        let parents: Vec<Uuid> = lists.iter().map(|(parent, _)| *parent).collect();
        let rows = self.rows(lists)?;
        self.write(conn, &parents, &rows).await?;
        Ok(())
    }

    /// Inserts and updates child rows. `rows` is a JSON array of objects with the parent column.
    /// Also deletes rows of the parents in `replaced` that are not in the array.
    pub async fn write(
        &self,
        conn: &mut AsyncPgConnection,
        replaced: &[Uuid],
        rows: &Value,
    ) -> Result<Written, Error> {
        let gone: Vec<Removed> = Statement::new(self.delete_gone())
            .bind::<Array<SqlUuid>, _>(replaced)
            .bind::<Jsonb, _>(rows)
            .load(conn)
            .await
            .map_err(Error::writing(self.table))?;
        let upserted: Vec<Upserted> = Statement::new(self.upsert())
            .bind::<Jsonb, _>(rows)
            .load(conn)
            .await
            .map_err(Error::writing(self.table))?;
        let mut written =
            Written { removed: gone.iter().map(|row| row.parent).collect(), ..Written::default() };
        for Upserted { parent, key, is_new } in upserted {
            let rows = if is_new { &mut written.created } else { &mut written.changed };
            rows.push((parent, key));
        }
        Ok(written)
    }

    /// Replaces the list of one parent. Does nothing if `list` is `None`.
    pub async fn set<T: Serialize>(
        &self,
        conn: &mut AsyncPgConnection,
        parent: Uuid,
        list: Option<&Vec<T>>,
    ) -> Result<(), Error> {
        match list {
            Some(list) => self.replace(conn, &[(parent, list.as_slice())]).await,
            None => Ok(()),
        }
    }

    fn rows<T: Serialize>(&self, lists: &[(Uuid, &[T])]) -> Result<Value, Error> {
        let mut rows = Vec::new();
        for (parent, list) in lists {
            for child in *list {
                let mut row =
                    serde_json::to_value(child).map_err(|error| Error::Internal(error.to_string()))?;
                row[self.parent] = Value::String(parent.to_string());
                rows.push(row);
            }
        }
        Ok(Value::Array(rows))
    }

    fn recordset(&self, bind: &str) -> String {
        let columns: Vec<_> =
            self.columns.iter().map(|(name, sql_type)| format!("{name} {sql_type}")).collect();
        format!("jsonb_to_recordset({bind}) AS n({} uuid, {})", self.parent, columns.join(", "))
    }

    fn delete_gone(&self) -> String {
        let Self { table, parent, key, .. } = self;
        let given = self.recordset("$2");
        format!(
            "DELETE FROM {table} c WHERE c.{parent} = ANY($1) AND NOT EXISTS \
             (SELECT FROM {given} WHERE n.{parent} = c.{parent} AND n.{key} = c.{key}) RETURNING c.{parent} AS parent"
        )
    }

    fn upsert(&self) -> String {
        let Self { table, parent, key, .. } = self;
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<_> = names.iter().filter(|name| *name != key).collect();
        let list = names.join(", ");
        let given = self.recordset("$1");
        let insert = format!(
            "INSERT INTO {table} AS c ({parent}, {list}) SELECT n.{parent}, n.{} FROM {given} ON CONFLICT ({parent}, {key})",
            names.join(", n.")
        );
        let returned =
            format!("RETURNING c.{parent} AS parent, to_jsonb(c.{key}) AS key, (c.xmax = 0) AS is_new");
        if values.is_empty() {
            return format!("{insert} DO NOTHING {returned}");
        }
        let sets: Vec<_> = values.iter().map(|name| format!("{name} = EXCLUDED.{name}")).collect();
        let changed: Vec<_> =
            values.iter().map(|name| format!("c.{name} IS DISTINCT FROM EXCLUDED.{name}")).collect();
        format!("{insert} DO UPDATE SET {} WHERE {} {returned}", sets.join(", "), changed.join(" OR "))
    }
}
