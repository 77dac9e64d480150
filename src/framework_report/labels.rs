//! Texts in the document for the values of the API's enumerations and for missing records.

use super::content::{Badge, TravelDirection};
use super::format::counted;
use crate::metrics::model::{
    ComparedWith, Completeness, Direction, Overdue, Status, StatusReason, ValueReason,
};
use crate::progress::entry::{JudgedStatus, MilestoneState};
use crate::rules::Frequency;
use crate::rules::trend::Travel;

/// All statuses, in the order in which the document counts targets by status.
pub const STATUSES: [Status; 7] = [
    Status::Green,
    Status::Amber,
    Status::Red,
    Status::NoData,
    Status::NotDue,
    Status::NotApplicable,
    Status::Contextual,
];

pub fn status_badge(status: Option<Status>) -> Badge {
    let (word, symbol) = match status {
        Some(Status::Green) => ("Green", "\u{25cf}"),
        Some(Status::Amber) => ("Amber", "\u{25b2}"),
        Some(Status::Red) => ("Red", "\u{25a0}"),
        Some(Status::NotDue) => ("Not due", "\u{25cb}"),
        Some(Status::NoData) => ("No data", "?"),
        Some(Status::NotApplicable) => ("Not applicable", "\u{2013}"),
        Some(Status::Contextual) => ("For information", "i"),
        None => ("No colour", "\u{2013}"),
    };
    Badge { status, word, symbol }
}

pub const fn judgement_colour(status: JudgedStatus) -> &'static str {
    match status {
        JudgedStatus::Green => "green",
        JudgedStatus::Amber => "amber",
        JudgedStatus::Red => "red",
    }
}

pub fn value_reason(reason: ValueReason, completeness: &Completeness) -> String {
    match (reason, completeness.meetings_cancelled) {
        (ValueReason::MeetingCancelled, Some(cancelled)) if cancelled > 1 => {
            format!("All {cancelled} meetings were cancelled")
        }
        _ => value_reason_text(reason).to_owned(),
    }
}

const fn value_reason_text(reason: ValueReason) -> &'static str {
    match reason {
        ValueReason::NotDue => "Nothing is due yet",
        ValueReason::NoMeeting => "No meeting is recorded as held",
        ValueReason::MeetingCancelled => "The meeting was cancelled",
        ValueReason::RegisterOpen => "The register is still open",
        ValueReason::NoEligible => "Nobody is known to be eligible",
        ValueReason::ZeroDenominator => "There was nothing to count",
        ValueReason::NoEntries => "Nothing was recorded",
        ValueReason::OtherScale => "The forms were answered on another scale",
        ValueReason::HandedOver => "The group was handed over",
        ValueReason::JudgedOnly => "Judged by a person, not measured",
    }
}

pub const fn status_reason(reason: StatusReason) -> &'static str {
    match reason {
        StatusReason::MeetsThreshold => "Meets the threshold",
        StatusReason::WithinTolerance => "Short of the threshold, within the tolerance",
        StatusReason::MissesThreshold => "Misses the threshold",
        StatusReason::OnCourse => "On course for the plan period",
        StatusReason::SlightlyBehind => "Slightly behind what is expected by now",
        StatusReason::Behind => "Behind what is expected by now",
        StatusReason::NothingExpectedYet => "Nothing is expected yet",
        StatusReason::MeetingCancelled => "All planned meetings were cancelled",
        StatusReason::NoThreshold => "There is no threshold",
        StatusReason::Achieved => "Achieved",
        StatusReason::Missed => "Missed",
        StatusReason::Overdue => "Due, and not achieved",
        StatusReason::BeforeDueDate => "Not due yet",
        StatusReason::NoValue => "There is no figure",
        StatusReason::JudgedOnly => "Judged by a person",
    }
}

