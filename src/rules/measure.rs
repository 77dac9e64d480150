//! Measures: how a target's value is computed. There are ten kinds, each with its own parameters.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::values::{CouncilKind, Day, MeetingKind, Number, ShortText, Slug, tagged, text_enum};

tagged! {
    /// How a target is measured.
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
        /// The number of councils that a coverage counts as covered, divided by the number of
        /// councils in the cohort.
        CouncilCoverage(CouncilCoverage) = "council_coverage" as "CouncilCoverageMeasure",
        /// The sum of the counts in progress entries.
        CountTotal(CountTotal) = "count_total" as "CountTotalMeasure",
        /// A numerator divided by a denominator. Progress entries state both numbers.
        Ratio(Ratio) = "ratio" as "RatioMeasure",
        /// The income of one area less its cost, in pence. Progress entries state both amounts.
        FinancialBalance(FinancialBalance) = "financial_balance" as "FinancialBalanceMeasure",
        /// A state that the target must reach by its due date. Progress entries record the state.
        Milestone(Milestone) = "milestone" as "MilestoneMeasure",
        /// A person's judgement. It has no number and no derived status.
        Narrative(Narrative) = "narrative" as "NarrativeMeasure",
    }
}

text_enum! {
    /// What an attendance rate counts.
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
    /// How the attendance of several meetings is aggregated to one rate.
    pub enum MeetingAggregate {
        /// The sum of attended, divided by the sum of expected.
        Pooled = "pooled",
        /// Those who attended at least once, divided by those who were expected at least once.
        Distinct = "distinct",
        /// The meeting with the lowest rate, or with the highest if the aim is at most.
        MinMeeting = "min_meeting",
    }
}

text_enum! {
    /// Whether a substitute counts for the seat.
    pub enum Substitutes {
        /// A substitute counts.
        Counted = "counted",
        /// Only the holder counts.
        NotCounted = "not_counted",
    }
}

text_enum! {
    /// Whether vacant seats are expected.
    pub enum Vacancies {
        /// A vacant seat is not expected.
        Excluded = "excluded",
        /// A vacant seat is expected, and counts as not attended.
        Included = "included",
    }
}

text_enum! {
    /// What makes a council covered.
    pub enum CoverageBasis {
        /// A coverage entry of this target.
        Entries = "entries",
        /// Membership of the association.
        Membership = "membership",
        /// Attendance at one of the action's meetings.
        Attendance = "attendance",
    }
}

text_enum! {
    /// When a council must be covered.
    pub enum CoverageTime {
        /// On the metric's date. The council's latest entry counts.
        AsAt = "as_at",
        /// At any time in the plan year so far.
        During = "during",
    }
}

text_enum! {
    /// How several occasions, such as two canvasses, are aggregated to one coverage.
    pub enum OccasionAggregate {
        /// The occasion with the lowest coverage, or with the highest if the aim is at most.
        Minimum = "minimum",
        /// The sum over all occasions.
        Pooled = "pooled",
        /// All occasions together. A council that is covered on any of them counts once.
        Distinct = "distinct",
    }
}

text_enum! {
    /// How several readings of a ratio are aggregated to one.
    pub enum RatioAggregate {
        /// The sum of numerators, divided by the sum of denominators.
        Summed = "summed",
        /// The latest reading.
        Latest = "latest",
        /// The lowest reading, or the highest if the aim is at most. So every reading must meet the
        /// threshold.
        Minimum = "minimum",
    }
}

text_enum! {
    /// What a balance must be.
    pub enum BalanceRequirement {
        /// More than the threshold: "income or surplus".
        Surplus = "surplus",
        /// At least the threshold: "full cost recovery".
        BreakEven = "break_even",
    }
}

/// Narrows the meetings of the target's actions. An empty list does not narrow them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingSelector {
    /// Only meetings of these groups. The metric aggregates several groups and shows the share of
    /// each in `parts`.
    #[serde(default)]
    #[schema(max_items = 20, example = json!([]))]
    pub group_ids: Vec<Uuid>,
    /// Only meetings of these kinds.
    #[serde(default)]
    #[schema(max_items = 7, example = json!([]))]
    pub meeting_kinds: Vec<MeetingKind>,
}

/// The parameters of an attendance rate: the number who attended meetings, divided by the number
/// who were expected. Both numbers come from registers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendanceRate {
    /// The meetings that count.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// Only seats with these roles; empty for all.
    #[serde(default)]
    #[schema(max_items = 20, example = json!(["leader"]))]
    pub roles: Vec<Slug>,
    /// Only seats of councils of these kinds; empty for all.
    #[serde(default)]
    #[schema(max_items = 3, example = json!([]))]
    pub council_kinds: Vec<CouncilKind>,
    /// What is counted.
    #[serde(default = "seats")]
    pub unit: AttendanceUnit,
    /// How the attendance of several meetings is aggregated to one rate.
    #[serde(default = "pooled")]
    pub aggregate: MeetingAggregate,
    /// Whether a substitute counts.
    #[serde(default = "counted")]
    pub substitutes: Substitutes,
    /// Whether vacant seats are expected.
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

