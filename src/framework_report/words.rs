//! The words for readers: texts for the values of the API's enumerations.

use super::view::{Badge, Way};
use crate::metrics::model::{
    ComparedWith, Completeness, Direction, Overdue, Status, StatusReason, ValueReason,
};
use crate::progress::entry::{JudgedStatus, MilestoneState};
use crate::rules::Frequency;
use crate::rules::trend::Travel;

/// The explanations of columns and marks, for all formats of the document.
pub const HOW_TO_READ: [(&str, &str); 5] = [
    (
        "Outturn",
        "Derived from registers, evaluation forms and dated entries, with numerator and denominator beside it. Percentages are rounded half up to two decimals; statuses compare whole numbers, never rounded ones.",
    ),
    ("Provisional", "A record that is due is missing, so the figure can still change."),
    (
        "Claimed, as printed",
        "A figure as somebody published it, shown for comparison. It changes no outturn and no status.",
    ),
    (
        "Constructed",
        "A register whose lines were made to reproduce a published total. Outturns count it, but it is no evidence about a single council.",
    ),
    (
        "Worst",
        "A theme or an outcome shows the worst colour among its stated targets, and how many of them have a figure. The colour is not filled where most have none.",
    ),
];

/// The explanation of attendance figures.
const ABOUT_ATTENDANCE: &str = "Seats attended of seats expected at all meetings of the plan year so far whose registers are closed; at open events, the council itself.";

/// Explains what attendance counts and leaves out, or why there are no figures.
pub fn about_attendance(councils: usize, left_out: i64) -> String {
    let [closed, registers] =
        [("closed register is", "closed registers are"), ("register is", "registers are")]
            .map(|(one, many)| counted(left_out, one, many));
    match (councils, left_out) {
        (0, 0) => "No register of this year is closed yet.".to_owned(),
        (0, _) => format!(
            "No council is ranked: {closed} constructed to give a published total, which is no evidence about a single council."
        ),
        (_, 0) => ABOUT_ATTENDANCE.to_owned(),
        _ => format!(
            "{ABOUT_ATTENDANCE} {registers} left out: constructed to give a published total, which is no evidence about a single council."
        ),
    }
}

/// Returns sentences with the numbers of provisional and of implied targets.
pub fn about_targets(provisional: i64, implied: i64) -> [String; 2] {
    let verb = if provisional == 1 { "is" } else { "are" };
    let (more, they) = if implied == 1 { ("target is", "it is") } else { ("targets are", "they are") };
    [
        format!("{provisional} of the stated targets {verb} provisional: a record that is due is missing."),
        format!(
            "{implied} more {more} implied by the wording of actions; {they} shown below and not counted here."
        ),
    ]
}

/// The text if no record is overdue.
pub const NOTHING_MISSING: &str = "Nothing is missing.";

/// The text for an action without targets.
pub const NO_TARGET: &str = "No target is stated.";

/// Replaces apostrophes between letters and after the `s` of a plural with typographic ones.
pub fn typeset(text: &str) -> String {
    let mut set = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let is_between = before.is_alphabetic() && letters.peek().is_some_and(|next| next.is_alphabetic());
        let is_plural = before == 's' && letters.peek().is_none_or(|next| !next.is_alphanumeric());
        let is_apostrophe = letter == '\'' && (is_between || is_plural);
        set.push(if is_apostrophe { '\u{2019}' } else { letter });
        before = letter;
    }
    set
}

/// Replaces characters that XML cannot contain with spaces.
pub fn sayable(line: &str) -> String {
    line.replace(|c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'), " ")
}

/// Every status, in the order of the counts.
pub const STATUSES: [Status; 7] = [
    Status::Green,
    Status::Amber,
    Status::Red,
    Status::NoData,
    Status::NotDue,
    Status::NotApplicable,
    Status::Contextual,
];

/// Returns the badge of a status.
pub fn badge(status: Option<Status>) -> Badge {
    let (word, mark) = match status {
        Some(Status::Green) => ("Green", "\u{25cf}"),
        Some(Status::Amber) => ("Amber", "\u{25b2}"),
        Some(Status::Red) => ("Red", "\u{25a0}"),
        Some(Status::NotDue) => ("Not due", "\u{25cb}"),
        Some(Status::NoData) => ("No data", "?"),
        Some(Status::NotApplicable) => ("Not applicable", "\u{2013}"),
        Some(Status::Contextual) => ("For information", "i"),
        None => ("No colour", "\u{2013}"),
    };
    Badge { status, word, mark }
}

/// Returns the word for the colour of a judgement.
pub const fn judged(status: JudgedStatus) -> &'static str {
    match status {
        JudgedStatus::Green => "green",
        JudgedStatus::Amber => "amber",
        JudgedStatus::Red => "red",
    }
}

