//! What becomes of a framework's parts in the year after: pure.

use std::collections::HashMap;

use chrono::{Datelike, Months};
use uuid::Uuid;

use super::model::NewFrameworkSuccessor;
use crate::actions::model::{Action, NewAction};
use crate::frameworks::model::{Framework, NewFramework};
use crate::frameworks::outcomes::model::{NewOutcome, Outcome};
use crate::frameworks::themes::model::{NewTheme, Theme};
use crate::metrics::model::{Detail, Metric};
use crate::progress::entry::Unit;
use crate::rules::Measure;
use crate::rules::measure::{CountTotal, ProfilePoint};
use crate::targets::model::{Baseline, BaselineSource, NewTarget, Target};
use crate::values::{Day, Line, Number};

/// A plan year's own word, such as 2017-18.
fn word(plan_from: Day) -> String {
    let year = plan_from.0.year();
    format!("{year}-{:02}", (year + 1) % 100)
}

/// The same day a year later, as far as days are kept.
fn a_year_later(day: Day) -> Day {
    let later = day.0.checked_add_months(Months::new(12)).filter(|later| later.year() <= 2100);
    later.map_or(day, Day)
}

pub(super) fn framework(before: &Framework, new: &NewFrameworkSuccessor) -> NewFramework {
    let (year, next) = (word(before.plan_from), word(before.plan_until));
    let title = before.title.as_str().replace(&year, &next);
    NewFramework {
        plan_from: before.plan_until,
        code: new.code.clone().unwrap_or_else(|| next.as_str().into()),
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

/// An action goes on with its groups; single meetings, and what the published document has of it, were of its year.
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

/// A target goes on with the threshold as last held and the outturn as its baseline; its days move by a year.
pub(super) fn target(
    before: &Target,
    actions: &HashMap<Uuid, Uuid>,
    revised: Option<Number>,
    baseline: Option<Baseline>,
) -> NewTarget {
    let before = before.clone();
    NewTarget {
        action_ids: before.action_ids.iter().filter_map(|id| actions.get(id).copied()).collect(),
        code: before.code,
        title: before.title,
        position: before.position,
        measure: measure(before.measure),
        aim: Some(before.aim),
        frequencies: Some(before.frequencies),
        sources: Some(before.sources),
        implied: Some(before.implied),
        council_reported: Some(before.council_reported),
        threshold: revised.or(before.threshold),
        tolerance: before.tolerance,
        frequency_printed: before.frequency_printed,
        baseline,
        owner: before.owner,
        due_on: before.due_on.map(a_year_later),
        notes: None,
        continues_target_id: Some(before.id),
    }
}

fn measure(before: Measure) -> Measure {
    let later = |point: ProfilePoint| ProfilePoint { by_on: a_year_later(point.by_on), ..point };
    match before {
        Measure::CountTotal(CountTotal { unit_name, profile }) => {
            let profile = profile.into_iter().map(later).collect();
            Measure::CountTotal(CountTotal { unit_name, profile })
        }
        other => other,
    }
}

/// The outturn as next year's baseline, and the publication it was taken from; none where there is no number.
pub(super) fn baseline(
    before: &Framework,
    metric: &Metric,
    publication_id: Option<Uuid>,
) -> Option<Baseline> {
    let value = match metric.unit {
        Unit::Percent => metric.value_percent?.0,
        Unit::Count | Unit::Pence => Number::from(metric.value?),
        Unit::None => return None,
    };
    let so_far = if metric.completeness.provisional { "; something due was still to come in" } else { "" };
    let note = format!("Outturn of {} as at {}{so_far}", before.code, metric.as_at);
    Some(Baseline {
        value,
        numerator: metric.numerator,
        denominator: metric.denominator,
        meetings: meetings(metric),
        note: Some(Line::from(note.as_str())),
        source: Some(BaselineSource { target_id: metric.target_id, as_at: metric.as_at, publication_id }),
    })
}

/// How many meetings an outturn rests on, where that is what it rests on.
const fn meetings(metric: &Metric) -> Option<i64> {
    match &metric.detail {
        Detail::Attendance(detail) => Some(detail.meetings),
        Detail::Evaluation(detail) => Some(detail.events),
        Detail::Deliverable(_) => metric.denominator,
        _ => None,
    }
}
