//! Measures, which state how a target's value is computed. There are eleven kinds, each with its
//! own parameters.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::values::{CouncilKind, Day, MeetingKind, Number, RuleErrors, ShortText, Slug, tagged, text_enum};

tagged! {
    /// The rule by which a target's value is computed, with its parameters.
    pub enum Measure {
        /// The number who attended meetings, divided by the number who were expected. Computed from
        /// registers.
        AttendanceRate(AttendanceRate) = "attendance_rate" as "AttendanceRateMeasure",
        /// The number of meetings that were held.
        MeetingsHeld(MeetingsHeld) = "meetings_held" as "MeetingsHeldMeasure",
        /// The number of meetings that got a deliverable, divided by the number of meetings held.
        DeliverablePerMeeting(DeliverablePerMeeting) = "deliverable_per_meeting" as "DeliverablePerMeetingMeasure",
        /// The number of evaluation forms with at least a given rating, divided by the number of
        /// forms that answer the question.
        EvaluationRate(EvaluationRate) = "evaluation_rate" as "EvaluationRateMeasure",
        /// The number of covered councils, divided by the number of councils in the cohort.
        CouncilCoverage(CouncilCoverage) = "council_coverage" as "CouncilCoverageMeasure",
        /// The sum of the counts in progress entries.
        CountTotal(CountTotal) = "count_total" as "CountTotalMeasure",
        /// A numerator divided by a denominator. Progress entries state both numbers.
        Ratio(Ratio) = "ratio" as "RatioMeasure",
        /// A value that is stated as it is, such as a median, a score or a stock. Progress entries
        /// state the value.
        Reading(Reading) = "reading" as "ReadingMeasure",
        /// The income of one area less its cost, in pence. Progress entries state both amounts.
        FinancialBalance(FinancialBalance) = "financial_balance" as "FinancialBalanceMeasure",
        /// A state that the target must reach by its due date. Progress entries record the state.
        Milestone(Milestone) = "milestone" as "MilestoneMeasure",
        /// A person's judgement of the target. The target has no number and no derived status.
        Narrative(Narrative) = "narrative" as "NarrativeMeasure",
    }
}

text_enum! {
    /// What the attendance rate counts.
    pub enum AttendanceUnit {
        /// Seats.
        Seat = "seat",
        /// Persons. A person with two seats counts once.
        Person = "person",
        /// Councils.
        Council = "council",
    }
}

text_enum! {
    /// How the registers of several meetings give one attendance rate.
    pub enum MeetingAggregate {
        /// The total number who attended, divided by the total number who were expected.
        Pooled = "pooled",
        /// The number who attended at least one meeting, divided by the number who were expected at
        /// least once.
        Distinct = "distinct",
        /// The rate of the meeting with the lowest rate. If the aim is at most, the rate of the
        /// meeting with the highest rate.
        MinMeeting = "min_meeting",
    }
}

text_enum! {
    /// Whether a seat counts as attended if a substitute attended.
    pub enum Substitutes {
        /// A seat counts as attended if a substitute attended.
        Counted = "counted",
        /// A seat counts as attended only if its holder attended.
        NotCounted = "not_counted",
    }
}

text_enum! {
    /// Whether a seat without a holder counts as expected.
    pub enum Vacancies {
        /// A seat without a holder is not expected.
        Excluded = "excluded",
        /// A seat without a holder is expected, and counts as not attended.
        Included = "included",
    }
}

text_enum! {
    /// What makes a council count as covered.
    pub enum CoverageBasis {
        /// A council is covered if a coverage entry for this target says so.
        Entries = "entries",
        /// A council is covered if it is a member of the association.
        Membership = "membership",
        /// A council is covered if it attended a meeting of one of the target's actions.
        Attendance = "attendance",
    }
}

text_enum! {
    /// The time at which a council must be covered.
    pub enum CoverageTime {
        /// On the metric's date. The council's latest coverage entry counts.
        AsAt = "as_at",
        /// At any time in the plan period before the end of the metric's date.
        During = "during",
    }
}