pub const fn milestone_state(state: Option<MilestoneState>) -> &'static str {
    match state {
        Some(MilestoneState::Planned) => "Planned",
        Some(MilestoneState::Started) => "Started",
        Some(MilestoneState::Achieved) => "Achieved",
        Some(MilestoneState::Missed) => "Missed",
        None => "Nothing reported",
    }
}

pub const fn frequency(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::EveryTwoYears => "Every two years",
        Frequency::Annual => "Annual",
        Frequency::HalfYearly => "Half-yearly",
        Frequency::ThreeAYear => "Three a year",
        Frequency::Quarterly => "Quarterly",
        Frequency::EveryTwoMonths => "Every two months",
        Frequency::Monthly => "Monthly",
        Frequency::TwiceAMonth => "Twice a month",
        Frequency::OnDemand => "On demand",
        Frequency::Unknown => "Not stated",
    }
}

/// Returns whether the value improved since the reading before, and since last year or the
/// baseline.
pub fn travel_directions(direction: &Direction) -> Vec<TravelDirection> {
    let long_compared_with = match direction.long_compared_with {
        ComparedWith::LastYear => "last year",
        ComparedWith::Baseline => "the baseline",
        ComparedWith::None => "",
    };
    let short = travel_direction(direction.short, "the reading before", direction.short_basis_changed);
    let long = travel_direction(direction.long, long_compared_with, direction.basis_changed);
    let directions: Vec<TravelDirection> = short.into_iter().chain(long).collect();
    if directions.is_empty() {
        return vec![TravelDirection { arrow: "\u{2013}", text: "Nothing to compare".to_owned() }];
    }
    directions
}

fn travel_direction(travel: Travel, compared_with: &str, is_other_basis: bool) -> Option<TravelDirection> {
    let (arrow, word) = match travel {
        Travel::Improved => ("\u{2191}", "Better than"),
        Travel::Declined => ("\u{2193}", "Worse than"),
        Travel::Same => ("\u{2192}", "The same as"),
        Travel::None => return None,
    };
    let basis = if is_other_basis { ", on another basis" } else { "" };
    Some(TravelDirection { arrow, text: format!("{word} {compared_with}{basis}") })
}

/// Returns a text with the number of missing records of each kind, and of provisional entries, for
/// one target.
pub fn missing_records(completeness: &Completeness) -> String {
    let readings = completeness.readings_due.unwrap_or(0) - completeness.readings_received.unwrap_or(0);
    missing_text(Missing {
        readings,
        reports: completeness.meetings_unreported.unwrap_or(0),
        registers: completeness.registers_open.unwrap_or(0),
        deliverables: completeness.deliverables_unknown.unwrap_or(0),
        forms: completeness.meetings_without_forms.unwrap_or(0),
        final_figures: completeness.entries_provisional.unwrap_or(0),
    })
}

/// Returns a text with the number of missing records of each kind, for the targets of one owner.
pub fn overdue_records(overdue: &Overdue) -> String {
    missing_text(Missing {
        readings: overdue.readings,
        reports: overdue.meetings_unreported,
        registers: overdue.registers_open,
        deliverables: overdue.deliverables_unknown,
        forms: overdue.meetings_without_forms,
        final_figures: 0,
    })
}

struct Missing {
    readings: i64,
    reports: i64,
    registers: i64,
    deliverables: i64,
    forms: i64,
    final_figures: i64,
}

fn missing_text(missing: Missing) -> String {
    let all = [
        (missing.readings, "reading", "readings"),
        (missing.registers, "register to close", "registers to close"),
        (missing.reports, "report of a meeting", "reports of meetings"),
        (missing.forms, "event\u{2019}s forms", "events\u{2019} forms"),
        (missing.deliverables, "delivery to a meeting to confirm", "deliveries to meetings to confirm"),
        (missing.final_figures, "final figure", "final figures"),
    ];
    let missing = all.into_iter().filter(|(count, ..)| *count > 0);
    let texts: Vec<String> =
        missing.map(|(count, singular, plural)| counted(count, singular, plural)).collect();
    texts.join(", ")
}
