//! Rule texts, which are sentences that explain a target's value. A rule text states what is
//! counted, out of which total, over which records, and when the status is green.

use super::measure::{
    AttendanceRate, AttendanceUnit, CouncilCoverage, CoverageBasis, CoverageTime, MeetingAggregate,
    MeetingSelector, OccasionAggregate, Ratio, RatioAggregate, Reading, ReadingAggregate, Substitutes,
    Vacancies,
};
use super::threshold_defaults::{ValueUnit, unit};
use super::{Aim, Measure};
use crate::values::{Day, Number};

/// What a rule text is written from: a measure, and the figures with which its value is compared on
/// the metric's date.
#[derive(Debug)]
pub struct RuleTextInput<'i> {
    pub measure: &'i Measure,
    pub aim: Aim,
    /// The threshold on the metric's date, with revisions.
    pub threshold: Option<Number>,
    /// The amount that is expected by the metric's date. `None` if the value is compared with the
    /// threshold.
    pub expected: Option<Number>,
    /// The amber value that is farthest from the threshold on the metric's date. `None` if no value
    /// is amber.
    pub first_amber: Option<Number>,
    pub from: Day,
    pub last: Day,
    pub as_at: Day,
    pub due_on: Day,
}

pub fn sentence(input: &RuleTextInput<'_>) -> String {
    format!("{}; {}.", subject(input), colour_rule(input))
}

fn subject(input: &RuleTextInput<'_>) -> String {
    let year = format!("from {} to {}", input.from, input.last);
    let held = |selector: &MeetingSelector| format!("meetings{} held {year}", selected(selector));
    match input.measure {
        Measure::AttendanceRate(measure) => attendance(measure, &held(&measure.selector)),
        Measure::MeetingsHeld(measure) => format!("Number of {}", held(&measure.selector)),
        Measure::DeliverablePerMeeting(measure) => format!(
            "Meetings that got \"{}\", out of {} of which it is known",
            measure.deliverable,
            held(&measure.selector)
        ),
        Measure::EvaluationRate(measure) => format!(
            "Forms that rate \"{}\" as \"{}\" or better, out of all forms that answer it, over all {} added up",
            measure.question,
            measure.at_least,
            held(&measure.selector)
        ),
        Measure::CouncilCoverage(measure) => coverage(measure, input, &year, &held(&measure.selector)),
        Measure::CountTotal(measure) => {
            format!("Sum of the entries of \"{}\" dated {year}", measure.unit_name)
        }
        Measure::Ratio(measure) => ratio(measure, input, &year),
        Measure::Reading(measure) => reading(measure, input, &year),
        Measure::FinancialBalance(measure) => {
            format!("Income less cost of \"{}\", in pence, over the entries dated {year}", measure.area)
        }
        Measure::Milestone(_) => format!("The latest state of the milestone that is due on {}", input.due_on),
        Measure::Narrative(_) => "What a person judges, without a number".to_owned(),
    }
}

fn attendance(measure: &AttendanceRate, held: &str) -> String {
    let unit = match measure.unit {
        AttendanceUnit::Seat => "Seats",
        AttendanceUnit::Person => "Persons in seats",
        AttendanceUnit::Council => "Councils with seats",
    };
    let roles = qualifier("the role", &measure.roles);
    let councils = qualifier("councils of the kind", &measure.council_kinds);
    let how = match measure.substitutes {
        Substitutes::Counted => "in person, from elsewhere or by a substitute",
        Substitutes::NotCounted => "in person or from elsewhere, substitutes not counted",
    };
    let expected = match measure.vacancies {
        Vacancies::Excluded => "all that are held on the day",
        Vacancies::Included => "all that exist on the day, vacant or not",
    };
    // If the measure has no roles, it also counts open events. Every council is expected at an open
    // event.
    let at_events =
        if measure.roles.is_empty() { " (at an event without a group: all councils)" } else { "" };
    let over = match measure.aggregate {
        MeetingAggregate::Pooled => format!("over all {held} with a closed register, added up"),
        MeetingAggregate::Distinct => {
            format!(
                "over all {held} with a closed register, each counted once and attending once being enough"
            )
        }
        MeetingAggregate::MinMeeting => {
            format!("at the one with the worst rate of the {held} with a closed register")
        }
    };
    format!("{unit}{roles}{councils} that attended ({how}), out of {expected}{at_events}, {over}")
}