text_enum! {
    /// How the coverage on several occasions, such as two canvasses, gives one coverage.
    pub enum OccasionAggregate {
        /// The coverage of the occasion with the lowest coverage. If the aim is at most, that of
        /// the occasion with the highest coverage.
        Minimum = "minimum",
        /// The sum over all occasions.
        Pooled = "pooled",
        /// All occasions together. A council that is covered on any occasion counts once.
        Distinct = "distinct",
    }
}

text_enum! {
    /// How several readings of a ratio give one ratio.
    pub enum RatioAggregate {
        /// The sum of the numerators, divided by the sum of the denominators.
        Summed = "summed",
        /// The ratio in the latest reading.
        Latest = "latest",
        /// The lowest ratio in a reading. Of the readings on one occasion, the latest counts. If the
        /// aim is at least, every occasion must therefore meet the threshold.
        Minimum = "minimum",
        /// The highest ratio in a reading. Of the readings on one occasion, the latest counts. If
        /// the aim is at most, every occasion must therefore meet the threshold.
        Maximum = "maximum",
    }
}

text_enum! {
    /// How several readings give one value.
    pub enum ReadingAggregate {
        /// The latest reading.
        Latest = "latest",
        /// The sum of the readings.
        Sum = "sum",
        /// The mean of the readings. It is exact, and rounded once.
        Mean = "mean",
        /// The lowest reading. Of the readings on one occasion, the latest counts.
        Minimum = "minimum",
        /// The highest reading. Of the readings on one occasion, the latest counts.
        Maximum = "maximum",
    }
}

text_enum! {
    /// What the balance of income and cost must be.
    pub enum BalanceRequirement {
        /// The balance must be more than the threshold. Plans say "income or surplus".
        Surplus = "surplus",
        /// The balance must be at least the threshold. Plans say "full cost recovery".
        BreakEven = "break_even",
    }
}

/// Selects meetings of the target's actions. An empty list selects all meetings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingSelector {
    /// Only meetings of these groups. The metric combines the groups and shows the share of each
    /// group in `parts`.
    #[serde(default)]
    #[schema(max_items = 20, example = json!([]))]
    pub group_ids: Vec<Uuid>,
    /// Only meetings of these kinds.
    #[serde(default)]
    #[schema(max_items = 7, example = json!([]))]
    pub meeting_kinds: Vec<MeetingKind>,
}

/// The parameters of an attendance rate. The rate is the number who attended meetings, divided by
/// the number who were expected. Both numbers come from registers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendanceRate {
    /// The meetings that count for the attendance rate.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// Only seats with these roles. An empty list means all roles.
    #[serde(default)]
    #[schema(max_items = 20, example = json!(["leader"]))]
    pub roles: Vec<Slug>,
    /// Only seats of councils of these kinds. An empty list means all kinds.
    #[serde(default)]
    #[schema(max_items = 3, example = json!([]))]
    pub council_kinds: Vec<CouncilKind>,
    /// What the attendance rate counts.
    #[serde(default = "seats")]
    pub unit: AttendanceUnit,
    /// How the registers of several meetings give one attendance rate.
    #[serde(default = "pooled")]
    pub aggregate: MeetingAggregate,
    /// Whether a seat counts as attended if a substitute attended.
    #[serde(default = "counted")]
    pub substitutes: Substitutes,
    /// Whether a seat without a holder counts as expected.
    #[serde(default = "excluded")]
    pub vacancies: Vacancies,
}

fn seats() -> AttendanceUnit {
    AttendanceUnit::Seat
}

fn pooled() -> MeetingAggregate {
    MeetingAggregate::Pooled
}

fn counted() -> Substitutes {
    Substitutes::Counted
}

fn excluded() -> Vacancies {
    Vacancies::Excluded
}

/// The parameters of a target that counts the meetings held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingsHeld {
    /// The meetings that count.
    #[serde(default)]
    pub selector: MeetingSelector,
}

/// The parameters of a deliverable rate. The rate is the number of meetings that got the
/// deliverable, divided by the number of meetings held. Only meetings for which this is known
/// count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverablePerMeeting {
    /// The meetings that count.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// The deliverable that each meeting is to get, such as `briefing`, `update` or `lead_officer`.
    #[schema(example = "briefing")]
    pub deliverable: Slug,
}

