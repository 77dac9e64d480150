//! What bulk writes share below HTTP: what became of each line, one bulk write of a thing at a time, and when a sender
//! last saw what it reports.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Error;
use crate::values::{Fault, Instant};

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The row was made.
    Created,
    /// The row says something else now.
    Updated,
    /// The row is gone.
    Deleted,
    /// The row says so already, or is gone already.
    Unchanged,
    /// Something newer stands.
    Stale,
    /// It cannot be applied; the faults' pointers are the line's own.
    Failed(Vec<Fault>),
}

/// A line's verdict, and its row.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What became of the line.
    pub verdict: Verdict,
    /// Its row, where there is one.
    pub id: Option<Uuid>,
    /// The row's version now.
    pub version: Option<i64>,
}

impl Outcome {
    /// A line that cannot be applied.
    pub fn failed(faults: Vec<Fault>) -> Self {
        Self { verdict: Verdict::Failed(faults), id: None, version: None }
    }
}

/// What was made of the lines that could be read.
#[derive(Debug, Default)]
pub struct Applied {
    /// An outcome for each line, in their order.
    pub outcomes: Vec<Outcome>,
    /// The meetings whose registers were closed.
    pub registers_closed: Vec<Uuid>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    None,
    /// This row.
    One(Uuid),
    /// Several rows: it is refused, never guessed.
    Several,
}

impl Found {
    /// From how many rows go by a name, and one of them.
    pub fn of(count: i64, id: Option<Uuid>) -> Self {
        match (count, id) {
            (1, Some(id)) => Self::One(id),
            (0, _) | (_, None) => Self::None,
            _ => Self::Several,
        }
    }

    /// The row, or the fault at the field that names it.
    pub fn one(self, field: &str, none: &str, several: &str) -> Result<Uuid, Fault> {
        match self {
            Self::One(id) => Ok(id),
            Self::None => Err(Fault::body(field, "unknown_reference", none)),
            Self::Several => Err(Fault::body(field, "ambiguous", several)),
        }
    }
}

/// Waits until no other bulk write of these things is in hand; in their order, so that two never wait for each other.
pub async fn hold(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<(), Error> {
    diesel::sql_query(
        "SELECT pg_advisory_xact_lock(hashtextextended(held.id::text, 1))
         FROM (SELECT DISTINCT id FROM unnest($1) AS id ORDER BY id) held",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .execute(conn)
    .await?;
    Ok(())
}

/// When a line was seen, and since when what is known of its key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// When the sender saw what the line says.
    pub observed_at: Instant,
    /// Whether that is ahead of the database's clock by more than clocks may differ.
    pub is_ahead: bool,
    /// When the sender of the last report saw that, and when it was written down.
    pub last: Option<(Instant, Instant)>,
    /// When the row last changed, if there is one.
    pub standing_since: Option<Instant>,
}

impl Observed {
    /// Whether something newer stands: what the last report saw, or what somebody entered after it.
    pub fn is_late(&self) -> bool {
        let since = match (self.last, self.standing_since) {
            (Some((seen, recorded)), Some(changed)) if changed <= recorded => Some(seen),
            (Some((seen, _)), None) => Some(seen),
            (_, changed) => changed,
        };
        since.is_some_and(|since| self.observed_at < since)
    }
}

#[derive(QueryableByName)]
struct Seen {
    #[diesel(sql_type = Bool)]
    is_ahead: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_observed_at: Option<Instant>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_recorded_at: Option<Instant>,
}

/// What is known of when each key of a resource was seen, for the lines that say when they saw it; the row's own time is
/// the caller's to add.
pub async fn observed(
    conn: &mut AsyncPgConnection,
    resource: &str,
    keys: &[String],
    instants: &[Option<Instant>],
) -> Result<Vec<Option<Observed>>, Error> {
    if instants.iter().all(Option::is_none) {
        return Ok(vec![None; instants.len()]);
    }
    let seen: Vec<Seen> = diesel::sql_query(
        "SELECT COALESCE(given.at > now() + interval '5 minutes', false) AS is_ahead,
                o.observed_at AS last_observed_at, o.recorded_at AS last_recorded_at
         FROM unnest($2, $3) WITH ORDINALITY AS given (key, at, n)
         LEFT JOIN observations o ON o.resource = $1 AND o.key = given.key
         ORDER BY given.n",
    )
    .bind::<Text, _>(resource)
    .bind::<Array<Text>, _>(keys)
    .bind::<Array<Nullable<Timestamptz>>, _>(instants)
    .load(conn)
    .await?;
    let observed = |(seen, observed_at): (Seen, Instant)| Observed {
        observed_at,
        is_ahead: seen.is_ahead,
        last: seen.last_observed_at.zip(seen.last_recorded_at),
        standing_since: None,
    };
    Ok(seen.into_iter().zip(instants).map(|(seen, at)| at.map(|at| observed((seen, at)))).collect())
}

/// Notes when these keys were seen.
pub async fn note(
    conn: &mut AsyncPgConnection,
    resource: &str,
    seen: &[(&str, Instant)],
) -> Result<(), Error> {
    if seen.is_empty() {
        return Ok(());
    }
    let (keys, instants): (Vec<&str>, Vec<Instant>) = seen.iter().copied().unzip();
    diesel::sql_query(
        "INSERT INTO observations (resource, key, observed_at, recorded_at)
         SELECT $1, seen.key, seen.observed_at, now() FROM unnest($2, $3) AS seen (key, observed_at) ORDER BY seen.key
         ON CONFLICT (resource, key) DO UPDATE
         SET observed_at = EXCLUDED.observed_at, recorded_at = EXCLUDED.recorded_at",
    )
    .bind::<Text, _>(resource)
    .bind::<Array<Text>, _>(keys)
    .bind::<Array<Timestamptz>, _>(instants)
    .execute(conn)
    .await?;
    Ok(())
}
