//! Which councils attend less than they did: pure.

use serde_json::Value;
use uuid::Uuid;

use super::model::{AttendanceShare, CouncilDrift};
use super::queries::DriftFact;
use crate::db::{After, Error, Window};
use crate::values::Number;

/// A council's place in the list: the largest drop first, those without a change last.
type Place = (bool, Option<Number>, Uuid);

const fn place(change: Option<Number>, council: Uuid) -> Place {
    (change.is_none(), change, council)
}

/// The part of the list that the window shows, and one council more if there is one.
pub(super) fn page(facts: Vec<DriftFact>, window: &Window) -> Result<Vec<CouncilDrift>, Error> {
    let behind = window.after.as_ref().map(behind).transpose()?;
    let place = |row: &CouncilDrift| place(row.change_points, row.council_id);
    let mut rows: Vec<CouncilDrift> = facts.into_iter().map(drift).collect();
    rows.retain(|row| behind.is_none_or(|behind| place(row) > behind));
    rows.sort_by_key(place);
    rows.truncate(usize::try_from(window.limit + 1).unwrap_or(usize::MAX));
    Ok(rows)
}

/// The value of a row that the next page starts behind.
pub(super) fn key(row: &CouncilDrift) -> Value {
    serde_json::json!(row.change_points)
}

/// The place of a cursor's row; a cursor can be forged.
fn behind(after: &After) -> Result<Place, Error> {
    let change = serde_json::from_value(after.key.clone()).map_err(|_| Error::BadCursor)?;
    Ok(place(change, after.id))
}

fn drift(fact: DriftFact) -> CouncilDrift {
    let last_year = AttendanceShare::of(fact.recent_attended, fact.recent_expected);
    let year_before = AttendanceShare::of(fact.earlier_attended, fact.earlier_expected);
    // The difference of what is shown, so that a reader can check it.
    let change = last_year.value_percent.zip(year_before.value_percent);
    CouncilDrift {
        council_id: fact.council_id,
        name: fact.name,
        kind: fact.kind,
        change_points: change.map(|(later, earlier)| Number(later.0.0 - earlier.0.0)),
        last_year,
        year_before,
        last_attended_on: fact.last_attended_on,
        coverage_entries: fact.coverage_entries,
    }
}