/// The parameters of an evaluation rate. The rate is the number of evaluation forms that rate a
/// question `at_least` or better, divided by the number of forms that answer the question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationRate {
    /// The meetings whose evaluation forms count.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// The question of the evaluation form.
    #[schema(example = "overall")]
    pub question: Slug,
    /// The lowest rating that counts, on the scale of the evaluation form.
    #[schema(example = "good")]
    pub at_least: Slug,
}

/// The parameters of a coverage. The coverage is the number of covered councils, divided by the
/// number of councils in the cohort. The cohort contains councils that exist on the metric's date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouncilCoverage {
    /// The meetings whose attendance counts, if `basis` is `attendance`.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// What makes a council count as covered.
    pub basis: CoverageBasis,
    /// The time at which a council must be covered.
    #[serde(default = "as_at")]
    pub when: CoverageTime,
    /// The kinds of councils in the cohort. An empty list means all councils that exist.
    #[serde(default)]
    #[schema(max_items = 3, example = json!([]))]
    pub council_kinds: Vec<CouncilKind>,
    /// How the coverage on several occasions gives one coverage.
    #[serde(default = "minimum_occasion")]
    pub over_occasions: OccasionAggregate,
}

fn as_at() -> CoverageTime {
    CoverageTime::AsAt
}

fn minimum_occasion() -> OccasionAggregate {
    OccasionAggregate::Minimum
}

/// The parameters of a running count, which adds the counts in progress entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountTotal {
    /// The name of what is counted.
    #[schema(example = "case studies")]
    pub unit_name: ShortText,
    /// The profile, which states how much is expected by which day. The days are in ascending order
    /// and within the plan period. No amount is more than the threshold of an at-least target.
    /// Without a profile, an even pace is expected from an at-least target. Without a profile, an
    /// at-most target is compared with its whole threshold on any day.
    #[serde(default)]
    #[schema(max_items = 24, example = json!([]))]
    pub profile: Vec<ProfilePoint>,
}

/// How much of a running count is expected by the end of a day. The list of these amounts is the
/// target's profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfilePoint {
    /// The day by whose end the amount is expected.
    pub by_on: Day,
    /// The amount that is expected since the start of the plan period.
    #[schema(minimum = 0, example = 5)]
    pub expected: Number,
}

/// The parameters of a ratio. Its value is `per` times the numerator, divided by the denominator:
/// with `per` 100 a percentage, with `per` 1,000 a number per thousand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// How several readings of the ratio give one ratio.
    #[serde(default = "summed")]
    pub aggregate: RatioAggregate,
    /// What the ratio is multiplied by. 220 days over 20 decisions are 11 days with `per` 1.
    #[serde(default = "hundred")]
    #[schema(minimum = 1, maximum = 1_000_000, example = 100)]
    pub per: i64,
    /// The name of the value's unit, such as `days`. Required if `per` is not 100. If `per` is 100,
    /// the unit is per cent, and this field is absent.
    #[serde(default)]
    pub unit_name: Option<ShortText>,
    /// The number of decimal places to which the value is rounded for display. The status is
    /// derived from the exact value.
    #[serde(default = "two_decimals")]
    #[schema(minimum = 0, maximum = 4, example = 2)]
    pub decimals: u32,
    /// Whether a numerator may exceed its denominator. If `per` is not 100, it always may.
    #[serde(default)]
    pub may_exceed: bool,
}

impl Ratio {
    /// Returns whether a numerator may exceed its denominator.
    pub const fn may_exceed(&self) -> bool {
        self.may_exceed || self.per != 100
    }
}

fn summed() -> RatioAggregate {
    RatioAggregate::Summed
}

const fn hundred() -> i64 {
    100
}

const fn two_decimals() -> u32 {
    2
}

/// The parameters of a reading: a value without a numerator and a denominator. Responses show the
/// value as `reported`, because the server cannot derive it. Attendance, evaluation forms and
/// coverage have measures of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// How several readings give one value.
    #[serde(default = "latest")]
    pub aggregate: ReadingAggregate,
    /// The name of the readings' unit, such as `days`; absent if the readings are percentages.
    #[serde(default)]
    pub unit_name: Option<ShortText>,
}

