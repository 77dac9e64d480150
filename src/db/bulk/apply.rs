//! Applying lines: which rows they mean, what stands, what is to be done, and doing it. The number of statements is the
//! same for one line and for a thousand.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::observed::{self, Observed};
use super::{Outcome, Verdict, lock};
use crate::db::Error;
use crate::values::{Fault, Instant};

/// What is to be done about a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<C> {
    /// The row is made, or made to say this.
    Write(C),
    /// The row is deleted.
    Delete,
    /// Nothing: it says so already, or is gone already.
    Leave,
    /// Nothing: something newer stands.
    Stale,
    /// Nothing: it cannot be.
    Refuse(Vec<Fault>),
}

/// A row that stands.
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
    /// The row of these columns, if there is one.
    pub fn of(id: Option<Uuid>, version: Option<i64>, updated_at: Option<Instant>) -> Option<Self> {
        Some(Self { id: id?, version: version?, updated_at: updated_at? })
    }
}

/// A line that means a row, and what is to be done about it.
#[derive(Debug)]
pub struct Work<'l, B: Bulk + ?Sized> {
    place: usize,
    /// The line.
    pub line: &'l B::Line,
    /// The row it means.
    pub meant: B::Meant,
    /// The row as it stands.
    pub row: Option<Row>,
    /// The row's id, also where it is to be made.
    pub id: Uuid,
    /// What is to be done.
    pub decision: Decision<B::Content>,
    key: String,
    /// When it was seen, if that is no earlier than what stands.
    news: Option<Instant>,
}

/// A resource whose rows are written in bulk.
#[expect(async_fn_in_trait, reason = "its futures stay on the thread that asks")]
pub trait Bulk {
    /// Its table.
    const TABLE: &'static str;
    /// What is sent.
    type Line;
    /// Which row a line means.
    type Meant;
    /// What stands for it.
    type Standing;
    /// What a row is to say.
    type Content;

    /// What tells a row from every other of its table.
    fn key(meant: &Self::Meant) -> String;
    /// What is held while rows of it are written: one bulk request at a time.
    fn held(meant: &Self::Meant) -> Uuid;
    /// The sender's own key of the line.
    fn external_id(line: &Self::Line) -> Option<&str>;
    /// When the sender saw it.
    fn observed_at(line: &Self::Line) -> Option<Instant>;
    /// The row that stands.
    fn row(standing: &Self::Standing) -> Option<Row>;
    /// What a line asks for, if nothing newer stands. Pure.
    fn wanted(&self, line: &Self::Line, standing: &Self::Standing) -> Decision<Self::Content>;
    /// Why nothing may be written just now. Pure.
    fn closed(&self, _line: &Self::Line, _standing: &Self::Standing) -> Option<Fault> {
        None
    }

    /// Whether writing this makes a new row that corrects the old one.
    fn is_correction(_content: &Self::Content) -> bool {
        false
    }

    /// The rows that lines mean, or every reason why one cannot be told.
    async fn find(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&Self::Line],
    ) -> Result<Vec<Result<Self::Meant, Vec<Fault>>>, Error>;
    /// Holds what the rows rest on, as a single row's write does.
    async fn hold(&self, _conn: &mut AsyncPgConnection, _held: &[Uuid]) -> Result<(), Error> {
        Ok(())
    }

    /// What stands for each of these lines, in their order.
    async fn standing(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[(&Self::Line, &Self::Meant)],
    ) -> Result<Vec<Self::Standing>, Error>;
    /// Writes what was decided. The rows are locked, so only a row that another writer has inserted since they were read is
    /// in the way: then [`Error::Contended`].
    async fn write(&self, conn: &mut AsyncPgConnection, work: &[Work<'_, Self>]) -> Result<(), Error>;
}

/// What is to be written, with the lines that ask for it.
pub fn written<'w, 'l, B: Bulk>(work: &'w [Work<'l, B>]) -> Vec<(&'w Work<'l, B>, &'w B::Content)> {
    let content = |work: &'w Work<'l, B>| match &work.decision {
        Decision::Write(content) => Some((work, content)),
        _ => None,
    };
    work.iter().filter_map(content).collect()
}

/// The rows that are to be deleted.
pub fn gone<B: Bulk>(work: &[Work<'_, B>]) -> Vec<Row> {
    work.iter().filter(|work| matches!(work.decision, Decision::Delete)).filter_map(|work| work.row).collect()
}

/// The keys that lines give to the rows they write.
pub fn keys<'w, B: Bulk>(written: &[(&'w Work<'_, B>, &B::Content)]) -> Vec<(Uuid, &'w str)> {
    written.iter().filter_map(|(work, _)| Some((work.id, B::external_id(work.line)?))).collect()
}

