//! Applies the lines of a bulk request. It finds and locks their rows, decides what to do with each
//! line, and does it. The number of statements is the same for one line and for a thousand.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::observed::{self, Observed};
use super::{LineOutcome, Verdict, lock};
use crate::db::Error;
use crate::values::{FieldError, Instant};

/// What to do with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<C> {
    /// Create the row, or update it to this content.
    Write(C),
    /// Delete the row.
    Delete,
    /// Do nothing: the row already has this content, or the row to delete does not exist.
    Leave,
    /// Do nothing: newer data is stored.
    Stale,
    /// Do nothing: the line cannot be applied.
    Refuse(Vec<FieldError>),
}

/// A current row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Row {
    /// Returns the row of these columns. Returns `None` if one of them is null.
    pub fn of(id: Option<Uuid>, version: Option<i64>, updated_at: Option<Instant>) -> Option<Self> {
        Some(Self { id: id?, version: version?, updated_at: updated_at? })
    }
}

/// A line that refers to a row, and what to do with it.
#[derive(Debug)]
pub struct Work<'l, B: Bulk + ?Sized> {
    place: usize,
    /// The line.
    pub line: &'l B::Line,
    /// The row that the line refers to.
    pub resolved: B::ResolvedKey,
    /// The current row, if it exists.
    pub row: Option<Row>,
    /// The row's id, also if the row is to be created.
    pub id: Uuid,
    /// What to do.
    pub decision: Decision<B::Content>,
    key: String,
    /// When the sender observed the line, unless newer data is stored.
    news: Option<Instant>,
}

/// A resource whose rows are written in bulk.
#[expect(async_fn_in_trait, reason = "its futures stay on the thread that asks")]
pub trait Bulk {
    /// Its table.
    const TABLE: &'static str;
    /// A line of a request.
    type Line;
    /// The row that a line refers to.
    type ResolvedKey;
    /// The current state of that row.
    type CurrentRow;
    /// The content to write to a row.
    type Content;

    /// Returns the key that distinguishes a row from every other row of its table.
    fn key(resolved: &Self::ResolvedKey) -> String;
    /// Returns the id to lock while rows are written, so that one bulk request at a time writes
    /// them.
    fn held(resolved: &Self::ResolvedKey) -> Uuid;
    /// Returns the sender's own key of the line.
    fn external_id(line: &Self::Line) -> Option<&str>;
    /// Returns when the sender observed the line.
    fn observed_at(line: &Self::Line) -> Option<Instant>;
    /// Returns the current row.
    fn row(current: &Self::CurrentRow) -> Option<Row>;
    /// Decides what a line asks for if no newer data is stored. Pure.
    fn wanted(&self, line: &Self::Line, current: &Self::CurrentRow) -> Decision<Self::Content>;
    /// Returns why nothing may be written at the moment. Pure.
    fn closed(&self, _line: &Self::Line, _standing: &Self::CurrentRow) -> Option<FieldError> {
        None
    }

    /// Returns whether writing this content creates a new row that corrects the old one.
    fn is_correction(_content: &Self::Content) -> bool {
        false
    }

    /// Finds the rows that lines refer to, or all field errors of a line whose row is not known.
    async fn find(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&Self::Line],
    ) -> Result<Vec<Result<Self::ResolvedKey, Vec<FieldError>>>, Error>;
    /// Locks the rows that the written rows depend on, as the write of a single row does.
    async fn lock_parents(&self, _conn: &mut AsyncPgConnection, _held: &[Uuid]) -> Result<(), Error> {
        Ok(())
    }

    /// Reads the current state of these lines' rows, in the order of the lines.
    async fn current_rows(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[(&Self::Line, &Self::ResolvedKey)],
    ) -> Result<Vec<Self::CurrentRow>, Error>;
    /// Writes what was decided. The current rows are locked, so a conflict is only possible if
    /// another transaction has inserted a row since they were read. Then it fails with
    /// [`Error::Contended`].
    async fn write(&self, conn: &mut AsyncPgConnection, work: &[Work<'_, Self>]) -> Result<(), Error>;
}

/// Returns the content to write, with the lines that ask for it.
pub fn written<'w, 'l, B: Bulk>(work: &'w [Work<'l, B>]) -> Vec<(&'w Work<'l, B>, &'w B::Content)> {
    let content = |work: &'w Work<'l, B>| match &work.decision {
        Decision::Write(content) => Some((work, content)),
        _ => None,
    };
    work.iter().filter_map(content).collect()
}

