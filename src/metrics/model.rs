//! A metric and its roll-ups on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::progress::entry::{JudgedStatus, MilestoneState, Unit};
use crate::rules::travel::Travel;
use crate::rules::{Aim, Colour, Tolerance};
use crate::targets::model::{Baseline, MeasureKind};
use crate::values::{Code, Day, Line, Number, Prose, Title, jsonb, tagged, text_enum};

text_enum! {
    /// How a target stands.
    pub enum Status {
        /// The threshold is met.
        Green = "green",
        /// Short of the threshold, within the tolerance.
        Amber = "amber",
        /// Beyond the tolerance.
        Red = "red",
        /// Nothing is due yet.
        NotDue = "not_due",
        /// Something is due and there is nothing to derive it from.
        NoData = "no_data",
        /// There was nothing to do.
        NotApplicable = "not_applicable",
        /// A number, or a judgement, without a threshold to hold it against.
        Contextual = "contextual",
    }
}

impl From<Colour> for Status {
    fn from(colour: Colour) -> Self {
        match colour {
            Colour::Green => Self::Green,
            Colour::Amber => Self::Amber,
            Colour::Red => Self::Red,
        }
    }
}

text_enum! {
    /// Why there is no number.
    pub enum ValueReason {
        /// Nothing is due yet.
        NotDue = "not_due",
        /// No meeting was held.
        NoMeeting = "no_meeting",
        /// The meetings there were to be, were cancelled.
        MeetingCancelled = "meeting_cancelled",
        /// A meeting was held and its register is still open.
        RegisterOpen = "register_open",
        /// Nobody was eligible.
        NoEligible = "no_eligible",
        /// There is a denominator, and it is zero.
        ZeroDenominator = "zero_denominator",
        /// Nothing was recorded.
        NoEntries = "no_entries",
        /// The body is another's now.
        HandedOver = "handed_over",
        /// A person judges.
        JudgedOnly = "judged_only",
    }
}

text_enum! {
    /// Why the status is what it is.
    pub enum StatusReason {
        /// The value meets the threshold.
        MeetsThreshold = "meets_threshold",
        /// The value misses the threshold and is within the tolerance.
        WithinTolerance = "within_tolerance",
        /// The value misses the threshold by more than the tolerance.
        MissesThreshold = "misses_threshold",
        /// The count is where it is expected to be by now.
        OnCourse = "on_course",
        /// The count is behind what is expected by now, within the tolerance.
        SlightlyBehind = "slightly_behind",
        /// The count is behind what is expected by now.
        Behind = "behind",
        /// Nothing is expected by now.
        NothingExpectedYet = "nothing_expected_yet",
        /// There is no threshold.
        NoThreshold = "no_threshold",
        /// The milestone is reached.
        Achieved = "achieved",
        /// The milestone was missed.
        Missed = "missed",
        /// The milestone was due and is not reached.
        Overdue = "overdue",
        /// The milestone is not due yet.
        BeforeDueDate = "before_due_date",
        /// There is no value; `value_reason` says why.
        NoValue = "no_value",
        /// A person judges.
        JudgedOnly = "judged_only",
    }
}

text_enum! {
    /// What a long direction compares with.
    pub enum ComparedWith {
        /// The same point of the target that this one continues.
        LastYear = "last_year",
        /// The baseline that the plan states.
        Baseline = "baseline",
        /// Nothing.
        None = "none",
    }
}

text_enum! {
    /// Another way to make one rate of several meetings.
    pub enum Choice {
        /// All attended over all expected.
        Pooled = "pooled",
        /// Attended at least once over ever expected.
        Distinct = "distinct",
        /// The meeting with the lowest rate.
        MinMeeting = "min_meeting",
        /// The mean of the meetings' rates: for comparison alone.
        Mean = "mean",
        /// Pooled, with substitutes counted.
        SubstitutesCounted = "substitutes_counted",
        /// Pooled, without substitutes.
        SubstitutesNotCounted = "substitutes_not_counted",
    }
}

/// What another choice would have given.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Alternative {
    /// The choice.
    pub choice: Choice,
    /// Its numerator; a mean has none.
    pub numerator: Option<i64>,
    /// Its denominator; a mean has none.
    pub denominator: Option<i64>,
    /// Its percentage, half up.
    #[schema(minimum = 0, maximum = 100, example = 59.09)]
    pub value_percent: Option<Number>,
    /// The status it would give.
    pub status: Option<Status>,
}

/// The share of one group in a value that pools several.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Part {
    /// The group; null for events without one.
    pub group_id: Option<Uuid>,
    /// Its name.
    pub name: Option<Line>,
    /// How many of its meetings count.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// Its numerator; null for counts.
    pub numerator: Option<i64>,
    /// Its denominator; null for counts.
    pub denominator: Option<i64>,
    /// Its percentage, half up; null for counts.
    #[schema(minimum = 0, maximum = 100)]
    pub value_percent: Option<Number>,
}

/// Direction of travel.
#[derive(Debug, Clone, Serialize, ToSchema)]
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

