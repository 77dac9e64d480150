//! Loads and records the times at which senders observed the data in their bulk requests.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::observation::Observation;
use super::resource::{BulkResource, DecidedLine, Decision, ResolvedLine};
use crate::db::{Error, Statement};
use crate::values::Instant;

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Bool)]
    is_ahead: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_observed_at: Option<Instant>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_recorded_at: Option<Instant>,
}

/// Returns the stored observation for the row of each line of a bulk request. Lines without
/// `observed_at` get `None`. The caller sets `row_updated_at`.
pub(super) async fn load<R: BulkResource>(
    conn: &mut AsyncPgConnection,
    lines: &[ResolvedLine<'_, R>],
) -> Result<Vec<Option<Observation>>, Error> {
    let instants: Vec<Option<Instant>> = lines.iter().map(|line| R::observed_at(line.line)).collect();
    if instants.iter().all(Option::is_none) {
        return Ok(vec![None; instants.len()]);
    }
    let stored: Vec<Stored> = Statement::new(
        "SELECT COALESCE(line.at > now() + interval '5 minutes', false) AS is_ahead,
                o.observed_at AS last_observed_at, o.recorded_at AS last_recorded_at
         FROM unnest($2, $3) WITH ORDINALITY AS line (key, at, n)
         LEFT JOIN observations o ON o.resource = $1 AND o.key = line.key
         ORDER BY line.n",
    )
    .bind::<Text, _>(R::TABLE)
    .bind::<Array<Text>, _>(lines.iter().map(|line| R::key_text(&line.key)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Timestamptz>>, _>(&instants)
    .load(conn)
    .await?;
    let observed = |(stored, observed_at): (Stored, Option<Instant>)| {
        Some(Observation {
            observed_at: observed_at?,
            is_ahead: stored.is_ahead,
            last: stored.last_observed_at.zip(stored.last_recorded_at),
            row_updated_at: None,
        })
    };
    Ok(stored.into_iter().zip(instants).map(observed).collect())
}

/// Records the observation times of all lines of a bulk request that are neither refused nor late.
pub(super) async fn record<R: BulkResource>(
    conn: &mut AsyncPgConnection,
    lines: &[DecidedLine<'_, R>],
) -> Result<(), Error> {
    let accepted = lines.iter().filter(|line| !matches!(line.decision, Decision::Refuse(_)));
    let observed = accepted.filter_map(|line| {
        let observed = line.observed.filter(|observed| !observed.is_late())?;
        Some((R::key_text(&line.resolved.key), observed.observed_at))
    });
    let (keys, instants): (Vec<String>, Vec<Instant>) = observed.unzip();
    if keys.is_empty() {
        return Ok(());
    }
    Statement::new(
        "INSERT INTO observations (resource, key, observed_at, recorded_at)
         SELECT $1, line.key, line.observed_at, now() FROM unnest($2, $3) AS line (key, observed_at) ORDER BY line.key
         ON CONFLICT (resource, key) DO UPDATE
         SET observed_at = EXCLUDED.observed_at, recorded_at = EXCLUDED.recorded_at",
    )
    .bind::<Text, _>(R::TABLE)
    .bind::<Array<Text>, _>(keys)
    .bind::<Array<Timestamptz>, _>(instants)
    .execute(conn)
    .await?;
    Ok(())
}
