//! Pure functions that compute the parts of a framework's successor from the framework.

use std::collections::HashMap;

use chrono::Datelike;
use uuid::Uuid;

use super::model::NewFrameworkSuccessor;
use crate::actions::model::{Action, NewAction};
use crate::frameworks::model::{Framework, NewFramework};
use crate::frameworks::outcomes::model::{NewOutcome, Outcome};
use crate::frameworks::themes::model::{NewTheme, Theme};
use crate::metrics::model::{Detail, Metric};
use crate::progress::entry::Unit;
use crate::rules::measure::CountTotal;
use crate::rules::rounding::half_up;
use crate::rules::{Aim, Measure, PlanPeriod, Tolerance, profile};
use crate::targets::model::{Baseline, BaselineSource, NewTarget, Target};
use crate::values::{Day, Number, ShortText};

/// Returns the text of a plan period, such as `2018-19`. If the plan period is not a number of
/// whole years, returns its first and last month, such as `2018-04-to-2018-09`.
fn text(plan: &PlanPeriod) -> String {
    let (first, last) = (plan.0.from, plan.0.last_day());
    if !plan.months().is_multiple_of(12) {
        return format!("{}-to-{}", first.format("%Y-%m"), last.format("%Y-%m"));
    }
    match (first.year(), last.year()) {
        (year, same) if year == same => year.to_string(),
        (year, last) => format!("{year}-{:02}", last % 100),
    }
}

/// Returns the new framework, with the plan period `next`.
pub(super) fn framework(before: &Framework, new: &NewFrameworkSuccessor, next: &PlanPeriod) -> NewFramework {
    let (own, next_text) = (text(&before.plan()), text(next));
    let title = before.title.as_str().replace(&own, &next_text);
    NewFramework {
        plan_from: Day(next.0.from),
        plan_until: Some(Day(next.0.until)),
        code: new.code.clone().unwrap_or_else(|| next_text.as_str().into()),
        title: new.title.clone().unwrap_or_else(|| title.as_str().into()),
        status: None,
        notes: None,
    }
}

pub(super) fn theme(before: &Theme, framework_id: Uuid) -> NewTheme {
    let Theme { code, title, position, printed_ref, .. } = before.clone();
    NewTheme { framework_id, code, title, position, printed_ref }
}

pub(super) fn outcome(before: &Outcome, theme_id: Uuid) -> NewOutcome {
    let Outcome { code, title, position, printed_ref, .. } = before.clone();
    NewOutcome { theme_id, code, title, position, printed_ref }
}

/// Copies an action with its groups. Does not copy meetings, quirks, source lines and notes, which
/// belong to one plan period.
pub(super) fn action(before: &Action, outcome_id: Uuid) -> NewAction {
    let Action { code, title, position, printed_ref, group_ids, .. } = before.clone();
    NewAction {
        outcome_id,
        code,
        title,
        position,
        printed_ref,
        quirks: None,
        source_lines: None,
        notes: None,
        group_ids: Some(group_ids),
        meeting_ids: None,
    }
}

/// Copies a target to the framework of the plan period `next`. Its threshold is the last revised
/// threshold, and its baseline is the outturn. Its dates are later by the number of months of the
/// plan period `own`. Its profile and tolerance are limited to the threshold, as new targets
/// require.
pub(super) fn target(
    (own, next): (&PlanPeriod, &PlanPeriod),
    before: &Target,
    actions: &HashMap<Uuid, Uuid>,
    revised: Option<Number>,
    baseline: Option<Baseline>,
) -> NewTarget {
    let before = before.clone();
    let threshold = revised.or(before.threshold);
    let (months, cap) = (own.months(), threshold.filter(|_| before.aim == Aim::AtLeast));
    NewTarget {
        action_ids: before.action_ids.iter().filter_map(|id| actions.get(id).copied()).collect(),
        code: before.code,
        title: before.title,
        position: before.position,
        measure: measure(before.measure, months, next, cap),
        aim: Some(before.aim),
        frequencies: Some(before.frequencies),
        sources: Some(before.sources),
        implied: Some(before.implied),
        council_reported: Some(before.council_reported),
        threshold,
        tolerance: before.tolerance.map(|tolerance| limit_tolerance(tolerance, before.aim, threshold)),
        frequency_printed: before.frequency_printed,
        baseline,
        owner: before.owner,
        due_on: before.due_on.and_then(|day| day.later(months)),
        reading_lag: before.reading_lag,
        notes: None,
        continues_target_id: Some(before.id),
    }
}

fn measure(before: Measure, months: u32, next: &PlanPeriod, cap: Option<Number>) -> Measure {
    match before {
        Measure::CountTotal(CountTotal { unit_name, profile }) => {
            let profile = profile::moved(&profile, months, next, cap);
            Measure::CountTotal(CountTotal { unit_name, profile })
        }
        other => other,
    }
}

fn limit_tolerance(tolerance: Tolerance, aim: Aim, threshold: Option<Number>) -> Tolerance {
    match threshold.filter(|threshold| tolerance.exceeds(aim, *threshold)) {
        Some(threshold) => Tolerance { value: threshold, ..tolerance },
        None => tolerance,
    }
}

/// Returns the baseline of the next target: the outturn, with its target, day and publication as
/// the source. Returns `None` if the outturn has no number that a baseline can state.
pub(super) fn baseline(
    before: &Framework,
    metric: &Metric,
    publication_id: Option<Uuid>,
) -> Option<Baseline> {
    let value = match metric.unit {
        Unit::Percent => metric.value_percent?.0,
        Unit::Count | Unit::Pence | Unit::Named => metric.value?,
        Unit::None => return None,
    };
    let value = Number(half_up(value.0));
    if value.0.abs() > Number::LIMIT.into() {
        return None;
    }
    let stated = |part: Option<i64>| part.filter(|part| *part <= Baseline::MAX_PART);
    let so_far =
        if metric.completeness.provisional { "; a record that was due was still missing" } else { "" };
    let note = format!("Outturn of {} as at {}{so_far}", before.code, metric.as_at);
    Some(Baseline {
        value,
        numerator: stated(metric.numerator),
        denominator: stated(metric.denominator),
        meetings: meetings(metric),
        note: Some(ShortText::from(note.as_str())),
        source: Some(BaselineSource { target_id: metric.target_id, as_at: metric.as_at, publication_id }),
    })
}

/// Returns the number of meetings from which the outturn was computed. Returns `None` if the
/// measure does not count meetings.
const fn meetings(metric: &Metric) -> Option<i64> {
    match &metric.detail {
        Detail::Attendance(detail) => Some(detail.meetings),
        Detail::Evaluation(detail) => Some(detail.events),
        Detail::Deliverable(_) => metric.denominator,
        _ => None,
    }
}
