//! Resolves the target, council, date and occasion to which each line of a bulk request refers.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Date, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use super::model::CoverageLine;
use crate::access::Scope;
use crate::db::bulk::{self, Match};
use crate::db::{Error, Statement};
use crate::values::{Code, Day, FieldError};

/// What identifies a coverage entry: target, council, date and occasion. Corrections of the entry
/// have the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedKey {
    pub(super) target_id: Uuid,
    pub(super) council_id: Uuid,
    pub(super) occurred_on: Day,
    pub(super) occasion: Option<String>,
}

impl ResolvedKey {
    pub(super) fn to_text(&self) -> String {
        let occasion = self.occasion.as_deref().unwrap_or_default();
        format!("{}/{}/{}/{occasion}", self.target_id, self.council_id, self.occurred_on)
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    target_id: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    councils: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    council_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    known_target_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    known_council_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Date>)]
    known_occurred_on: Option<Day>,
    #[diesel(sql_type = Nullable<Text>)]
    known_occasion: Option<String>,
    #[diesel(sql_type = Bool)]
    is_of_another_kind: bool,
}

impl Row {
    fn known(&self) -> Option<ResolvedKey> {
        Some(ResolvedKey {
            target_id: self.known_target_id?,
            council_id: self.known_council_id?,
            occurred_on: self.known_occurred_on?,
            occasion: self.known_occasion.clone(),
        })
    }
}

/// Resolves each line of the request to the key of its entry, or to all its field errors. Ignores
/// councils outside the caller's scope.
pub(super) async fn keys(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    system: Option<&Code>,
    lines: &[&CoverageLine],
) -> Result<Vec<Result<ResolvedKey, Vec<FieldError>>>, Error> {
    let input = lines.iter().enumerate().map(|(n, line)| {
        json!({ "n": n, "external_id": line.external_id, "target_id": line.target_id,
            "framework_code": line.framework_code, "target_code": line.target_code,
            "council_id": line.council_id, "council_gss_code": line.council_gss_code })
    });
    let (all, councils) = scope.parts();
    let rows: Vec<Row> = Statement::new(include_str!("sql/resolve.sql"))
        .bind::<Jsonb, _>(input.collect::<serde_json::Value>())
        .bind::<Nullable<Text>, _>(system)
        .bind::<Bool, _>(all)
        .bind::<Array<SqlUuid>, _>(councils)
        .load(conn)
        .await?;
    bulk::check_row_for_each(lines.len(), rows.len())?;
    Ok(lines.iter().zip(rows).map(|(line, row)| key(scope, system, line, &row)).collect())
}

fn key(
    scope: &Scope,
    system: Option<&Code>,
    line: &CoverageLine,
    row: &Row,
) -> Result<ResolvedKey, Vec<FieldError>> {
    if line.external_id.is_some() && system.is_none() {
        return Err(vec![bulk::system_required()]);
    }
    if row.is_of_another_kind {
        return Err(vec![bulk::key_of_another()]);
    }
    let known = row.known();
    let Some(occurred_on) = line.occurred_on.filter(|_| !line.is_known_by_key()) else {
        let visible = known.filter(|known| scope.contains(Some(known.council_id)));
        return visible.ok_or_else(|| vec![bulk::unknown_key()]);
    };
    let none = if line.target_id.is_some() {
        "No target has this id."
    } else {
        "No target in this framework has this code."
    };
    let unknown = || FieldError::body(line.target_field(), "unknown_reference", none);
    let target = row.target_id.ok_or_else(unknown);
    let council = Match::of(row.councils, row.council_id).council(line.council_id.is_some());
    let (target_id, council_id) = match (target, council) {
        (Ok(target), Ok(council)) => (target, council),
        (target, council) => return Err(target.err().into_iter().chain(council.err()).collect()),
    };
    let occasion = line.occasion.as_ref().map(|occasion| occasion.as_str().to_owned());
    let resolved = ResolvedKey { target_id, council_id, occurred_on, occasion };
    if known.is_some_and(|known| known != resolved) {
        Err(vec![bulk::key_of_another()])
    } else {
        Ok(resolved)
    }
}
