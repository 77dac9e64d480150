//! The metric of a target.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Choice, ComparedWith, Detail, ForecastMethod, Status, StatusReason, ValueReason};
use crate::progress::entry::{JudgedStatus, Unit};
use crate::rules::measure::MeetingAggregate;
use crate::rules::rag::Bar;
use crate::rules::trend::Travel;
use crate::rules::{Aim, Measure, Tolerance};
use crate::targets::model::{Baseline, MeasureKind};
use crate::values::{Code, Day, Instant, Number, Percent, Prose, ShortText, Title, jsonb};

/// The result of another choice.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Alternative {
    /// The choice.
    pub choice: Choice,
    /// The numerator; null for a mean.
    pub numerator: Option<i64>,
    /// The denominator; null for a mean.
    pub denominator: Option<i64>,
    /// The percentage, rounded half up.
    pub value_percent: Option<Percent>,
    /// The status that this choice would give; null for a mean and without a threshold.
    pub status: Option<Status>,
}

/// The share of one group in a value of several groups.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Part {
    /// The group; null for events without one.
    pub group_id: Option<Uuid>,
    /// The group's name.
    pub name: Option<ShortText>,
    /// How many of the group's meetings count.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// How the attendance of the group's meetings is aggregated, which is the measure's own
    /// aggregate; null for counts.
    pub aggregate: Option<MeetingAggregate>,
    /// The numerator; null for counts.
    pub numerator: Option<i64>,
    /// The denominator; null for counts.
    pub denominator: Option<i64>,
    /// The percentage, rounded half up; null for counts.
    pub value_percent: Option<Percent>,
}

/// The direction of travel.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Direction {
    /// The direction against the reading before.
    pub short: Travel,
    /// Whether the cohorts of the two readings of `short` differ in size.
    pub short_basis_changed: bool,
    /// The direction against the same day last year, or against the baseline if there is no such
    /// value.
    pub long: Travel,
    /// What `long` compares the value with.
    pub long_compared_with: ComparedWith,
    /// Whether the cohort, aggregate, unit or number of meetings differs from those that `long`
    /// compares with.
    pub basis_changed: bool,
}

/// The forecast of the value at the plan year's end.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// The value, in the target's unit.
    #[schema(example = 20)]
    pub value: Number,
    /// How the forecast was computed.
    pub method: ForecastMethod,
}

/// How many of the records that are due exist. A number is null if the measure does not use such
/// records.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Completeness {
    /// Meetings planned for the year, including cancelled ones.
    #[schema(minimum = 0)]
    pub meetings_planned: Option<i64>,
    /// Meetings held by the date.
    #[schema(minimum = 0)]
    pub meetings_held: Option<i64>,
    /// Meetings held without a quorum, among those held.
    #[schema(minimum = 0)]
    pub meetings_inquorate: Option<i64>,
    /// Meetings cancelled. A cancelled meeting counts from its own day on.
    #[schema(minimum = 0)]
    pub meetings_cancelled: Option<i64>,
    /// Meetings with status `scheduled` whose date has come.
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
    /// Meetings held for which it is not known whether they got the deliverable.
    #[schema(minimum = 0)]
    pub deliverables_unknown: Option<i64>,
    /// Meetings held without evaluation forms.
    #[schema(minimum = 0)]
    pub meetings_without_forms: Option<i64>,
    /// Forms that answered the question. If it is known for some events how many forms were
    /// expected, only the forms of these events count.
    #[schema(minimum = 0)]
    pub forms_answered: Option<i64>,
    /// Forms handed out at these events, or attendees if that is not known.
    #[schema(minimum = 0)]
    pub forms_expected: Option<i64>,
    /// Reporting periods that ended before the date. A reading may still be entered on the last day
    /// of its period. Of an achieved milestone, the periods that began after it was achieved do not
    /// count.
    #[schema(minimum = 0)]
    pub readings_due: Option<i64>,
    /// Reporting periods of `readings_due` that have a reading.
    #[schema(minimum = 0)]
    pub readings_received: Option<i64>,
    /// Whether a record that is due is missing.
    pub provisional: bool,
}

/// A revision of the threshold, and the status that the target would have without it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RevisionNote {
    /// The first day of the revised threshold.
    pub revised_on: Day,
    /// The threshold before the target's first revision.
    pub original_threshold: Option<Number>,
    /// The threshold before this revision.
    pub previous_threshold: Option<Number>,
    /// The status against the previous threshold.
    pub previous_status: Status,
    /// Why the threshold was changed.
    pub reason: Prose,
    /// Where the change was decided.
    pub reference: Option<ShortText>,
}