/// Returns the rows to delete.
pub fn gone<B: Bulk>(work: &[Work<'_, B>]) -> Vec<Row> {
    work.iter().filter(|work| matches!(work.decision, Decision::Delete)).filter_map(|work| work.row).collect()
}

/// Returns the external ids that lines give to the rows they write.
pub fn keys<'w, B: Bulk>(written: &[(&'w Work<'_, B>, &B::Content)]) -> Vec<(Uuid, &'w str)> {
    written.iter().filter_map(|(work, _)| Some((work.id, B::external_id(work.line)?))).collect()
}

/// Applies lines. Returns what was done, and the outcome of each line in their order.
pub async fn apply<'l, B: Bulk>(
    bulk: &B,
    conn: &mut AsyncPgConnection,
    lines: &[&'l B::Line],
) -> Result<(Vec<Work<'l, B>>, Vec<LineOutcome>), Error> {
    let mut outcomes: Vec<Option<LineOutcome>> = vec![None; lines.len()];
    let resolved = bulk.find(conn, lines).await?;
    let resolved = sound::<B>(lines, resolved, &mut outcomes);
    let held: Vec<Uuid> = resolved.iter().map(|(_, resolved)| B::held(resolved)).collect();
    lock::bound_waits(conn).await?;
    lock::lock_parents(conn, &held).await?;
    bulk.lock_parents(conn, &held).await?;
    let work = decided(bulk, conn, lines, resolved).await?;
    bulk.write(conn, &work).await?;
    let news = work.iter().filter(|work| !matches!(work.decision, Decision::Refuse(_)));
    let news: Vec<(&str, Instant)> = news.filter_map(|work| Some((work.key.as_str(), work.news?))).collect();
    observed::note(conn, B::TABLE, &news).await?;
    let versions = versions(conn, &work).await?;
    for work in &work {
        outcomes[work.place] = Some(outcome(work, &versions));
    }
    Ok((work, outcomes.into_iter().flatten().collect()))
}

/// Returns the lines that refer to a row which no other line refers to. The other lines fail.
fn sound<B: Bulk>(
    lines: &[&B::Line],
    resolved: Vec<Result<B::ResolvedKey, Vec<FieldError>>>,
    outcomes: &mut [Option<LineOutcome>],
) -> Vec<(usize, B::ResolvedKey)> {
    let rows = counted(resolved.iter().flatten().map(B::key));
    let keys = counted(lines.iter().filter_map(|line| B::external_id(line)));
    let twice = |field: &str| {
        vec![FieldError::body(
            field,
            "duplicate",
            "Another line of this request refers to the same row; send one line for each row.",
        )]
    };
    let mut sound = Vec::new();
    for (place, resolved) in resolved.into_iter().enumerate() {
        let judged = match resolved {
            Ok(resolved) if rows[&B::key(&resolved)] > 1 => Err(twice("")),
            Ok(_) if B::external_id(lines[place]).is_some_and(|key| keys[key] > 1) => {
                Err(twice("/external_id"))
            }
            resolved => resolved,
        };
        match judged {
            Ok(resolved) => sound.push((place, resolved)),
            Err(faults) => outcomes[place] = Some(LineOutcome::failed(faults)),
        }
    }
    sound
}

fn counted<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    let mut counts = HashMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// Locks the current rows of these lines, and returns their state under the lock.
async fn locked<B: Bulk>(
    bulk: &B,
    conn: &mut AsyncPgConnection,
    lines: &[(&B::Line, &B::ResolvedKey)],
) -> Result<Vec<B::CurrentRow>, Error> {
    let current = bulk.current_rows(conn, lines).await?;
    let rows: Vec<Row> = current.iter().filter_map(B::row).collect();
    let is_current = lock::lock_rows(conn, B::TABLE, &rows).await?;
    if is_current { Ok(current) } else { bulk.current_rows(conn, lines).await }
}

