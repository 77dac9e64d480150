//! A metric.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Choice, ComparedWith, Detail, ForecastMethod, Status, StatusReason, ValueReason};
use crate::progress::entry::{JudgedStatus, Unit};
use crate::rules::measure::MeetingAggregate;
use crate::rules::rag::Bar;
use crate::rules::travel::Travel;
use crate::rules::{Aim, Measure, Tolerance};
use crate::targets::model::{Baseline, MeasureKind};
use crate::values::{Code, Day, Instant, Line, Number, Percent, Prose, Title, jsonb};

/// What another choice would have given.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Alternative {
    /// The choice.
    pub choice: Choice,
    /// Its numerator; a mean has none.
    pub numerator: Option<i64>,
    /// Its denominator; a mean has none.
    pub denominator: Option<i64>,
    /// Its percentage, half up.
    pub value_percent: Option<Percent>,
    /// The status it would give.
    pub status: Option<Status>,
}

/// The share of one group in a value of several.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Part {
    /// The group; null for events without one.
    pub group_id: Option<Uuid>,
    /// Its name.
    pub name: Option<Line>,
    /// How many of its meetings count.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// How its meetings make its rate, as those of all groups make the value; null for counts.
    pub aggregate: Option<MeetingAggregate>,
    /// Its numerator; null for counts.
    pub numerator: Option<i64>,
    /// Its denominator; null for counts.
    pub denominator: Option<i64>,
    /// Its percentage, half up; null for counts.
    pub value_percent: Option<Percent>,
}

/// Direction of travel.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Direction {
    /// Against the reading before.
    pub short: Travel,
    /// Whether the two readings of `short` rest on cohorts of another size.
    pub short_basis_changed: bool,
    /// Against the same point last year, else the baseline.
    pub long: Travel,
    /// Which of the two.
    pub long_compared_with: ComparedWith,
    /// Whether cohort, aggregate, unit or the number of meetings differ from those of `long`.
    pub basis_changed: bool,
}

/// What the value would be at the year's end.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// The value, in the target's unit.
    #[schema(example = 20)]
    pub value: Number,
    /// How it was made.
    pub method: ForecastMethod,
}

/// How much of what is due has come in; null where a measure does not ask for it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Completeness {
    /// Meetings planned for the year, cancelled ones among them.
    #[schema(minimum = 0)]
    pub meetings_planned: Option<i64>,
    /// Meetings held by the date.
    #[schema(minimum = 0)]
    pub meetings_held: Option<i64>,
    /// Meetings held without a quorum, among those held.
    #[schema(minimum = 0)]
    pub meetings_inquorate: Option<i64>,
    /// Meetings cancelled; one cancelled for a later day counts from that day on.
    #[schema(minimum = 0)]
    pub meetings_cancelled: Option<i64>,
    /// Meetings past their date that are still scheduled.
    #[schema(minimum = 0)]
    pub meetings_unreported: Option<i64>,
    /// Registers closed, of the meetings held.
    #[schema(minimum = 0)]
    pub registers_closed: Option<i64>,
    /// Registers still open, of the meetings held.
    #[schema(minimum = 0)]
    pub registers_open: Option<i64>,
    /// Meetings held for which no register is kept.
    #[schema(minimum = 0)]
    pub registers_not_kept: Option<i64>,
    /// Meetings held of which it is not known whether it was delivered.
    #[schema(minimum = 0)]
    pub deliverables_unknown: Option<i64>,
    /// Meetings held of which no forms are entered.
    #[schema(minimum = 0)]
    pub meetings_without_forms: Option<i64>,
    /// Forms that answered the question, at events of which it is known how many were expected if there are any.
    #[schema(minimum = 0)]
    pub forms_answered: Option<i64>,
    /// Forms handed out at those events; attendees where that is not known.
    #[schema(minimum = 0)]
    pub forms_expected: Option<i64>,
    /// Reporting periods that ended before the date, as a reading may still come in on the last day of its period; of an
    /// achieved milestone none that began after it was achieved.
    #[schema(minimum = 0)]
    pub readings_due: Option<i64>,
    /// Those of them with a reading.
    #[schema(minimum = 0)]
    pub readings_received: Option<i64>,
    /// Whether something that is due is still to come in.
    pub provisional: bool,
}

/// A revision that changed the threshold, and the status it would have without.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RevisionNote {
    /// From which day.
    pub revised_on: Day,
    /// The threshold before the target's first revision.
    pub original_threshold: Option<Number>,
    /// The threshold before this one.
    pub previous_threshold: Option<Number>,
    /// The status against the threshold before.
    pub previous_status: Status,
    /// Why it was changed.
    pub reason: Prose,
    /// Where that was decided.
    pub reference: Option<Line>,
}

