//! What differs between what was sealed and what is: pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::model::{Figures, RowDrift};
use crate::metrics::model::{ExplainedRow, Metric};

/// A target whose figures differ, as it was and as it is.
#[derive(Debug, Clone, Copy)]
pub struct Drifted<'m> {
    /// As it was sealed.
    pub sealed: Option<&'m Metric>,
    /// As it is.
    pub now: Option<&'m Metric>,
}

impl<'m> Drifted<'m> {
    /// The target's newest description.
    pub fn target(&self) -> Option<&'m Metric> {
        self.now.or(self.sealed)
    }
}

/// The targets whose figures differ: those of today in their order, then those that are gone.
pub fn targets<'m>(sealed: &'m [Metric], now: &'m [Metric]) -> Vec<Drifted<'m>> {
    let by_id: HashMap<Uuid, &Metric> = sealed.iter().map(|metric| (metric.target_id, metric)).collect();
    let today: BTreeSet<Uuid> = now.iter().map(|metric| metric.target_id).collect();
    let standing =
        now.iter().map(|metric| Drifted { sealed: by_id.get(&metric.target_id).copied(), now: Some(metric) });
    let gone = sealed.iter().filter(|metric| !today.contains(&metric.target_id));
    let gone = gone.map(|metric| Drifted { sealed: Some(metric), now: None });
    let figures = |metric: Option<&Metric>| metric.map(Figures::from);
    standing.chain(gone).filter(|pair| figures(pair.sealed) != figures(pair.now)).collect()
}

/// What tells a row of an explanation from the others.
type Key<'r> = (u8, Uuid, Option<Uuid>, Option<Uuid>, Option<&'r str>);

fn key(row: &ExplainedRow) -> Key<'_> {
    match row {
        ExplainedRow::Meeting(row) => (0, row.meeting_id, None, None, None),
        ExplainedRow::Line(row) if row.seat_id.is_some() => (1, row.meeting_id, row.seat_id, None, None),
        ExplainedRow::Line(row) => (2, row.meeting_id, row.council_id, row.attendance_id, None),
        ExplainedRow::Evaluation(row) => (3, row.evaluation_id, None, None, None),
        ExplainedRow::Council(row) => {
            (4, row.council_id, None, None, row.occasion.as_ref().map(|word| word.as_str()))
        }
        ExplainedRow::Entry(row) => (5, row.progress_id, None, None, None),
    }
}

/// The rows that are not what they were, by kind.
pub fn rows(sealed: &[ExplainedRow], now: &[ExplainedRow]) -> Vec<RowDrift> {
    let mut pairs: BTreeMap<Key<'_>, (Option<&ExplainedRow>, Option<&ExplainedRow>)> = BTreeMap::new();
    for row in sealed {
        pairs.entry(key(row)).or_default().0 = Some(row);
    }
    for row in now {
        pairs.entry(key(row)).or_default().1 = Some(row);
    }
    let differ = pairs.into_values().filter(|(sealed, now)| sealed != now);
    differ.map(|(sealed, now)| RowDrift { sealed: sealed.cloned(), now: now.cloned() }).collect()
}

/// The resources that a row names.
pub fn resources(row: &ExplainedRow) -> impl Iterator<Item = Uuid> {
    let named: [Option<Uuid>; 4] = match row {
        ExplainedRow::Meeting(row) => [Some(row.meeting_id), row.group_id, None, None],
        ExplainedRow::Line(row) => [Some(row.meeting_id), row.seat_id, row.council_id, row.attendance_id],
        ExplainedRow::Evaluation(row) => [Some(row.evaluation_id), Some(row.meeting_id), None, None],
        ExplainedRow::Council(row) => [Some(row.council_id), row.progress_id, None, None],
        ExplainedRow::Entry(row) => [Some(row.progress_id), row.superseded_by_id, row.council_id, None],
    };
    named.into_iter().flatten()
}