/// Returns why there is no value, in words.
pub fn no_value(reason: ValueReason, known: &Completeness) -> String {
    match (reason, known.meetings_cancelled) {
        (ValueReason::MeetingCancelled, Some(cancelled)) if cancelled > 1 => {
            format!("All {cancelled} meetings were cancelled")
        }
        _ => why_no_value(reason).to_owned(),
    }
}

const fn why_no_value(reason: ValueReason) -> &'static str {
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

/// Returns the reason for a status, in words.
pub const fn status_reason(reason: StatusReason) -> &'static str {
    match reason {
        StatusReason::MeetsThreshold => "Meets the threshold",
        StatusReason::WithinTolerance => "Short of the threshold, within the tolerance",
        StatusReason::MissesThreshold => "Misses the threshold",
        StatusReason::OnCourse => "On course for the year",
        StatusReason::SlightlyBehind => "Slightly behind for the time of year",
        StatusReason::Behind => "Behind for the time of year",
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

/// Returns the word for the state of a milestone.
pub const fn milestone(state: Option<MilestoneState>) -> &'static str {
    match state {
        Some(MilestoneState::Planned) => "Planned",
        Some(MilestoneState::Started) => "Started",
        Some(MilestoneState::Achieved) => "Achieved",
        Some(MilestoneState::Missed) => "Missed",
        None => "Nothing reported",
    }
}

/// Returns the words for a reporting frequency.
pub const fn frequency(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Annual => "Annual",
        Frequency::HalfYearly => "Half-yearly",
        Frequency::Quarterly => "Quarterly",
        Frequency::EveryTwoMonths => "Every two months",
        Frequency::Monthly => "Monthly",
        Frequency::TwiceAMonth => "Twice a month",
        Frequency::OnDemand => "On demand",
        Frequency::Unknown => "Not stated",
    }
}

/// Returns the directions of travel: against the previous reading, and against last year or the
/// baseline.
pub fn ways(direction: &Direction) -> Vec<Way> {
    let against = match direction.long_compared_with {
        ComparedWith::LastYear => "last year",
        ComparedWith::Baseline => "the baseline",
        ComparedWith::None => "",
    };
    let short = way(direction.short, "the reading before", direction.short_basis_changed);
    let ways: Vec<Way> =
        short.into_iter().chain(way(direction.long, against, direction.basis_changed)).collect();
    if ways.is_empty() {
        return vec![Way { mark: "\u{2013}", says: "Nothing to compare".to_owned() }];
    }
    ways
}

fn way(travel: Travel, against: &str, is_other_basis: bool) -> Option<Way> {
    let (mark, word) = match travel {
        Travel::Improved => ("\u{2191}", "Better than"),
        Travel::Declined => ("\u{2193}", "Worse than"),
        Travel::Same => ("\u{2192}", "The same as"),
        Travel::None => return None,
    };
    let basis = if is_other_basis { ", on another basis" } else { "" };
    Some(Way { mark, says: format!("{word} {against}{basis}") })
}

/// Formats a count with its noun: `1 register`, `2 registers`.
pub fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", super::figures::thousands(count), if count == 1 { one } else { many })
}

/// Returns the missing records of a target, in words.
pub fn still_to_come(completeness: &Completeness) -> String {
    let readings = completeness.readings_due.unwrap_or(0) - completeness.readings_received.unwrap_or(0);
    missing(Missing {
        readings,
        reports: completeness.meetings_unreported.unwrap_or(0),
        registers: completeness.registers_open.unwrap_or(0),
        deliverables: completeness.deliverables_unknown.unwrap_or(0),
        forms: completeness.meetings_without_forms.unwrap_or(0),
    })
}

/// Returns the overdue records of an owner, in words.
pub fn owed(overdue: &Overdue) -> String {
    missing(Missing {
        readings: overdue.readings,
        reports: overdue.meetings_unreported,
        registers: overdue.registers_open,
        deliverables: overdue.deliverables_unknown,
        forms: overdue.meetings_without_forms,
    })
}

struct Missing {
    readings: i64,
    reports: i64,
    registers: i64,
    deliverables: i64,
    forms: i64,
}

fn missing(missing: Missing) -> String {
    let all = [
        (missing.readings, "reading", "readings"),
        (missing.registers, "register to close", "registers to close"),
        (missing.reports, "report of a meeting", "reports of meetings"),
        (missing.forms, "event\u{2019}s forms", "events\u{2019} forms"),
        (missing.deliverables, "delivery to a meeting to confirm", "deliveries to meetings to confirm"),
    ];
    let some = all.into_iter().filter(|(count, ..)| *count > 0);
    let said: Vec<String> = some.map(|(count, one, many)| counted(count, one, many)).collect();
    said.join(", ")
}
