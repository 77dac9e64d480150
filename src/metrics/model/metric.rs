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
use crate::values::{Code, Day, Figure, Instant, Number, Percent, Prose, ShortText, Title, jsonb};

/// The attendance rate of a target, computed in another way than its measure prescribes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Alternative {
    /// The way in which this rate is computed.
    pub choice: Choice,
    /// The number that attended; null for a mean.
    pub numerator: Option<i64>,
    /// The number that were expected; null for a mean.
    pub denominator: Option<i64>,
    /// The attendance rate in per cent, rounded half up.
    pub value_percent: Option<Percent>,
    /// The status that the target would have by this rate. Null for a mean, and if the target has
    /// no threshold.
    pub status: Option<Status>,
}

/// The part of a target's value that the meetings of one group contribute.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Part {
    /// Id of the group; null for open events.
    pub group_id: Option<Uuid>,
    /// The group's name; null for open events.
    pub name: Option<ShortText>,
    /// The number of the group's meetings that count.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// How the attendance at the group's meetings becomes one rate; null for counts.
    pub aggregate: Option<MeetingAggregate>,
    /// The numerator of the group's rate; null for counts.
    pub numerator: Option<i64>,
    /// The denominator of the group's rate; null for counts.
    pub denominator: Option<i64>,
    /// The group's rate in per cent, rounded half up; null for counts.
    pub value_percent: Option<Percent>,
}

/// Whether the value is better or worse than earlier values of the target.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Direction {
    /// The comparison of the latest reading with the reading before it.
    pub short: Travel,
    /// Whether the cohort has different sizes in the two readings that `short` compares.
    pub short_basis_changed: bool,
    /// The comparison of the value with the value on the same day last year. Without a value of
    /// last year, the comparison with the baseline.
    pub long: Travel,
    /// What `long` compares the value with: last year, the baseline or nothing.
    pub long_compared_with: ComparedWith,
    /// Whether the two values that `long` compares differ in cohort, aggregate, unit or number of
    /// meetings.
    pub basis_changed: bool,
}

/// The value that a target would have at the end of its plan period.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// The forecast value, in the target's unit.
    #[schema(example = 20)]
    pub value: Figure,
    /// How the forecast was computed.
    pub method: ForecastMethod,
}

/// How many records are due for a target, and how many of these records exist. A number is null if
/// the measure does not use records of that kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Completeness {
    /// The number of meetings planned for the year. Cancelled meetings are included.
    #[schema(minimum = 0)]
    pub meetings_planned: Option<i64>,
    /// The number of meetings held on or before the date.
    #[schema(minimum = 0)]
    pub meetings_held: Option<i64>,
    /// The number of meetings in `meetings_held` that had no quorum.
    #[schema(minimum = 0)]
    pub meetings_inquorate: Option<i64>,
    /// The number of cancelled meetings whose date is not after the metric's date.
    #[schema(minimum = 0)]
    pub meetings_cancelled: Option<i64>,
    /// The number of meetings that still have the status `scheduled` although their date is not
    /// after the metric's date.
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
    /// The number of meetings in `meetings_held` without a record of whether they got the
    /// deliverable.
    #[schema(minimum = 0)]
    pub deliverables_unknown: Option<i64>,
    /// The number of meetings in `meetings_held` without evaluation forms.
    #[schema(minimum = 0)]
    pub meetings_without_forms: Option<i64>,
    /// The number of evaluation forms that answered the question. If the number of expected forms
    /// is known for some events only, forms of other events are left out.
    #[schema(minimum = 0)]
    pub forms_answered: Option<i64>,
    /// The number of evaluation forms handed out at the events that `forms_answered` includes. If
    /// the number handed out at an event is unknown, its attendees are used.
    #[schema(minimum = 0)]
    pub forms_expected: Option<i64>,
    /// The number of readings that are due: one for each reporting period that has ended. A reading
    /// is not due on the period's last day. After a milestone is achieved, no more readings are
    /// due.
    #[schema(minimum = 0)]
    pub readings_due: Option<i64>,
    /// The number of readings in `readings_due` that exist.
    #[schema(minimum = 0)]
    pub readings_received: Option<i64>,
    /// The number of entries that count and whose figure is provisional. Null if the measure counts
    /// no entries.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub entries_provisional: Option<i64>,
    /// The first day on which the next reading that does not exist is or becomes overdue. Null if no
    /// further reading is expected.
    #[serde(default)]
    pub next_reading_due_on: Option<Day>,
    /// Whether a record that is due is missing, or an entry that counts is provisional. The value
    /// may change when the record is entered.
    pub provisional: bool,
}

