//! Loads a publication's drift.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::compare::{self, Drifted};
use super::model::{Drift, DriftCause, DriftKind, Figures, MAX_ROWS, RowDrift, TargetDrift};
use crate::audit::model::ChangeAction;
use crate::db::Error;
use crate::metrics;
use crate::metrics::FactLoader;
use crate::metrics::explain::assemble;
use crate::metrics::model::{ExplainedRow, Explanation, Metric, Moment};
use crate::publications::model::Publication;
use crate::publications::queries::{self, PublicationView};
use crate::publications::sealed;
use crate::rules;
use crate::values::{Instant, Slug};

pub async fn drift(conn: &mut AsyncPgConnection, view: PublicationView, id: Uuid) -> Result<Drift, Error> {
    let (publication, line) = queries::get_with_line(conn, view, id).await?;
    let sealed = sealed::metrics(conn, id).await?;
    let moment = Moment { as_at: publication.as_at, known_at: None };
    let derived =
        metrics::derive_metrics(&mut FactLoader::new(conn), publication.framework_id, moment).await?;
    let drifted = compare::targets(&sealed, &derived.metrics);
    let ids: Vec<Uuid> = drifted.iter().filter_map(|pair| Some(pair.target()?.target_id)).collect();
    let mut before = parse_explanations(queries::read_explanations(conn, id, &ids).await?)?;
    let mut rows: HashMap<Uuid, Vec<RowDrift>> = HashMap::new();
    for (target, evidence) in derived.facts.requested().filter(|(target, _)| ids.contains(&target.target_id))
    {
        let now = assemble::load_explanation(conn, target, evidence, moment).await?.data;
        let before = before.remove(&target.target_id).unwrap_or_default();
        rows.insert(target.target_id, compare::rows(&before, &now));
    }
    let mut causes = causes(conn, line, &ids, &rows).await?;
    let compared = derived.metrics.len().max(sealed.len());
    let data = drifted.into_iter().filter_map(|pair| to_target_drift(pair, &mut rows, &mut causes));
    Ok(to_drift(publication, compared, data.collect()))
}

fn to_drift(publication: Publication, compared: usize, data: Vec<TargetDrift>) -> Drift {
    Drift {
        publication_id: publication.id,
        framework_id: publication.framework_id,
        as_at: publication.as_at,
        sealed_at: publication.created_at,
        sealed_rule_version: publication.rule_version,
        rule_version: rules::VERSION,
        targets: i64::try_from(compared).unwrap_or(i64::MAX),
        data,
    }
}

/// Parses sealed explanations. Returns the rows of each explanation by the id of its target.
fn parse_explanations(lines: Vec<String>) -> Result<HashMap<Uuid, Vec<ExplainedRow>>, Error> {
    let parsed = lines.iter().map(|line| sealed::parse::<Explanation>(line));
    parsed.map(|explanation| explanation.map(|found| (found.target_id, found.data))).collect()
}

fn to_target_drift(
    pair: Drifted<'_>,
    rows: &mut HashMap<Uuid, Vec<RowDrift>>,
    causes: &mut HashMap<Uuid, Vec<DriftCause>>,
) -> Option<TargetDrift> {
    let target: &Metric = pair.target()?;
    let mut rows = rows.remove(&target.target_id).unwrap_or_default();
    let mut causes = causes.remove(&target.target_id).unwrap_or_default();
    let rows_changed = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    rows.truncate(MAX_ROWS);
    causes.truncate(MAX_ROWS);
    Some(TargetDrift {
        target_id: target.target_id,
        code: target.code.clone(),
        printed_ref: target.printed_ref.clone(),
        title: target.title.clone(),
        sealed: pair.sealed.map(Figures::from),
        now: pair.now.map(Figures::from),
        rows_changed,
        rows,
        causes,
    })
}

#[derive(QueryableByName)]
struct Cause {
    #[diesel(sql_type = SqlUuid)]
    target_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    changed_at: Instant,
    #[diesel(sql_type = Text)]
    kind: DriftKind,
    #[diesel(sql_type = Text)]
    resource: Slug,
    #[diesel(sql_type = SqlUuid)]
    resource_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    part: Option<Slug>,
    #[diesel(sql_type = Text)]
    action: ChangeAction,
}

/// Loads, in one statement, the changes after line `line` of the change log that concern the
/// targets or their differing rows.
async fn causes(
    conn: &mut AsyncPgConnection,
    line: i64,
    targets: &[Uuid],
    rows: &HashMap<Uuid, Vec<RowDrift>>,
) -> Result<HashMap<Uuid, Vec<DriftCause>>, Error> {
    if targets.is_empty() {
        return Ok(HashMap::new());
    }
    let named = rows.iter().flat_map(|(target, rows)| {
        let rows = rows.iter().flat_map(|row| row.sealed.iter().chain(&row.now));
        rows.flat_map(compare::resources).map(|resource| (*target, resource))
    });
    let (about, resources): (Vec<Uuid>, Vec<Uuid>) = named.unzip();
    let found: Vec<Cause> = diesel::sql_query(include_str!("sql/causes.sql"))
        .bind::<BigInt, _>(line)
        .bind::<Array<SqlUuid>, _>(about)
        .bind::<Array<SqlUuid>, _>(resources)
        .bind::<Array<SqlUuid>, _>(targets)
        .load(conn)
        .await?;
    let mut causes: HashMap<Uuid, Vec<DriftCause>> = HashMap::new();
    for cause in found {
        let Cause { target_id, id, changed_at, kind, resource, resource_id, part, action } = cause;
        let cause = DriftCause { audit_id: id, changed_at, kind, resource, resource_id, part, action };
        causes.entry(target_id).or_default().push(cause);
    }
    Ok(causes)
}