async fn decided<'l, B: Bulk>(
    bulk: &B,
    conn: &mut AsyncPgConnection,
    lines: &[&'l B::Line],
    resolved: Vec<(usize, B::ResolvedKey)>,
) -> Result<Vec<Work<'l, B>>, Error> {
    let pairs: Vec<_> = resolved.iter().map(|(place, resolved)| (lines[*place], resolved)).collect();
    let current = locked(bulk, conn, &pairs).await?;
    if current.len() != pairs.len() {
        return Err(Error::Contended);
    }
    let keys: Vec<String> = resolved.iter().map(|(_, resolved)| B::key(resolved)).collect();
    let instants: Vec<_> = pairs.iter().map(|(line, _)| B::observed_at(line)).collect();
    let observed = observed::observed(conn, B::TABLE, &keys, &instants).await?;
    let work = resolved.into_iter().zip(keys).zip(current).zip(observed);
    let work = work.map(|((((place, resolved), key), current), observed)| {
        let line = lines[place];
        let row = B::row(&current);
        let observed =
            observed.map(|seen| Observed { standing_since: row.map(|row| row.updated_at), ..seen });
        let decision = decide(bulk, line, &current, observed.as_ref());
        let is_corrected = matches!(&decision, Decision::Write(content) if B::is_correction(content));
        let id = row.map(|row| row.id).filter(|_| !is_corrected).unwrap_or_else(Uuid::now_v7);
        let news = observed.filter(|seen| !seen.is_late()).map(|seen| seen.observed_at);
        Work { place, line, resolved, row, id, decision, key, news }
    });
    Ok(work.collect())
}

fn decide<B: Bulk>(
    bulk: &B,
    line: &B::Line,
    current: &B::CurrentRow,
    observed: Option<&Observed>,
) -> Decision<B::Content> {
    if observed.is_some_and(|seen| seen.is_ahead) {
        let detail =
            "This is more than five minutes ahead of the server's clock; send the time of the observation.";
        return Decision::Refuse(vec![FieldError::body("/observed_at", "in_the_future", detail)]);
    }
    let wanted = match bulk.wanted(line, current) {
        Decision::Delete if B::row(current).is_none() => Decision::Leave,
        wanted => wanted,
    };
    match wanted {
        Decision::Leave | Decision::Refuse(_) => wanted,
        _ if observed.is_some_and(Observed::is_late) => Decision::Stale,
        wanted => bulk.closed(line, current).map_or(wanted, |fault| Decision::Refuse(vec![fault])),
    }
}

/// The id and the version of a row.
#[derive(QueryableByName)]
pub(super) struct Versioned {
    #[diesel(sql_type = SqlUuid)]
    pub(super) id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub(super) version: i64,
}

/// Returns the current versions of the rows.
async fn versions<B: Bulk>(
    conn: &mut AsyncPgConnection,
    work: &[Work<'_, B>],
) -> Result<HashMap<Uuid, i64>, Error> {
    let ids: Vec<Uuid> = work.iter().map(|work| work.id).collect();
    let sql = format!("SELECT id, version FROM {} WHERE id = ANY ($1)", B::TABLE);
    let rows: Vec<Versioned> = diesel::sql_query(sql).bind::<Array<SqlUuid>, _>(ids).load(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.version)).collect())
}

fn outcome<B: Bulk>(work: &Work<'_, B>, versions: &HashMap<Uuid, i64>) -> LineOutcome {
    let was_there = work.row.is_some();
    let verdict = match &work.decision {
        Decision::Write(_) if was_there => Verdict::Updated,
        Decision::Write(_) => Verdict::Created,
        Decision::Delete => Verdict::Deleted,
        Decision::Leave => Verdict::Unchanged,
        Decision::Stale => Verdict::Stale,
        Decision::Refuse(faults) => Verdict::Failed(faults.clone()),
    };
    let id = (was_there || verdict == Verdict::Created).then_some(work.id);
    LineOutcome { verdict, id, version: versions.get(&work.id).copied() }
}