jsonb! {
    /// A person's judgement: it stands beside the derived status and never replaces it.
    #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
    pub struct JudgementNote {
        /// The status the person set.
        pub status: JudgedStatus,
        /// Why.
        pub reason: Prose,
        /// Who.
        pub author: Line,
        /// When.
        pub judged_on: Day,
        /// The entry that says so.
        pub progress_id: Uuid,
    }
}

/// A figure as published: it stands beside the derived value.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ClaimNote {
    /// The words as printed.
    pub printed: Prose,
    /// The value, where one is printed.
    pub value: Option<Number>,
    /// Its unit.
    pub unit: Option<Unit>,
    /// The numerator, where one is printed.
    pub numerator: Option<i64>,
    /// The denominator, where one is printed.
    pub denominator: Option<i64>,
    /// The date it is about.
    pub claimed_on: Day,
    /// The occasion it is about.
    pub occasion: Option<Line>,
    /// What is known about it.
    pub note: Option<Prose>,
    /// The entry that says so.
    pub progress_id: Uuid,
}

/// How a target stands at a date: derived from the records below it, never stored.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Metric {
    /// The target.
    pub target_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// The printed reference of its action; of its actions, where it hangs on several.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// What is promised.
    pub title: Title,
    /// How it is measured.
    pub kind: MeasureKind,
    /// Whether only the action's wording implies it.
    pub implied: bool,
    /// Who answers for it.
    pub owner: Option<Line>,
    /// The date it is read at.
    pub as_at: Day,
    /// The instant whose knowledge counts; null if all that is known now does.
    pub known_at: Option<Instant>,
    /// The unit of the value.
    pub unit: Unit,
    /// The value where the unit is not per cent: a count, pence, or 1 and 0 for a milestone reached or not.
    #[schema(example = json!(null))]
    pub value: Option<i64>,
    /// The value where the unit is per cent, half up to two decimals.
    pub value_percent: Option<Percent>,
    /// The numerator, for rates and coverage.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator, for rates and coverage.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value.
    pub value_reason: Option<ValueReason>,
    /// Whether more is better.
    pub aim: Aim,
    /// The threshold that holds on the date, in the value's unit.
    pub threshold: Option<Number>,
    /// How far from it is still amber.
    pub tolerance: Tolerance,
    /// The value at which amber begins on the date: of what is expected by then, where the value is held against that.
    pub amber_from: Option<Number>,
    /// Value less threshold; points for rates.
    pub variance: Option<Number>,
    /// How it stands.
    pub status: Status,
    /// Why.
    pub status_reason: StatusReason,
    /// Whether rounding to whole numbers would flip the status.
    pub rounding_sensitive: bool,
    /// Whether another choice of aggregate or of substitutes would flip the status.
    pub choice_sensitive: bool,
    /// What a running count is held against by now: an even share of the threshold, the step of its profile, or the
    /// meetings planned so far. Null for an at-most target without a profile: its whole cap holds on any day.
    pub expected_by_now: Option<Number>,
    /// What the value would be at the year's end: for counts and pooled rates. Null once the year is over, and for a value
    /// that one reading, occasion or meeting decides.
    pub forecast: Option<Forecast>,
    /// What the value was before.
    pub baseline: Option<Baseline>,
    /// Value less baseline; points for rates.
    pub baseline_variance: Option<Number>,
    /// Direction of travel.
    pub direction: Direction,
    /// How much of what is due has come in.
    pub completeness: Completeness,
    /// The groups whose meetings it is made from, where they are several.
    #[schema(max_items = 100)]
    pub parts: Vec<Part>,
    /// What other choices would have given; for rates of attendance.
    #[schema(max_items = 10)]
    pub alternatives: Vec<Alternative>,
    /// What lies behind the value.
    pub detail: Detail,
    /// The revision that set the threshold.
    pub revision: Option<RevisionNote>,
    /// The latest judgement.
    pub judgement: Option<JudgementNote>,
    /// Figures as published.
    #[schema(max_items = 1000)]
    pub claims: Vec<ClaimNote>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
}

impl Metric {
    /// The first value that is amber on the date, as a sentence and a printed document tell it: a count and an amount in
    /// pence are whole. None where no value is amber.
    pub fn first_amber(&self, measure: &Measure) -> Option<Number> {
        let Number(threshold) = self.expected_by_now.or(self.threshold)?;
        let bar = Bar { aim: self.aim, threshold, tolerance: self.tolerance, strict: measure.is_strict() };
        bar.first_amber(self.amber_from?.0, self.unit != Unit::Percent).map(Number)
    }
}