impl Completeness {
    /// Returns whether a record that is due is missing.
    pub fn has_missing_records(&self) -> bool {
        let missing = [
            self.meetings_unreported,
            self.registers_open,
            self.deliverables_unknown,
            self.meetings_without_forms,
        ];
        self.readings_due > self.readings_received || missing.into_iter().flatten().any(|count| count > 0)
    }
}

/// A change of the threshold, with the status that the target would have by the threshold before
/// the change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RevisionNote {
    /// The first day on which the new threshold applies.
    pub revised_on: Day,
    /// The threshold before the target's first revision.
    pub original_threshold: Option<Number>,
    /// The threshold before this revision.
    pub previous_threshold: Option<Number>,
    /// The status that the target would have by `previous_threshold`.
    pub previous_status: Status,
    /// The reason for which the threshold was changed.
    pub reason: Prose,
    /// The decision behind the change, such as a meeting or a minute.
    pub reference: Option<ShortText>,
}

jsonb! {
    /// A status that a person has set. Responses show it beside the derived status and never in its
    /// place.
    #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
    pub struct JudgementNote {
        /// The status that the person has set.
        pub status: JudgedStatus,
        /// The person's reason for the status.
        pub reason: Prose,
        /// The author of the progress entry that contains the judgement.
        pub author: ShortText,
        /// The date of the progress entry that contains the judgement.
        pub judged_on: Day,
        /// Id of the progress entry that contains the judgement.
        pub progress_id: Uuid,
    }
}