fn coverage(measure: &CouncilCoverage, input: &RuleTextInput<'_>, year: &str, held: &str) -> String {
    let when = match measure.when {
        CoverageTime::AsAt => format!("on {}", input.as_at),
        CoverageTime::During => format!("at any time {year} so far"),
    };
    let covered = match measure.basis {
        CoverageBasis::Entries => format!("Councils that an entry says are covered {when}"),
        CoverageBasis::Membership => format!("Councils that are members {when}"),
        CoverageBasis::Attendance => {
            format!("Councils that attended any of the {held} with a closed register")
        }
    };
    let cohort = qualifier("the kind", &measure.council_kinds);
    let over = match (measure.basis, measure.over_occasions) {
        (CoverageBasis::Membership | CoverageBasis::Attendance, _) => "",
        (_, OccasionAggregate::Minimum) => ", on the occasion with the worst coverage",
        (_, OccasionAggregate::Pooled) => ", all occasions added up",
        (_, OccasionAggregate::Distinct) => ", each council counted once over all occasions",
    };
    format!("{covered}, out of all councils{cohort} that exist on {}{over}", input.as_at)
}

fn ratio(measure: &Ratio, input: &RuleTextInput<'_>, year: &str) -> String {
    let unit = match (&measure.unit_name, measure.per) {
        (Some(unit), 1) => format!(", in {unit}"),
        (Some(unit), per) => format!(", times {per}, in {unit}"),
        (None, _) => String::new(),
    };
    ratio_subject(measure.aggregate, input, year) + &unit
}

fn reading(measure: &Reading, input: &RuleTextInput<'_>, year: &str) -> String {
    let unit = measure.unit_name.as_ref().map_or("per cent".to_owned(), ToString::to_string);
    let which = match measure.aggregate {
        ReadingAggregate::Latest => format!("latest reading by {}", input.as_at),
        ReadingAggregate::Sum => format!("sum of the readings dated {year}"),
        ReadingAggregate::Mean => format!("mean of the readings dated {year}"),
        ReadingAggregate::Minimum => {
            format!("lowest reading, of each occasion's latest entry dated {year}")
        }
        ReadingAggregate::Maximum => {
            format!("highest reading, of each occasion's latest entry dated {year}")
        }
    };
    format!("The {which}, in {unit}, as reported")
}

fn ratio_subject(aggregate: RatioAggregate, input: &RuleTextInput<'_>, year: &str) -> String {
    match aggregate {
        RatioAggregate::Summed => {
            format!("All numerators out of all denominators of the entries dated {year}")
        }
        RatioAggregate::Latest => {
            format!("The numerator out of the denominator of the latest entry by {}", input.as_at)
        }
        RatioAggregate::Minimum => format!(
            "The numerator out of the denominator of the lowest reading, of each occasion's latest entry dated {year}"
        ),
        RatioAggregate::Maximum => format!(
            "The numerator out of the denominator of the highest reading, of each occasion's latest entry dated {year}"
        ),
    }
}

/// Returns the part of the rule text that names the selected groups and meeting kinds. The text is
/// empty if the selector selects all meetings.
fn selected(selector: &MeetingSelector) -> String {
    let groups = match selector.group_ids.len() {
        0 => String::new(),
        1 => " of the selected group".to_owned(),
        several => format!(" of the {several} selected groups"),
    };
    groups + &qualifier("the kind", &selector.meeting_kinds)
}

fn qualifier<T: ToString>(what: &str, words: &[T]) -> String {
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    if words.is_empty() { String::new() } else { format!(" of {what} {}", words.join(" or ")) }
}

/// Returns the part of the rule text that states when the status is green, amber and red.
fn colour_rule(input: &RuleTextInput<'_>) -> String {
    if let Measure::Milestone(_) = input.measure {
        return "green when achieved, red when missed or overdue".to_owned();
    }
    let Some(threshold) = input.threshold else {
        return "without a threshold, so without a colour".to_owned();
    };
    let shown = |number: Number| match unit(input.measure, true) {
        ValueUnit::Percent => format!("{number} %"),
        ValueUnit::Pence => format!("{number} pence"),
        ValueUnit::Named => {
            let unit = input.measure.unit_name().map(ToString::to_string).unwrap_or_default();
            format!("{number} {unit}")
        }
        ValueUnit::Count | ValueUnit::None => number.to_string(),
    };
    let side = match (input.aim, input.measure.is_strict()) {
        (Aim::AtLeast, false) => "from",
        (Aim::AtLeast, true) => "above",
        (Aim::AtMost, false) => "up to",
        (Aim::AtMost, true) => "below",
    };
    let edge = if input.aim == Aim::AtLeast { "from" } else { "up to" };
    let amber = input.first_amber.map(|amber| format!(", amber {edge} {}", shown(amber))).unwrap_or_default();
    let green = input.expected.map_or_else(
        || shown(threshold),
        |expected| format!("{} (expected by {}, of {})", shown(expected), input.as_at, shown(threshold)),
    );
    format!("green {side} {green}{amber}, else red")
}
