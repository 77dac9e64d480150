//! Pure functions that compare sealed metrics and rows with metrics and rows derived today.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::model::{Figures, RowDrift};
use crate::metrics::model::{ExplainedRow, Metric};

/// A target whose sealed figures differ from the figures that are derived today.
#[derive(Debug, Clone, Copy)]
pub struct Drifted<'m> {
    /// The sealed metric; `None` if the target was created after sealing.
    pub sealed: Option<&'m Metric>,
    /// The metric that is derived today; `None` if the target no longer exists.
    pub now: Option<&'m Metric>,
}

impl<'m> Drifted<'m> {
    /// Returns the metric that is derived today, or the sealed metric if the target no longer
    /// exists.
    pub fn target(&self) -> Option<&'m Metric> {
        self.now.or(self.sealed)
    }
}

/// Compares sealed metrics with metrics that are derived today. Returns the targets whose figures
/// differ, and last the targets that no longer exist.
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

/// What identifies a row of an explanation, both in the sealed and in today's explanation.
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

/// Compares the rows of a sealed explanation with the rows of today's explanation. Returns the rows
/// that differ.
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
