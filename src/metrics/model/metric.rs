//! The JSON types of a target's metric.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Choice, ComparedWith, Detail, ForecastMethod, Status, StatusReason, ValueReason};
use crate::progress::entry::{JudgedStatus, Unit};
use crate::rules::measure::MeetingAggregate;
use crate::rules::rag::ThresholdRule;
use crate::rules::trend::Travel;
use crate::rules::{Aim, Measure, Tolerance};
use crate::targets::model::{Baseline, MeasureKind};
use crate::values::{Code, Day, Instant, Number, Percent, Prose, ShortText, Title, jsonb};

/// The attendance rate that another choice yields.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Alternative {
    /// The aggregate, or the way to count substitutes, that yields this rate.
    pub choice: Choice,
    /// The numerator; null for a mean.
    pub numerator: Option<i64>,
    /// The denominator; null for a mean.
    pub denominator: Option<i64>,
    /// The percentage, rounded half up.
    pub value_percent: Option<Percent>,
    /// The status that this choice would yield; null for a mean and without a threshold.
    pub status: Option<Status>,
}

/// The part of a value that the meetings of one group contribute.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Part {
    /// Id of the group; null for open events.
    pub group_id: Option<Uuid>,
    /// The group's name; null for open events.
    pub name: Option<ShortText>,
    /// The number of the group's meetings that count.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// The measure's aggregate, by which the attendance at the group's meetings is aggregated; null
    /// for counts.
    pub aggregate: Option<MeetingAggregate>,
    /// The numerator; null for counts.
    pub numerator: Option<i64>,
    /// The denominator; null for counts.
    pub denominator: Option<i64>,
    /// The percentage, rounded half up; null for counts.
    pub value_percent: Option<Percent>,
}

/// The direction of travel: whether the value is better than earlier values.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Direction {
    /// The direction from the previous reading to the latest reading.
    pub short: Travel,
    /// Whether the two readings that `short` compares have cohorts of different sizes.
    pub short_basis_changed: bool,
    /// The direction from the value of the same day last year to the value. If last year has no
    /// value, the direction from the baseline to the value.
    pub long: Travel,
    /// What `long` compares the value with.
    pub long_compared_with: ComparedWith,
    /// Whether the two values that `long` compares differ in cohort, aggregate, unit or number of
    /// meetings.
    pub basis_changed: bool,
}

/// The forecast of the value at the plan year's end.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// The forecast value, in the target's unit.
    #[schema(example = 20)]
    pub value: Number,
    /// How the forecast was computed.
    pub method: ForecastMethod,
}

/// How many of the records that are due exist. A number is null if the measure does not use records
/// of that kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Completeness {
    /// The number of meetings planned for the year, including cancelled meetings.
    #[schema(minimum = 0)]
    pub meetings_planned: Option<i64>,
    /// The number of meetings held on or before the date.
    #[schema(minimum = 0)]
    pub meetings_held: Option<i64>,
    /// The number of meetings in `meetings_held` that had no quorum.
    #[schema(minimum = 0)]
    pub meetings_inquorate: Option<i64>,
    /// The number of cancelled meetings whose date has come.
    #[schema(minimum = 0)]
    pub meetings_cancelled: Option<i64>,
    /// The number of meetings with status `scheduled` whose date has come.
    #[schema(minimum = 0)]
    pub meetings_unreported: Option<i64>,
    /// The number of meetings in `meetings_held` whose register is closed.
    #[schema(minimum = 0)]
    pub registers_closed: Option<i64>,
    /// The number of meetings in `meetings_held` whose register is still open.
    #[schema(minimum = 0)]
    pub registers_open: Option<i64>,
    /// The number of meetings in `meetings_held` for which no register is kept.
    #[schema(minimum = 0)]
    pub registers_not_kept: Option<i64>,
    /// The number of meetings in `meetings_held` for which no record says whether they got the
    /// deliverable.
    #[schema(minimum = 0)]
    pub deliverables_unknown: Option<i64>,
    /// The number of meetings in `meetings_held` without evaluation forms.
    #[schema(minimum = 0)]
    pub meetings_without_forms: Option<i64>,
    /// The number of forms that answered the question. If the expected number of forms is known for
    /// some events only, the forms from other events do not count.
    #[schema(minimum = 0)]
    pub forms_answered: Option<i64>,
    /// The number of forms handed out at the events of `forms_answered`, or of attendees if the
    /// number handed out is not known.
    #[schema(minimum = 0)]
    pub forms_expected: Option<i64>,
    /// The number of reporting periods that ended before the date. A reading may still be entered
    /// on the last day of its period. After a milestone is achieved, later periods do not count.
    #[schema(minimum = 0)]
    pub readings_due: Option<i64>,
    /// The number of periods in `readings_due` that have a reading.
    #[schema(minimum = 0)]
    pub readings_received: Option<i64>,
    /// Whether a record that is due is missing.
    pub provisional: bool,
}

/// A revision of the threshold, with the status that the target would have without the revision.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RevisionNote {
    /// The day from which the revised threshold applies.
    pub revised_on: Day,
    /// The threshold before the target's first revision.
    pub original_threshold: Option<Number>,
    /// The threshold before this revision.
    pub previous_threshold: Option<Number>,
    /// The status by the previous threshold.
    pub previous_status: Status,
    /// The reason for the change.
    pub reason: Prose,
    /// The decision behind the change, such as a meeting or a minute.
    pub reference: Option<ShortText>,
}