/// How much of what is due has come in; null where a measure does not ask for it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Completeness {
    /// Meetings planned for the year, cancelled ones not among them.
    #[schema(minimum = 0)]
    pub meetings_planned: Option<i64>,
    /// Meetings held by the date.
    #[schema(minimum = 0)]
    pub meetings_held: Option<i64>,
    /// Meetings held without a quorum, among those held.
    #[schema(minimum = 0)]
    pub meetings_inquorate: Option<i64>,
    /// Meetings cancelled.
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
    /// Forms that answered the question.
    #[schema(minimum = 0)]
    pub forms_answered: Option<i64>,
    /// Forms handed out; attendees where that is not known.
    #[schema(minimum = 0)]
    pub forms_expected: Option<i64>,
    /// Reporting periods that have ended by the date.
    #[schema(minimum = 0)]
    pub readings_due: Option<i64>,
    /// Those of them with a reading.
    #[schema(minimum = 0)]
    pub readings_received: Option<i64>,
    /// Whether something that is due is still to come in.
    pub provisional: bool,
}

tagged! {
    /// What lies behind the value, by the kind of measure.
    pub enum Detail {
        /// Of a rate of attendance.
        Attendance(AttendanceDetail) = "attendance_rate" as "AttendanceDetail",
        /// Of meetings held.
        Meetings(NoDetail) = "meetings_held" as "MeetingsDetail",
        /// Of something delivered to meetings.
        Deliverable(DeliverableDetail) = "deliverable_per_meeting" as "DeliverableDetail",
        /// Of evaluations.
        Evaluation(EvaluationDetail) = "evaluation_rate" as "EvaluationDetail",
        /// Of coverage.
        Coverage(CoverageDetail) = "council_coverage" as "CoverageDetail",
        /// Of a count.
        Count(CountDetail) = "count_total" as "CountDetail",
        /// Of a ratio.
        Ratio(RatioDetail) = "ratio" as "RatioDetail",
        /// Of a balance.
        Balance(BalanceDetail) = "financial_balance" as "BalanceDetail",
        /// Of a milestone.
        Milestone(MilestoneDetail) = "milestone" as "MilestoneDetail",
        /// Of a narrative.
        Narrative(NoDetail) = "narrative" as "NarrativeDetail",
    }
}

/// The lines behind a rate of attendance, over all counted meetings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttendanceDetail {
    /// Meetings counted.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// Lines that say present.
    #[schema(minimum = 0)]
    pub present: i64,
    /// Lines that say present from elsewhere.
    #[schema(minimum = 0)]
    pub present_virtual: i64,
    /// Lines that say a substitute came.
    #[schema(minimum = 0)]
    pub substitutes: i64,
    /// Lines that say apologies.
    #[schema(minimum = 0)]
    pub apologies: i64,
    /// Lines that say absent.
    #[schema(minimum = 0)]
    pub absent: i64,
    /// Expected seats (or councils) without a line.
    #[schema(minimum = 0)]
    pub not_recorded: i64,
    /// Vacant seats, where the measure expects them.
    #[schema(minimum = 0)]
    pub vacant: i64,
}

/// Nothing beyond the value itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoDetail {}

/// What was to be delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeliverableDetail {
    /// What.
    pub deliverable: crate::values::Slug,
}

/// The forms behind an evaluation rate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationDetail {
    /// Events with forms.
    #[schema(minimum = 0)]
    pub events: i64,
    /// Events whose scale lacks the named rating: their forms are left out.
    #[schema(minimum = 0)]
    pub events_on_another_scale: i64,
    /// Forms answered of forms handed out (or of attendees), half up.
    #[schema(minimum = 0)]
    pub return_percent: Option<Number>,
}

/// The occasions behind a coverage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CoverageDetail {
    /// Each occasion, the one without a name among them.
    #[schema(max_items = 1000)]
    pub occasions: Vec<OccasionDetail>,
}

/// One occasion of a coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OccasionDetail {
    /// Its name.
    pub occasion: Option<Line>,
    /// Councils covered.
    #[schema(minimum = 0)]
    pub numerator: i64,
    /// Councils of the cohort.
    #[schema(minimum = 0)]
    pub denominator: i64,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CountDetail {
    /// The unit's name.
    pub unit_name: Line,
    /// Entries counted.
    #[schema(minimum = 0)]
    pub entries: i64,
}

/// The readings behind a ratio.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RatioDetail {
    /// Readings counted.
    #[schema(minimum = 0)]
    pub readings: i64,
}

/// The sums behind a balance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BalanceDetail {
    /// Whose balance.
    pub area: Line,
    /// Income.
    #[schema(minimum = 0)]
    pub income_pence: i64,
    /// Cost.
    #[schema(minimum = 0)]
    pub cost_pence: i64,
}

/// How far a milestone is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MilestoneDetail {
    /// The latest state; null when none was entered.
    pub state: Option<MilestoneState>,
    /// When it is due.
    pub due_on: Day,
}

