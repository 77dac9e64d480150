//! What has become of a target since it was last told: pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use crate::metrics::model::{Metric, Status};
use crate::metrics::overdue::model::OverdueItem;
use crate::values::Day;
use crate::webhooks::events::{Event, ReadingOverdue, TargetStatusChanged};

/// How a target was last told to stand, and what of it to be overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Its status.
    pub status: Status,
    /// What is overdue, by [`key`].
    pub overdue: BTreeSet<String>,
}

impl Followed {
    /// What is overdue, one after the other.
    pub fn listed(&self) -> String {
        self.overdue.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// What tells an overdue item from all others of its target.
fn key(item: &OverdueItem) -> String {
    let from = item.meeting_id.map(|id| id.to_string()).or(item.period_from.map(|day| day.to_string()));
    format!("{}:{}", item.missing, from.unwrap_or_default())
}

/// What has become of targets since they were last told, and how they stand now where that is another. Whoever is seen for the first time is
/// only followed. What is due since today is given until tomorrow.
pub fn told(
    before: &HashMap<Uuid, Followed>,
    metrics: &[Metric],
    overdue: Vec<OverdueItem>,
    day: Day,
) -> (Vec<Event>, Vec<(Uuid, Followed)>) {
    let mut items: HashMap<Uuid, BTreeMap<String, OverdueItem>> = HashMap::new();
    for item in overdue.into_iter().filter(|item| item.days_overdue > 0) {
        items.entry(item.target_id).or_default().insert(key(&item), item);
    }
    let (mut events, mut kept) = (Vec::new(), Vec::new());
    for metric in metrics {
        let items = items.remove(&metric.target_id).unwrap_or_default();
        let now = Followed { status: metric.status, overdue: items.keys().cloned().collect() };
        let before = before.get(&metric.target_id);
        if let Some(before) = before {
            events.extend(status(metric, before));
            let new = items.into_iter().filter(|(key, _)| !before.overdue.contains(key));
            let told = |item| ReadingOverdue { framework_id: metric.framework_id, as_at: day, item };
            events.extend(new.map(|(_, item)| Event::ReadingOverdue(told(item))));
        }
        if before != Some(&now) {
            kept.push((metric.target_id, now));
        }
    }
    (events, kept)
}

fn status(metric: &Metric, before: &Followed) -> Option<Event> {
    let has_changed = metric.status != before.status;
    has_changed.then(|| Event::TargetStatusChanged(TargetStatusChanged::of(metric, before.status)))
}