jsonb! {
    /// A person's judgement. It is shown beside the derived status and never replaces it.
    #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
    pub struct JudgementNote {
        /// The status the person set.
        pub status: JudgedStatus,
        /// The person's reason.
        pub reason: Prose,
        /// Who judged.
        pub author: ShortText,
        /// The date of the judgement.
        pub judged_on: Day,
        /// The progress entry.
        pub progress_id: Uuid,
    }
}

/// A claim: a figure that was printed. It is shown beside the derived value.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ClaimNote {
    /// The words as printed.
    pub printed: Prose,
    /// The value, if one is printed.
    pub value: Option<Number>,
    /// The value's unit.
    pub unit: Option<Unit>,
    /// The numerator, if one is printed.
    pub numerator: Option<i64>,
    /// The denominator, if one is printed.
    pub denominator: Option<i64>,
    /// The date that the claim is about.
    pub claimed_on: Day,
    /// The occasion that the claim is about.
    pub occasion: Option<ShortText>,
    /// What is known about the claim.
    pub note: Option<Prose>,
    /// The progress entry.
    pub progress_id: Uuid,
}

/// The value, status and reasons of a target on one day. They are derived from its records and
/// never stored.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Metric {
    /// The target.
    pub target_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// The printed reference of the target's action, or of its actions if it is a joint target.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The kind of measure.
    pub kind: MeasureKind,
    /// Whether only the action's text implies the target.
    pub implied: bool,
    /// Who is responsible for the target.
    pub owner: Option<ShortText>,
    /// The date of the metric.
    pub as_at: Day,
    /// The instant of an as-of query: only what was known then counts. Null for current data.
    pub known_at: Option<Instant>,
    /// The unit of the value.
    pub unit: Unit,
    /// The value, if the unit is not per cent: a count, pence, or for a milestone 1 if it is
    /// achieved and otherwise 0.
    #[schema(example = json!(null))]
    pub value: Option<i64>,
    /// The value, if the unit is per cent, rounded half up to two decimals.
    pub value_percent: Option<Percent>,
    /// The numerator, for rates and coverage.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator, for rates and coverage.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value.
    pub value_reason: Option<ValueReason>,
    /// Whether the value is to be at least or at most the threshold.
    pub aim: Aim,
    /// The threshold on the date, in the value's unit.
    pub threshold: Option<Number>,
    /// How far from the threshold the value may be and still be amber.
    pub tolerance: Tolerance,
    /// The value at which amber begins on the date. It follows from the amount expected by now if
    /// the value is compared with that, and otherwise from the threshold.
    pub amber_from: Option<Number>,
    /// The value less the threshold, for rates in percentage points.
    pub variance: Option<Number>,
    /// The status.
    pub status: Status,
    /// The reason for the status.
    pub status_reason: StatusReason,
    /// Whether rounding to whole numbers would change the status.
    pub rounding_sensitive: bool,
    /// Whether another choice of aggregate or of substitutes would change the status.
    pub choice_sensitive: bool,
    /// The amount that a running count is compared with on the date. It is an even share of the
    /// threshold, the step of its profile, or the number of meetings planned so far. Null for an
    /// at-most target without a profile, which is compared with its whole threshold on any day.
    pub expected_by_now: Option<Number>,
    /// The forecast of the value at the plan year's end, for counts and pooled rates. Null once the
    /// year is over, and for a value that one reading, occasion or meeting decides.
    pub forecast: Option<Forecast>,
    /// The value before the plan, as the target states it.
    pub baseline: Option<Baseline>,
    /// The value less the baseline, for rates in percentage points.
    pub baseline_variance: Option<Number>,
    /// The direction of travel.
    pub direction: Direction,
    /// How many of the records that are due exist.
    pub completeness: Completeness,
    /// The share of each group, if the value is derived from the meetings of several groups.
    #[schema(max_items = 100)]
    pub parts: Vec<Part>,
    /// The results of other choices, for attendance rates.
    #[schema(max_items = 10)]
    pub alternatives: Vec<Alternative>,
    /// The details of the value.
    pub detail: Detail,
    /// The revision that set the threshold.
    pub revision: Option<RevisionNote>,
    /// The latest judgement by the date.
    pub judgement: Option<JudgementNote>,
    /// The claims by the date.
    #[schema(max_items = 1000)]
    pub claims: Vec<ClaimNote>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
}

impl Metric {
    /// Returns the first value that is amber on the date, as rule texts and printed documents show
    /// it. Counts and amounts in pence are whole numbers. Returns `None` if no value is amber.
    pub fn first_amber(&self, measure: &Measure) -> Option<Number> {
        let Number(threshold) = self.expected_by_now.or(self.threshold)?;
        let bar = Bar { aim: self.aim, threshold, tolerance: self.tolerance, strict: measure.is_strict() };
        bar.first_amber(self.amber_from?.0, self.unit != Unit::Percent).map(Number)
    }
}