/// Applies lines: what was done, and what became of each, in their order.
pub async fn apply<'l, B: Bulk>(
    bulk: &B,
    conn: &mut AsyncPgConnection,
    lines: &[&'l B::Line],
) -> Result<(Vec<Work<'l, B>>, Vec<Outcome>), Error> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; lines.len()];
    let meant = bulk.find(conn, lines).await?;
    let meant = sound::<B>(lines, meant, &mut outcomes);
    let held: Vec<Uuid> = meant.iter().map(|(_, meant)| B::held(meant)).collect();
    lock::bound_waits(conn).await?;
    lock::lock_parents(conn, &held).await?;
    bulk.hold(conn, &held).await?;
    let work = decided(bulk, conn, lines, meant).await?;
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

/// The lines that mean a row which no other line means; the others have failed.
fn sound<B: Bulk>(
    lines: &[&B::Line],
    meant: Vec<Result<B::Meant, Vec<Fault>>>,
    outcomes: &mut [Option<Outcome>],
) -> Vec<(usize, B::Meant)> {
    let rows = counted(meant.iter().flatten().map(B::key));
    let keys = counted(lines.iter().filter_map(|line| B::external_id(line)));
    let twice = |field: &str| {
        vec![Fault::body(field, "duplicate", "Another line of this request means the same row.")]
    };
    let mut sound = Vec::new();
    for (place, meant) in meant.into_iter().enumerate() {
        let judged = match meant {
            Ok(meant) if rows[&B::key(&meant)] > 1 => Err(twice("")),
            Ok(_) if B::external_id(lines[place]).is_some_and(|key| keys[key] > 1) => {
                Err(twice("/external_id"))
            }
            meant => meant,
        };
        match judged {
            Ok(meant) => sound.push((place, meant)),
            Err(faults) => outcomes[place] = Some(Outcome::failed(faults)),
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

/// Locks the rows that stand for these lines, and returns them as they are under the lock.
async fn locked<B: Bulk>(
    bulk: &B,
    conn: &mut AsyncPgConnection,
    lines: &[(&B::Line, &B::Meant)],
) -> Result<Vec<B::Standing>, Error> {
    let standing = bulk.standing(conn, lines).await?;
    let rows: Vec<Row> = standing.iter().filter_map(B::row).collect();
    let is_current = lock::lock_rows(conn, B::TABLE, &rows).await?;
    if is_current { Ok(standing) } else { bulk.standing(conn, lines).await }
}

async fn decided<'l, B: Bulk>(
    bulk: &B,
    conn: &mut AsyncPgConnection,
    lines: &[&'l B::Line],
    meant: Vec<(usize, B::Meant)>,
) -> Result<Vec<Work<'l, B>>, Error> {
    let pairs: Vec<_> = meant.iter().map(|(place, meant)| (lines[*place], meant)).collect();
    let standing = locked(bulk, conn, &pairs).await?;
    if standing.len() != pairs.len() {
        return Err(Error::Contended);
    }
    let keys: Vec<String> = meant.iter().map(|(_, meant)| B::key(meant)).collect();
    let instants: Vec<_> = pairs.iter().map(|(line, _)| B::observed_at(line)).collect();
    let observed = observed::observed(conn, B::TABLE, &keys, &instants).await?;
    let work = meant.into_iter().zip(keys).zip(standing).zip(observed);
    let work = work.map(|((((place, meant), key), standing), observed)| {
        let line = lines[place];
        let row = B::row(&standing);
        let observed =
            observed.map(|seen| Observed { standing_since: row.map(|row| row.updated_at), ..seen });
        let decision = decide(bulk, line, &standing, observed.as_ref());
        let is_corrected = matches!(&decision, Decision::Write(content) if B::is_correction(content));
        let id = row.map(|row| row.id).filter(|_| !is_corrected).unwrap_or_else(Uuid::now_v7);
        let news = observed.filter(|seen| !seen.is_late()).map(|seen| seen.observed_at);
        Work { place, line, meant, row, id, decision, key, news }
    });
    Ok(work.collect())
}

fn decide<B: Bulk>(
    bulk: &B,
    line: &B::Line,
    standing: &B::Standing,
    observed: Option<&Observed>,
) -> Decision<B::Content> {
    if observed.is_some_and(|seen| seen.is_ahead) {
        let detail = "This is later than the server's clock by more than five minutes.";
        return Decision::Refuse(vec![Fault::body("/observed_at", "in_the_future", detail)]);
    }
    let wanted = match bulk.wanted(line, standing) {
        Decision::Delete if B::row(standing).is_none() => Decision::Leave,
        wanted => wanted,
    };
    match wanted {
        Decision::Leave | Decision::Refuse(_) => wanted,
        _ if observed.is_some_and(Observed::is_late) => Decision::Stale,
        wanted => bulk.closed(line, standing).map_or(wanted, |fault| Decision::Refuse(vec![fault])),
    }
}

/// A row's version.
#[derive(QueryableByName)]
pub(super) struct Versioned {
    #[diesel(sql_type = SqlUuid)]
    pub(super) id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub(super) version: i64,
}

/// The rows' versions now.
async fn versions<B: Bulk>(
    conn: &mut AsyncPgConnection,
    work: &[Work<'_, B>],
) -> Result<HashMap<Uuid, i64>, Error> {
    let ids: Vec<Uuid> = work.iter().map(|work| work.id).collect();
    let sql = format!("SELECT id, version FROM {} WHERE id = ANY ($1)", B::TABLE);
    let rows: Vec<Versioned> = diesel::sql_query(sql).bind::<Array<SqlUuid>, _>(ids).load(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.version)).collect())
}

fn outcome<B: Bulk>(work: &Work<'_, B>, versions: &HashMap<Uuid, i64>) -> Outcome {
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
    Outcome { verdict, id, version: versions.get(&work.id).copied() }
}