/// A figure that was printed somewhere, such as in a report. Responses show it beside the derived
/// value.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ClaimNote {
    /// The text of the figure, exactly as printed.
    pub printed: Prose,
    /// The number in the printed text; null if the text has no number.
    pub value: Option<Number>,
    /// The unit of the printed number.
    pub unit: Option<Unit>,
    /// The printed numerator; null if no numerator is printed.
    pub numerator: Option<i64>,
    /// The printed denominator; null if no denominator is printed.
    pub denominator: Option<i64>,
    /// The date to which the printed figure refers.
    pub claimed_on: Day,
    /// The occasion to which the printed figure refers.
    pub occasion: Option<ShortText>,
    /// A note about the printed figure.
    pub note: Option<Prose>,
    /// Id of the progress entry that contains the printed figure.
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
    /// The reference of the target's action in the published plan. For a joint target, the
    /// references of all its actions.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The kind of measure that computes the target's value.
    pub kind: MeasureKind,
    /// Whether the target follows only from the text of an action, and is not in the plan's table
    /// of targets.
    pub implied: bool,
    /// The person or body responsible for the target.
    pub owner: Option<ShortText>,
    /// The date of the metric.
    pub as_at: Day,
    /// The request's `known_at`: the response is derived from the records as they were at this
    /// instant. Null if it is derived from the current records.
    pub known_at: Option<Instant>,
    /// The unit of the value.
    pub unit: Unit,
    /// The name of the unit, such as `case studies` or `days`. Null if the measure names no unit.
    #[serde(default)]
    pub unit_name: Option<ShortText>,
    /// The value, if the unit is not per cent: a count, an amount in pence, or a number in the unit
    /// that the measure names, rounded half up. For a milestone, 1 if it is achieved, otherwise 0.
    /// Null if the unit is per cent, or if there is no value.
    #[schema(example = json!(null))]
    pub value: Option<Figure>,
    /// The value in per cent, rounded half up to two decimals, or to the number of decimals that the
    /// measure states. Null if the unit is not per cent, or if there is no value.
    pub value_percent: Option<Percent>,
    /// Whether the value was reported as it is. The server cannot derive it from records below it.
    #[serde(default)]
    pub reported: bool,
    /// The numerator of a rate or a coverage; null for other values.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator of a rate or a coverage; null for other values.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value; null if there is a value.
    pub value_reason: Option<ValueReason>,
    /// Whether the value is to be at least or at most the threshold.
    pub aim: Aim,
    /// The threshold that applies on the date of the metric, in the value's unit; null if the
    /// target has no threshold.
    pub threshold: Option<Number>,
    /// How far the value may miss the threshold and still have the status `amber`.
    pub tolerance: Tolerance,
    /// The value at the border between the statuses `amber` and `red` on the date of the metric. It
    /// is computed from the threshold, or from the amount expected by now if the value is compared
    /// with that amount.
    pub amber_from: Option<Number>,
    /// The value minus the threshold. The difference is in percentage points if the unit is per
    /// cent.
    pub variance: Option<Figure>,
    /// The status of the target.
    pub status: Status,
    /// The reason for the status.
    pub status_reason: StatusReason,
    /// Whether the target would have another status if its rate were first rounded to a whole per
    /// cent.
    pub rounding_sensitive: bool,
    /// Whether the target would have another status if its attendance rate were computed in another
    /// way, as `alternatives` lists.
    pub choice_sensitive: bool,
    /// The amount that a running count should have reached on the metric's date. It is an even
    /// share of the threshold, the amount in the profile for the date, or the number of meetings
    /// planned so far. Null for a target with the aim `at_most` and without a profile, because its
    /// whole threshold applies on every day.
    pub expected_by_now: Option<Number>,
    /// The forecast of the value at the end of the plan period, for counts and pooled rates. Null
    /// after the year's end, and for a value that one reading, occasion or meeting decides.
    pub forecast: Option<Forecast>,
    /// The value before the plan, as the target states it.
    pub baseline: Option<Baseline>,
    /// The value minus the baseline. The difference is in percentage points if the unit is per
    /// cent.
    pub baseline_variance: Option<Figure>,
    /// Whether the value is better or worse than earlier values of the target.
    pub direction: Direction,
    /// How many records are due for the target, and how many of these records exist.
    pub completeness: Completeness,
    /// The parts that the meetings of each group contribute to the value. Empty unless the value is
    /// derived from the meetings of several groups.
    #[schema(max_items = 100)]
    pub parts: Vec<Part>,
    /// The attendance rate computed in other ways: over several meetings with another aggregate, or
    /// with substitutes counted differently. Empty for other measures.
    #[schema(max_items = 10)]
    pub alternatives: Vec<Alternative>,
    /// Details of the value. Their fields depend on the kind of measure.
    pub detail: Detail,
    /// The latest revision, which set the threshold; null if the threshold was never revised.
    pub revision: Option<RevisionNote>,
    /// The latest status that a person has set, on or before the metric's date; null if no person
    /// has set a status.
    pub judgement: Option<JudgementNote>,
    /// Figures that were printed somewhere about the target, dated on or before the metric's date.
    #[schema(max_items = 1000)]
    pub claims: Vec<ClaimNote>,
    /// The version of the rules by which figures are derived.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
}

impl Metric {
    /// Returns the first value with the status `amber`, as the rule's text and printed reports
    /// state it. A count or an amount in pence is a whole number. Returns `None` if no value is
    /// `amber`.
    pub fn first_amber(&self, measure: &Measure) -> Option<Number> {
        let Number(threshold) = self.expected_by_now.or(self.threshold)?;
        let rule = ThresholdRule {
            aim: self.aim,
            threshold,
            tolerance: self.tolerance,
            strict: measure.is_strict(),
        };
        rule.first_amber(self.amber_from?.0, matches!(self.unit, Unit::Count | Unit::Pence)).map(Number)
    }
}
