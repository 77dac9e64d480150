//! Applies the lines of a bulk request. The number of SQL statements does not depend on the number
//! of lines.

use std::collections::HashMap;
use std::hash::Hash;

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::observation::Observation;
use super::observation_queries;
use super::resource::{BulkResource, DecidedLine, Decision, ResolvedLine, Row};
use super::{Applied, LineOutcome, LineStatus, lock};
use crate::db::Error;
use crate::values::FieldError;

/// Applies the lines of a bulk request and returns the outcome of each line.
pub async fn apply<R: BulkResource>(
    resource: &R,
    conn: &mut AsyncPgConnection,
    lines: &[&R::Line],
) -> Result<Applied, Error> {
    let keys = resource.resolve(conn, lines).await?;
    let (resolved, refused) = refuse_duplicates::<R>(lines, keys);
    lock_parents(resource, conn, &resolved).await?;
    let current = load_current(resource, conn, &resolved).await?;
    let observed = observation_queries::load(conn, &resolved).await?;
    let decided = decide(resource, resolved, &current, observed);
    resource.write(conn, &decided).await?;
    observation_queries::record(conn, &decided).await?;
    let outcomes = load_outcomes(conn, &decided, refused).await?;
    let registers_closed = resource.close_registers(conn, &decided, &outcomes).await?;
    Ok(Applied { outcomes, registers_closed })
}

type IndexedOutcome = (usize, LineOutcome);

/// Returns the lines to apply, and the outcomes of the refused lines. A line is refused if it
/// refers to no row, or if another line has the same row or external id.
fn refuse_duplicates<'l, R: BulkResource>(
    lines: &[&'l R::Line],
    keys: Vec<Result<R::ResolvedKey, Vec<FieldError>>>,
) -> (Vec<ResolvedLine<'l, R>>, Vec<IndexedOutcome>) {
    let rows = count(keys.iter().flatten().map(R::key_text));
    let external_ids = count(lines.iter().filter_map(|line| R::external_id(line)));
    let is_repeated = |count: Option<&usize>| count.is_some_and(|count| *count > 1);
    let (mut resolved, mut refused) = (Vec::new(), Vec::new());
    for (index, (line, key)) in lines.iter().copied().zip(keys).enumerate() {
        let external_id = R::external_id(line);
        match key {
            Ok(key) if is_repeated(rows.get(&R::key_text(&key))) => refused.push((index, duplicate(""))),
            Ok(_) if is_repeated(external_id.and_then(|id| external_ids.get(id))) => {
                refused.push((index, duplicate("/external_id")));
            }
            Ok(key) => resolved.push(ResolvedLine { index, line, key }),
            Err(field_errors) => refused.push((index, LineOutcome::failed(field_errors))),
        }
    }
    (resolved, refused)
}

fn count<K: Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    let mut counts = HashMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

fn duplicate(field: &str) -> LineOutcome {
    let detail = "Another line of this request identifies the same record. Send one line for each record.";
    LineOutcome::failed(vec![FieldError::body(field, "duplicate", detail)])
}

/// Waits for other bulk requests that write rows with the same parent rows. Then locks the parent
/// rows.
async fn lock_parents<R: BulkResource>(
    resource: &R,
    conn: &mut AsyncPgConnection,
    lines: &[ResolvedLine<'_, R>],
) -> Result<(), Error> {
    let parents: Vec<Uuid> = lines.iter().map(|line| R::parent_id(&line.key)).collect();
    lock::set_timeout(conn).await?;
    lock::lock_bulk_writes(conn, &parents).await?;
    resource.lock_parents(conn, &parents).await
}

/// Locks the rows to which the lines refer, and returns the current state of these rows.
async fn load_current<R: BulkResource>(
    resource: &R,
    conn: &mut AsyncPgConnection,
    lines: &[ResolvedLine<'_, R>],
) -> Result<Vec<R::CurrentRow>, Error> {
    let mut current = resource.load_current(conn, lines).await?;
    let rows: Vec<Row> = current.iter().filter_map(R::row).collect();
    if !lock::lock_rows(conn, R::TABLE, &rows).await? {
        current = resource.load_current(conn, lines).await?;
    }
    if current.len() == lines.len() { Ok(current) } else { Err(Error::Contended) }
}

fn decide<'l, R: BulkResource>(
    resource: &R,
    resolved: Vec<ResolvedLine<'l, R>>,
    current: &[R::CurrentRow],
    observed: Vec<Option<Observation>>,
) -> Vec<DecidedLine<'l, R>> {
    let lines = resolved.into_iter().zip(current).zip(observed);
    let decided = lines.map(|((resolved, current), observed)| {
        let row = R::row(current);
        let observed =
            observed.map(|stored| Observation { row_updated_at: row.map(|row| row.updated_at), ..stored });
        let decision = decide_line(resource, resolved.line, current, observed.as_ref());
        let is_correction = matches!(&decision, Decision::Write(content) if R::is_correction(content));
        let id = row.filter(|_| !is_correction).map_or_else(Uuid::now_v7, |row| row.id);
        DecidedLine { resolved, row, id, decision, observed }
    });
    decided.collect()
}

fn decide_line<R: BulkResource>(
    resource: &R,
    line: &R::Line,
    current: &R::CurrentRow,
    observed: Option<&Observation>,
) -> Decision<R::Content> {
    if observed.is_some_and(|observed| observed.is_ahead) {
        let detail = "`observed_at` is more than five minutes ahead of the server's clock. Send the time of the observation.";
        return Decision::Refuse(vec![FieldError::body("/observed_at", "in_the_future", detail)]);
    }
    match resource.decide(line, current) {
        Decision::Delete if R::row(current).is_none() => Decision::Leave,
        decision @ (Decision::Leave | Decision::Refuse(_)) => decision,
        _ if observed.is_some_and(Observation::is_late) => Decision::Stale,
        decision => match resource.check_writable(line, current) {
            Ok(()) => decision,
            Err(field_error) => Decision::Refuse(vec![field_error]),
        },
    }
}

/// Returns the outcomes of all lines in the order of the request, with the current versions of the
/// rows.
async fn load_outcomes<R: BulkResource>(
    conn: &mut AsyncPgConnection,
    lines: &[DecidedLine<'_, R>],
    refused: Vec<IndexedOutcome>,
) -> Result<Vec<LineOutcome>, Error> {
    let ids = lines.iter().map(|line| line.id).collect();
    let versions = lock::load_versions(conn, R::TABLE, ids, "").await?;
    let decided = lines.iter().map(|line| (line.resolved.index, outcome(line, &versions)));
    let mut outcomes: Vec<IndexedOutcome> = refused.into_iter().chain(decided).collect();
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

fn outcome<R: BulkResource>(line: &DecidedLine<'_, R>, versions: &HashMap<Uuid, i64>) -> LineOutcome {
    let status = match &line.decision {
        Decision::Write(_) if line.row.is_some() => LineStatus::Updated,
        Decision::Write(_) => LineStatus::Created,
        Decision::Delete => LineStatus::Deleted,
        Decision::Leave => LineStatus::Unchanged,
        Decision::Stale => LineStatus::Stale,
        Decision::Refuse(field_errors) => LineStatus::Failed(field_errors.clone()),
    };
    let has_row = line.row.is_some() || status == LineStatus::Created;
    LineOutcome { status, id: has_row.then_some(line.id), version: versions.get(&line.id).copied() }
}
