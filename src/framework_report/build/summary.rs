//! Builds the counts and lists in the document's summary.

use super::plan::{theme_anchor, title_with_reference};
use super::worst_status::worst_status;
use crate::framework_report::content::{
    CouncilAttendance, DirectionCounts, OwnerOverdue, StatusCount, ThemeCounts,
};
use crate::framework_report::load::ReportData;
use crate::framework_report::text::curly_apostrophes;
use crate::framework_report::{format, labels};
use crate::metrics::engagement::queries::CouncilFact;
use crate::metrics::model::{Direction, Overdue, Status, StatusCounts, ThemeSummary};
use crate::rules::Rate;
use crate::rules::trend::Travel;

/// Counts targets by status, in the order of [`labels::STATUSES`].
pub fn status_counts(counts: &StatusCounts) -> Vec<StatusCount> {
    let count = |status| match status {
        Status::Green => counts.green,
        Status::Amber => counts.amber,
        Status::Red => counts.red,
        Status::NotDue => counts.not_due,
        Status::NoData => counts.no_data,
        Status::NotApplicable => counts.not_applicable,
        Status::Contextual => counts.contextual,
    };
    let status_count =
        |status| StatusCount { badge: labels::status_badge(Some(status)), count: count(status) };
    labels::STATUSES.into_iter().map(status_count).collect()
}

pub fn theme_counts(index: usize, theme: &ThemeSummary, data: &ReportData) -> ThemeCounts {
    let branch = data.tree.themes.iter().find(|branch| branch.theme.id == theme.theme_id);
    let outcomes = branch.into_iter().flat_map(|branch| &branch.outcomes);
    ThemeCounts {
        title: title_with_reference(theme.printed_ref.as_ref(), &theme.title),
        anchor: theme_anchor(index),
        worst: worst_status(theme.roll_up.status, outcomes, data),
        counts: status_counts(&theme.roll_up.stated),
        targets: theme.roll_up.stated.targets,
    }
}

/// Counts the stated targets that improved, stayed the same or declined. Counts a target of several
/// actions once.
pub fn direction_counts(data: &ReportData) -> Vec<DirectionCounts> {
    let stated: Vec<&Direction> =
        data.metrics.values().filter(|metric| !metric.implied).map(|metric| &metric.direction).collect();
    let counts = |compared_with, travel: fn(&Direction) -> Travel| {
        let count = |wanted| {
            i64::try_from(stated.iter().filter(|direction| travel(direction) == wanted).count()).unwrap_or(0)
        };
        DirectionCounts {
            compared_with,
            improved: count(Travel::Improved),
            same: count(Travel::Same),
            declined: count(Travel::Declined),
            not_comparable: count(Travel::None),
        }
    };
    vec![
        counts("The reading before", |direction| direction.short),
        counts("Last year or the baseline", |direction| direction.long),
    ]
}

pub fn attendance(facts: &[CouncilFact]) -> Vec<CouncilAttendance> {
    let mut facts: Vec<&CouncilFact> = facts.iter().collect();
    facts.sort_by(|a, b| Rate::new(b.attended, b.expected).compare(Rate::new(a.attended, a.expected)));
    facts.into_iter().map(council_attendance).collect()
}

fn council_attendance(fact: &CouncilFact) -> CouncilAttendance {
    let percent = Rate::new(fact.attended, fact.expected).percent();
    CouncilAttendance {
        name: curly_apostrophes(&fact.name.to_string()),
        attended: fact.attended,
        expected: fact.expected,
        percent,
        percent_text: percent.map(format::percent).unwrap_or_default(),
    }
}

pub fn owner_overdue(overdue: &Overdue) -> OwnerOverdue {
    let owner = overdue.owner.as_ref();
    OwnerOverdue {
        owner: owner.map_or("No owner named".to_owned(), |owner| curly_apostrophes(&owner.to_string())),
        missing_records: labels::overdue_records(overdue),
        targets: overdue.target_ids.len(),
    }
}