fn latest() -> ReadingAggregate {
    ReadingAggregate::Latest
}

/// The parameters of a financial balance, which is income less cost, in pence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinancialBalance {
    /// The area of the balance. Progress entries of other areas do not count.
    #[schema(example = "talent-bank-commercialisation")]
    pub area: ShortText,
    /// What the balance of income and cost must be.
    #[serde(default = "surplus")]
    pub requirement: BalanceRequirement,
}

fn surplus() -> BalanceRequirement {
    BalanceRequirement::Surplus
}

/// A milestone has no parameters. Its state must be reached by the target's due date. A target
/// without a due date has until the last day of the plan period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Milestone {}

/// A narrative has no parameters. A person judges the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Narrative {}

impl Measure {
    /// Returns whether a value that equals the threshold does not meet it. For a surplus, the value
    /// must be more than the threshold.
    pub fn is_strict(&self) -> bool {
        matches!(self, Self::FinancialBalance(measure) if measure.requirement == BalanceRequirement::Surplus)
    }

    /// Returns the selector of the meetings that the measure counts. Returns `None` if the measure
    /// counts no meetings.
    pub fn selector(&self) -> Option<&MeetingSelector> {
        match self {
            Self::AttendanceRate(measure) => Some(&measure.selector),
            Self::MeetingsHeld(measure) => Some(&measure.selector),
            Self::DeliverablePerMeeting(measure) => Some(&measure.selector),
            Self::EvaluationRate(measure) => Some(&measure.selector),
            Self::CouncilCoverage(measure) => Some(&measure.selector),
            _ => None,
        }
    }

    /// Returns the measure without its profile. The profile differs from year to year. The figures
    /// of two years can be compared if their measures are equal without the profile.
    pub fn basis(&self) -> Self {
        match self {
            Self::CountTotal(measure) => {
                Self::CountTotal(CountTotal { unit_name: measure.unit_name.clone(), profile: Vec::new() })
            }
            other => other.clone(),
        }
    }

    /// Returns the expected amounts of the profile. The list is empty for a measure without a
    /// profile.
    pub const fn profile(&self) -> &[ProfilePoint] {
        match self {
            Self::CountTotal(measure) => measure.profile.as_slice(),
            _ => &[],
        }
    }

    /// Returns whether the measure's value adds up over the plan period, as a running count does.
    pub const fn is_cumulative(&self) -> bool {
        match self {
            Self::MeetingsHeld(_) | Self::CountTotal(_) => true,
            Self::Reading(measure) => matches!(measure.aggregate, ReadingAggregate::Sum),
            _ => false,
        }
    }

    /// Returns the name of the value's unit, for a measure whose unit has a name.
    pub const fn unit_name(&self) -> Option<&ShortText> {
        match self {
            Self::CountTotal(measure) => Some(&measure.unit_name),
            Self::Ratio(measure) => measure.unit_name.as_ref(),
            Self::Reading(measure) => measure.unit_name.as_ref(),
            _ => None,
        }
    }

    /// Adds an error for each parameter that does not fit the other parameters.
    pub fn check_parameters(&self, errors: &mut RuleErrors) {
        let Self::Ratio(ratio) = self else { return };
        let detail = match (&ratio.unit_name, ratio.per) {
            (None, per) if per != 100 => "If `per` is not 100, `unit_name` is required.",
            (Some(_), 100) => "If `per` is 100, the unit is per cent. Leave `unit_name` out.",
            _ => return,
        };
        errors.add("/unit_name", "does_not_fit", detail);
    }

    /// Returns whether the measure's value is one rate over all records so far. No single reading,
    /// occasion or meeting then decides the value.
    pub const fn is_pooled(&self) -> bool {
        match self {
            Self::AttendanceRate(measure) => matches!(measure.aggregate, MeetingAggregate::Pooled),
            Self::Ratio(measure) => matches!(measure.aggregate, RatioAggregate::Summed),
            Self::Reading(measure) => matches!(measure.aggregate, ReadingAggregate::Mean),
            Self::DeliverablePerMeeting(_) | Self::EvaluationRate(_) => true,
            _ => false,
        }
    }
}