/// A revision that changed the threshold, and the status it would have without.
#[derive(Debug, Clone, Serialize, ToSchema)]
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
#[derive(Debug, Clone, Serialize, ToSchema)]
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
    /// The unit of the value.
    pub unit: Unit,
    /// The value where the unit is not per cent: a count, pence, or 1 and 0 for a milestone reached or not.
    #[schema(example = json!(null))]
    pub value: Option<i64>,
    /// The value where the unit is per cent, half up to two decimals.
    #[schema(minimum = 0, maximum = 100, example = 59.09)]
    pub value_percent: Option<Number>,
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
    /// The value at which amber begins.
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
    /// How much a running count should have reached by now.
    pub expected_by_now: Option<Number>,
    /// What the value was before.
    pub baseline: Option<Baseline>,
    /// Value less baseline; points for rates.
    pub baseline_variance: Option<Number>,
    /// Direction of travel.
    pub direction: Direction,
    /// How much of what is due has come in.
    pub completeness: Completeness,
    /// The groups it pools, where it pools several.
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
    pub rule_version: &'static str,
}

/// All metrics of a framework at a date.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkMetrics {
    /// The framework.
    pub framework_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// The date they are read at.
    pub as_at: Day,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// One metric for each target, in the targets' order.
    #[schema(max_items = 10000)]
    pub data: Vec<Metric>,
}

/// How many targets have each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatusCounts {
    /// All of them.
    #[schema(minimum = 0)]
    pub targets: i64,
    /// Green.
    #[schema(minimum = 0)]
    pub green: i64,
    /// Amber.
    #[schema(minimum = 0)]
    pub amber: i64,
    /// Red.
    #[schema(minimum = 0)]
    pub red: i64,
    /// Not due yet.
    #[schema(minimum = 0)]
    pub not_due: i64,
    /// Without data.
    #[schema(minimum = 0)]
    pub no_data: i64,
    /// Not applicable.
    #[schema(minimum = 0)]
    pub not_applicable: i64,
    /// Contextual.
    #[schema(minimum = 0)]
    pub contextual: i64,
    /// Those, of all, for which something that is due is still to come in.
    #[schema(minimum = 0)]
    pub provisional: i64,
}

text_enum! {
    /// Why a part of a framework has the status it has.
    pub enum RollUpReason {
        /// The worst of its coloured targets.
        WorstTarget = "worst_target",
        /// It has targets, and none has a colour.
        NoColour = "no_colour",
        /// It has no targets.
        NoTargets = "no_targets",
    }
}

/// The roll-up of targets: stated ones colour it, implied ones are counted apart.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RollUp {
    /// The worst of red, amber and green; null where no target has a colour.
    pub status: Option<Status>,
    /// Why.
    pub status_reason: RollUpReason,
    /// The targets the plan states.
    pub stated: StatusCounts,
    /// The targets only an action's wording implies.
    pub implied: StatusCounts,
}

/// The roll-up of a framework at a date.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkSummary {
    /// The framework.
    pub framework_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// What it is called.
    pub title: Title,
    /// The date it is read at.
    pub as_at: Day,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// The whole framework; a joint target counts once.
    pub roll_up: RollUp,
    /// Its themes.
    #[schema(max_items = 1000)]
    pub themes: Vec<ThemeSummary>,
    /// Reporting periods that have ended without a reading, by owner.
    #[schema(max_items = 1000)]
    pub overdue: Vec<Overdue>,
}

/// The roll-up of a theme.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThemeSummary {
    /// The theme.
    pub theme_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// The printed reference.
    #[serde(rename = "ref")]
    pub printed_ref: Option<Line>,
    /// What it says.
    pub title: Title,
    /// Its roll-up.
    pub roll_up: RollUp,
    /// Its outcomes.
    #[schema(max_items = 1000)]
    pub outcomes: Vec<OutcomeSummary>,
}

/// The roll-up of an outcome.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeSummary {
    /// The outcome.
    pub outcome_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// The printed reference.
    #[serde(rename = "ref")]
    pub printed_ref: Option<Line>,
    /// What it says.
    pub title: Title,
    /// Its roll-up.
    pub roll_up: RollUp,
}

/// What an owner still owes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Overdue {
    /// The owner; null for targets without one.
    pub owner: Option<Line>,
    /// The targets with readings that are due and missing.
    #[schema(max_items = 10000)]
    pub target_ids: Vec<Uuid>,
    /// How many readings that is.
    #[schema(minimum = 1)]
    pub readings: i64,
}

text_enum! {
    /// The form of the answer.
    pub enum MetricsFormat {
        /// JSON, with everything.
        Json = "json",
        /// CSV, one row a target.
        Csv = "csv",
    }
}

/// At which date.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AsAt {
    /// The date to read at, by when things happened; today if not said, and never past the plan year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
}

/// At which date, and in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MetricsQuery {
    /// The date to read at, by when things happened; today if not said, and never past the plan year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// The form of the answer; JSON if not said.
    #[param(inline)]
    pub format: Option<MetricsFormat>,
}
