//! Compares targets with the state that was last reported, and returns an event for each
//! difference. All functions are pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use crate::metrics::model::{Metric, Status};
use crate::metrics::overdue::model::OverdueItem;
use crate::values::Day;
use crate::webhooks::event_types::{Event, ReadingOverdue, TargetStatusChanged};

/// The state of a target that was last reported in events. The next comparison creates an event for
/// each difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSnapshot {
    pub status: Status,
    /// The keys of the target's overdue records, as [`key`] returns them.
    pub overdue: BTreeSet<String>,
}

impl TargetSnapshot {
    pub fn join_overdue_keys(&self) -> String {
        self.overdue.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// Returns a key that is unique among the overdue records of one target.
fn key(item: &OverdueItem) -> String {
    let from = item.meeting_id.map(|id| id.to_string()).or(item.period_from.map(|day| day.to_string()));
    format!("{}:{}", item.missing, from.unwrap_or_default())
}

/// Returns the events for targets that differ from their snapshot in `before`, and a new snapshot
/// for each of these targets. A target without a snapshot has no events. An overdue record is
/// reported from the day after the record was due.
pub fn compare(
    before: &HashMap<Uuid, TargetSnapshot>,
    metrics: &[Metric],
    overdue: Vec<OverdueItem>,
    day: Day,
) -> (Vec<Event>, Vec<(Uuid, TargetSnapshot)>) {
    let mut items: HashMap<Uuid, BTreeMap<String, OverdueItem>> = HashMap::new();
    for item in overdue.into_iter().filter(|item| item.days_overdue > 0) {
        items.entry(item.target_id).or_default().insert(key(&item), item);
    }
    let (mut events, mut changed) = (Vec::new(), Vec::new());
    for metric in metrics {
        let items = items.remove(&metric.target_id).unwrap_or_default();
        let now = TargetSnapshot { status: metric.status, overdue: items.keys().cloned().collect() };
        let before = before.get(&metric.target_id);
        if let Some(before) = before {
            events.extend(status_event(metric, before));
            let new = items.into_iter().filter(|(key, _)| !before.overdue.contains(key));
            let overdue_event = |item| ReadingOverdue { framework_id: metric.framework_id, as_at: day, item };
            events.extend(new.map(|(_, item)| Event::ReadingOverdue(overdue_event(item))));
        }
        if before != Some(&now) {
            changed.push((metric.target_id, now));
        }
    }
    (events, changed)
}

fn status_event(metric: &Metric, before: &TargetSnapshot) -> Option<Event> {
    let has_changed = metric.status != before.status;
    has_changed.then(|| Event::TargetStatusChanged(TargetStatusChanged::of(metric, before.status)))
}
