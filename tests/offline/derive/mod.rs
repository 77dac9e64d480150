//! The decided readings of `derive`, from facts alone.

mod forms;
mod meetings;
mod parts;
mod readings;
mod ties;

use chrono::NaiveDate;
use outturn::metrics::derive;
use outturn::metrics::facts::{AttendanceFact, AttendanceScope, Evidence, MeetingFact, TargetFact};
use outturn::metrics::model::Metric;
use outturn::rules::{Aim, Frequency};
use outturn::values::Number;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

const LAST_DAY: &str = "2018-03-31";

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a value")
}

const fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A target of 2017-18 with this measure and threshold, read at a date.
fn target(measure: Value, threshold: i64, as_at: &str) -> TargetFact {
    TargetFact {
        target_id: id(1),
        as_at: day(as_at),
        asked_on: day(as_at),
        due_by: day(as_at),
        is_last_year: false,
        framework_id: id(2),
        code: read(json!("target")),
        title: read(json!("A target")),
        measure: read(measure),
        aim: Aim::AtLeast,
        threshold: Some(Number::from(threshold)),
        tolerance: None,
        frequencies: vec![Frequency::Quarterly],
        baseline: None,
        owner: None,
        due_on: None,
        implied: false,
        continues_target_id: None,
        plan_from: day("2017-04-01"),
        plan_until: day("2018-04-01"),
        refs: None,
        outcome_ids: Vec::new(),
        handed_over_on: None,
        revision: None,
        judgement: None,
        claims: Vec::new(),
    }
}

/// A meeting of a group on a day, as `target` sees it.
fn meeting(target: &TargetFact, n: u128, group: u128, held_on: &str, status: &str) -> MeetingFact {
    MeetingFact {
        target_id: target.target_id,
        as_at: target.as_at,
        meeting_id: id(n),
        title: read(json!("A meeting")),
        group_id: Some(id(group)),
        group_name: None,
        held_on: day(held_on),
        status: read(json!(status)),
        register: read(json!("closed")),
        counts_from: day(held_on),
        is_ahead: day(held_on) > target.as_at,
        delivered: None,
    }
}

/// So many of so many at a meeting of the group, or over several.
fn attendance(
    target: &TargetFact,
    (scope, meeting): (AttendanceScope, Option<u128>),
    group: Option<u128>,
    (attended, expected): (i64, i64),
) -> AttendanceFact {
    AttendanceFact {
        target_id: target.target_id,
        as_at: target.as_at,
        scope,
        meeting_id: meeting.map(id),
        group_id: group.map(id),
        expected,
        attended,
        attended_or_sent: attended,
        attended_oneself: attended,
        present: attended,
        present_virtual: 0,
        substitutes: 0,
        apologies: 0,
        absent: 0,
        not_recorded: 0,
        vacant: 0,
    }
}

fn metric(target: &TargetFact, evidence: &Evidence) -> Metric {
    derive::metric_of(target, evidence)
}

/// The value, why there is none, the status and its reason.
fn said(metric: &Metric) -> (Option<i64>, &'static str, &'static str, &'static str) {
    let why_none = metric.value_reason.map_or("-", |reason| reason.as_str());
    (metric.value, why_none, metric.status.as_str(), metric.status_reason.as_str())
}

/// Numerator and denominator.
const fn parts(metric: &Metric) -> (Option<i64>, Option<i64>) {
    (metric.numerator, metric.denominator)
}
