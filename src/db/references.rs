//! Reports every id in a request that references a missing row. The database reports only the first
//! one.

use diesel::QueryableByName;
use diesel::sql_types::Integer;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Error;
use super::resource_names::resource_name;
use crate::values::FieldError;

#[derive(Debug)]
pub struct Reference {
    pub pointer: String,
    pub table: &'static str,
    pub id: Uuid,
}

impl Reference {
    pub fn new(pointer: impl Into<String>, table: &'static str, id: Uuid) -> Self {
        Self { pointer: pointer.into(), table, id }
    }

    /// Creates a reference for each id in an array of a request body.
    pub fn each<'a>(
        pointer: &'a str,
        table: &'static str,
        ids: impl IntoIterator<Item = &'a Uuid> + 'a,
    ) -> impl Iterator<Item = Self> + 'a {
        ids.into_iter().enumerate().map(move |(i, id)| Self::new(format!("{pointer}/{i}"), table, *id))
    }
}

#[derive(QueryableByName)]
struct Missing {
    #[diesel(sql_type = Integer)]
    position: i32,
}

/// Replaces the field errors of a failed write by one field error for each reference to a missing
/// row. Looks up all references in one statement.
///
/// The write must have run in a separate transaction or savepoint, which has been rolled back.
pub async fn explain<T>(
    conn: &mut AsyncPgConnection,
    result: Result<T, Error>,
    references: &[Reference],
) -> Result<T, Error> {
    match result {
        Err(Error::Invalid(field_errors)) if !references.is_empty() => {
            Err(Error::Invalid(name_missing(conn, field_errors, references).await?))
        }
        result => result,
    }
}

async fn name_missing(
    conn: &mut AsyncPgConnection,
    mut field_errors: Vec<FieldError>,
    references: &[Reference],
) -> Result<Vec<FieldError>, Error> {
    let lookups: Vec<String> = references
        .iter()
        .enumerate()
        .map(|(i, r)| {
            format!("SELECT {i} AS position WHERE NOT EXISTS (SELECT FROM {} WHERE id = '{}')", r.table, r.id)
        })
        .collect();
    let missing: Vec<Missing> = diesel::sql_query(lookups.join(" UNION ALL ")).load(conn).await?;
    let mut named: Vec<FieldError> = missing
        .iter()
        .filter_map(|m| references.get(usize::try_from(m.position).ok()?))
        .map(|r| {
            FieldError::body(
                &r.pointer,
                "unknown_reference",
                format!("No {} has this id.", resource_name(r.table)),
            )
        })
        .collect();
    if !named.is_empty() {
        field_errors.retain(|field_error| field_error.code != "unknown_reference");
    }
    named.append(&mut field_errors);
    Ok(named)
}