/// The parameters of a number of meetings held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingsHeld {
    /// The meetings that count.
    #[serde(default)]
    pub selector: MeetingSelector,
}

/// The parameters of a deliverable rate: the number of meetings that got the deliverable, divided
/// by the number of meetings held for which this is known.
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

/// The parameters of an evaluation rate: the number of forms that rate a question `at_least` or
/// better, divided by the number of forms that answer the question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationRate {
    /// The meetings that count.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// The question of the form.
    #[schema(example = "overall")]
    pub question: Slug,
    /// The lowest rating that counts, on the form's own scale.
    #[schema(example = "good")]
    pub at_least: Slug,
}

/// The parameters of a coverage: the number of covered councils, divided by the number of councils
/// in the cohort. The cohort contains councils that exist on the metric's date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouncilCoverage {
    /// The meetings that count, if `basis` is `attendance`.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// What makes a council covered.
    pub basis: CoverageBasis,
    /// When a council must be covered.
    #[serde(default = "as_at")]
    pub when: CoverageTime,
    /// The cohort: councils of these kinds; empty for all councils that exist.
    #[serde(default)]
    #[schema(max_items = 3, example = json!([]))]
    pub council_kinds: Vec<CouncilKind>,
    /// How several occasions are aggregated to one coverage.
    #[serde(default = "minimum_occasion")]
    pub over_occasions: OccasionAggregate,
}

fn as_at() -> CoverageTime {
    CoverageTime::AsAt
}

fn minimum_occasion() -> OccasionAggregate {
    OccasionAggregate::Minimum
}

/// The parameters of a running count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountTotal {
    /// What is counted.
    #[schema(example = "case studies")]
    pub unit_name: ShortText,
    /// The profile: how much is expected by which day. Its points are in order and within the plan
    /// year, and at most the threshold of an at-least target. Without points, an even pace is
    /// expected, and an at-most target is compared with its whole threshold on any day.
    #[serde(default)]
    #[schema(max_items = 24, example = json!([]))]
    pub profile: Vec<ProfilePoint>,
}

/// A point of a profile: how much is expected by the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfilePoint {
    /// The day. The amount is expected by its end.
    pub by_on: Day,
    /// The amount since the start of the plan year.
    #[schema(minimum = 0, example = 5)]
    pub expected: Number,
}

/// The parameters of a ratio: a numerator of a denominator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// How several readings are aggregated to one.
    #[serde(default = "summed")]
    pub aggregate: RatioAggregate,
}

fn summed() -> RatioAggregate {
    RatioAggregate::Summed
}

/// The parameters of a financial balance: income less cost, in pence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinancialBalance {
    /// The area of the balance. Entries of another area do not count.
    #[schema(example = "talent-bank-commercialisation")]
    pub area: ShortText,
    /// What the balance must be.
    #[serde(default = "surplus")]
    pub requirement: BalanceRequirement,
}

fn surplus() -> BalanceRequirement {
    BalanceRequirement::Surplus
}

/// A milestone has no parameters. Its state is to be reached by the target's due date, or by the
/// plan year's last day if the target has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Milestone {}

/// A narrative has no parameters. A person judges the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Narrative {}

impl Measure {
    /// Returns whether a value that equals the threshold misses the threshold. A surplus must be
    /// more than the threshold.
    pub fn is_strict(&self) -> bool {
        matches!(self, Self::FinancialBalance(measure) if measure.requirement == BalanceRequirement::Surplus)
    }

    /// Returns the selector of the meetings that the measure counts. Returns `None` for measures
    /// that count no meetings.
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

    /// Returns the measure without its profile. The profile differs from year to year, and figures
    /// of two years can be compared if both measures have the same basis.
    pub fn basis(&self) -> Self {
        match self {
            Self::CountTotal(measure) => {
                Self::CountTotal(CountTotal { unit_name: measure.unit_name.clone(), profile: Vec::new() })
            }
            other => other.clone(),
        }
    }

    /// Returns the points of the profile. The list is empty for a measure without a profile.
    pub const fn profile(&self) -> &[ProfilePoint] {
        match self {
            Self::CountTotal(measure) => measure.profile.as_slice(),
            _ => &[],
        }
    }

    /// Returns whether the value accumulates over the plan year, as a running count does.
    pub const fn is_cumulative(&self) -> bool {
        matches!(self, Self::MeetingsHeld(_) | Self::CountTotal(_))
    }

    /// Returns whether the value is one rate over all records so far, so that no single reading,
    /// occasion or meeting decides the value.
    pub const fn is_pooled(&self) -> bool {
        match self {
            Self::AttendanceRate(measure) => matches!(measure.aggregate, MeetingAggregate::Pooled),
            Self::Ratio(measure) => matches!(measure.aggregate, RatioAggregate::Summed),
            Self::DeliverablePerMeeting(_) | Self::EvaluationRate(_) => true,
            _ => false,
        }
    }
}
