//! When senders observed what they report. An older report that arrives late is not applied.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::Error;
use crate::values::Instant;

/// When a line was observed, and how old the stored data about its key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// When the sender observed the content of the line.
    pub observed_at: Instant,
    /// Whether `observed_at` is ahead of the database's clock by more than the accepted difference.
    pub is_ahead: bool,
    /// When the sender of the last report observed it, and when it was recorded.
    pub last: Option<(Instant, Instant)>,
    /// When the row last changed, if there is one.
    pub standing_since: Option<Instant>,
}

impl Observed {
    /// Returns whether newer data is stored: from the last report, or from a later change of the
    /// row.
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

/// Returns what is stored about the observation of each key of a resource, for the lines with an
/// `observed_at`. The caller adds the time of the row itself.
pub(super) async fn observed(
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

/// Records when these keys were observed.
pub(super) async fn note(
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