jsonb! {
    /// A person's judgement. Responses show the judgement beside the derived status, and the
    /// judgement never replaces the status.
    #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
    pub struct JudgementNote {
        /// The status that the person has set.
        pub status: JudgedStatus,
        /// The reason that the person gave.
        pub reason: Prose,
        /// The author of the judgement.
        pub author: ShortText,
        /// The date of the judgement.
        pub judged_on: Day,
        /// Id of the progress entry that contains the judgement.
        pub progress_id: Uuid,
    }
}

/// A claim: a figure that was printed somewhere. Responses show the claim beside the derived value.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ClaimNote {
    /// The text, exactly as printed.
    pub printed: Prose,
    /// The value; null if no value is printed.
    pub value: Option<Number>,
    /// The unit of the value.
    pub unit: Option<Unit>,
    /// The numerator; null if no numerator is printed.
    pub numerator: Option<i64>,
    /// The denominator; null if no denominator is printed.
    pub denominator: Option<i64>,
    /// The date that the claim is about.
    pub claimed_on: Day,
    /// The occasion that the claim is about.
    pub occasion: Option<ShortText>,
    /// A note about the claim.
    pub note: Option<Prose>,
    /// Id of the progress entry that contains the claim.
    pub progress_id: Uuid,
}

/// The value, status and reasons of a target on one day. A metric is derived from records and never
/// stored.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Metric {
    /// Id of the target.
    pub target_id: Uuid,
    /// Id of the target's framework.
    pub framework_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
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
    /// The instant of an as-of query, at which the counted records were known; null for current
    /// data.
    pub known_at: Option<Instant>,
    /// The unit of the value.
    pub unit: Unit,
    /// The value; null if the unit is per cent or there is no value. The value is a count or an
    /// amount in pence. For a milestone, the value is 1 if achieved and otherwise 0.
    #[schema(example = json!(null))]
    pub value: Option<i64>,
    /// The value in per cent, rounded half up to two decimals; null if the unit is not per cent or
    /// there is no value.
    pub value_percent: Option<Percent>,
    /// The numerator of a rate or coverage.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator of a rate or coverage.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value; null if there is a value.
    pub value_reason: Option<ValueReason>,
    /// Whether the value is to be at least or at most the threshold.
    pub aim: Aim,
    /// The threshold on the date, in the value's unit.
    pub threshold: Option<Number>,
    /// How far from the threshold the value may be and still be amber.
    pub tolerance: Tolerance,
    /// The value at which amber begins on the date. If the value is compared with the amount
    /// expected by now, amber depends on that amount; otherwise amber depends on the threshold.
    pub amber_from: Option<Number>,
    /// The value minus the threshold, for rates in percentage points.
    pub variance: Option<Number>,
    /// The status of the target.
    pub status: Status,
    /// The reason for the status.
    pub status_reason: StatusReason,
    /// Whether rounding to whole numbers would change the status.
    pub rounding_sensitive: bool,
    /// Whether another choice of aggregate or of substitutes would change the status.
    pub choice_sensitive: bool,
    /// The amount that a running count is expected to have reached on the date. The amount is an
    /// even share of the threshold, a point of the profile, or the number of meetings planned so
    /// far. Null for a target with aim `at_most` and without a profile, because the whole threshold
    /// applies on every day.
    pub expected_by_now: Option<Number>,
    /// The forecast of the value at the end of the plan year, for counts and pooled rates. Null
    /// after the year's end, and for a value that one reading, occasion or meeting decides.
    pub forecast: Option<Forecast>,
    /// The value before the plan, as the target states it.
    pub baseline: Option<Baseline>,
    /// The value minus the baseline, for rates in percentage points.
    pub baseline_variance: Option<Number>,
    /// The direction of travel.
    pub direction: Direction,
    /// How many of the records that are due exist.
    pub completeness: Completeness,
    /// The part of each group, if the value is derived from the meetings of several groups.
    #[schema(max_items = 100)]
    pub parts: Vec<Part>,
    /// The results that other choices yield for an attendance rate.
    #[schema(max_items = 10)]
    pub alternatives: Vec<Alternative>,
    /// The details of the value, by the kind of measure.
    pub detail: Detail,
    /// The revision that set the threshold; null if the target has no revision.
    pub revision: Option<RevisionNote>,
    /// The latest judgement on or before the date.
    pub judgement: Option<JudgementNote>,
    /// The claims on or before the date.
    #[schema(max_items = 1000)]
    pub claims: Vec<ClaimNote>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
}

impl Metric {
    /// Returns the first value that is amber on the metric's date, as rule texts and printed
    /// documents state it. A count or an amount in pence is a whole number. Returns `None` if no
    /// value is amber.
    pub fn first_amber(&self, measure: &Measure) -> Option<Number> {
        let Number(threshold) = self.expected_by_now.or(self.threshold)?;
        let rule = ThresholdRule {
            aim: self.aim,
            threshold,
            tolerance: self.tolerance,
            strict: measure.is_strict(),
        };
        rule.first_amber(self.amber_from?.0, self.unit != Unit::Percent).map(Number)
    }
}
