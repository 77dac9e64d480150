//! Pure functions that rank councils by the change of their attendance.

use serde_json::Value;
use uuid::Uuid;

use super::model::{AttendanceShare, CouncilDrift};
use super::queries::DriftFact;
use crate::db::{After, Error, PageRequest};
use crate::values::Number;

/// The key by which councils are ranked: the largest drop in attendance first, councils without a
/// known change last.
type EngagementOrder = (bool, Option<Number>, Uuid);

const fn order_of(change: Option<Number>, council: Uuid) -> EngagementOrder {
    (change.is_none(), change, council)
}

/// Returns one page of the ranking. It has up to `page.limit + 1` councils, because the extra
/// council shows that another page follows.
pub(super) fn page(facts: Vec<DriftFact>, page: &PageRequest) -> Result<Vec<CouncilDrift>, Error> {
    let after = page.after.as_ref().map(parse_position).transpose()?;
    let order = |row: &CouncilDrift| order_of(row.change_points, row.council_id);
    let mut rows: Vec<CouncilDrift> = facts.into_iter().map(to_council_drift).collect();
    rows.retain(|row| after.is_none_or(|after| order(row) > after));
    rows.sort_by_key(order);
    rows.truncate(usize::try_from(page.limit + 1).unwrap_or(usize::MAX));
    Ok(rows)
}

/// Returns the sort key of a council, which the cursor of the next page contains.
pub(super) fn key(row: &CouncilDrift) -> Value {
    serde_json::json!(row.change_points)
}

/// Parses the sort key that a cursor contains. Checks it, because clients can forge cursors.
fn parse_position(after: &After) -> Result<EngagementOrder, Error> {
    let change = serde_json::from_value(after.key.clone()).map_err(|_| Error::BadCursor)?;
    Ok(order_of(change, after.id))
}

fn to_council_drift(fact: DriftFact) -> CouncilDrift {
    let last_year = AttendanceShare::of(fact.recent_attended, fact.recent_expected);
    let year_before = AttendanceShare::of(fact.earlier_attended, fact.earlier_expected);
    // Subtracts rounded percentages, so that a reader can check the difference.
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
