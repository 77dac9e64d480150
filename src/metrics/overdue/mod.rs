//! Overdue records: records that are due and missing, by owner and age.

pub mod model;
pub mod routes;

use std::cmp::Reverse;

use chrono::NaiveDate;

use super::DerivedMetrics;
use super::derive::{Missing, MissingFrom, missing};
use super::facts::TargetFact;
use crate::values::{Day, ShortText};
use model::OverdueItem;

pub fn overdue(derived: &DerivedMetrics, day: NaiveDate) -> Vec<OverdueItem> {
    let of_target = |(target, evidence)| {
        let all = missing(target, evidence).into_iter();
        all.map(|missing| item(target, missing, day)).collect::<Vec<_>>()
    };
    let mut items: Vec<OverdueItem> = derived.facts.requested().flat_map(of_target).collect();
    items.sort_by_cached_key(|item| {
        (item.owner.is_none(), item.owner.as_ref().map(ShortText::to_string), Reverse(item.days_overdue))
    });
    items
}

fn item(target: &TargetFact, missing: Missing<'_>, day: NaiveDate) -> OverdueItem {
    let (meeting, period) = match missing.from {
        MissingFrom::Meeting(meeting) => (Some(meeting), None),
        MissingFrom::Period(period) => (None, Some(period)),
    };
    let due_on = match missing.from {
        MissingFrom::Meeting(meeting) => meeting.counts_from,
        MissingFrom::Period(period) => period.last_day(),
    };
    OverdueItem {
        owner: target.owner.clone(),
        target_id: target.target_id,
        code: target.code.clone(),
        printed_ref: target.refs.clone(),
        title: target.title.clone(),
        missing: missing.kind,
        meeting_id: meeting.map(|meeting| meeting.meeting_id),
        meeting_title: meeting.map(|meeting| meeting.title.clone()),
        group_name: meeting.and_then(|meeting| meeting.group_name.clone()),
        period_from: period.map(|period| Day(period.from)),
        due_on: Day(due_on),
        days_overdue: (day - due_on).num_days(),
    }
}
