//! How a target is measured: ten kinds, each with its own parameters.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::values::{CouncilKind, Day, Line, MeetingKind, Number, Slug, tagged, text_enum};

tagged! {
    /// How a target is measured.
    pub enum Measure {
        /// From registers: who was expected, who attended.
        AttendanceRate(AttendanceRate) = "attendance_rate" as "AttendanceRateMeasure",
        /// From meetings: how many were held.
        MeetingsHeld(MeetingsHeld) = "meetings_held" as "MeetingsHeldMeasure",
        /// From meetings: how many of those held had something delivered to them.
        DeliverablePerMeeting(DeliverablePerMeeting) = "deliverable_per_meeting" as "DeliverablePerMeetingMeasure",
        /// From returned forms: how many rated a question at least so.
        EvaluationRate(EvaluationRate) = "evaluation_rate" as "EvaluationRateMeasure",
        /// From councils: how many of a cohort have it.
        CouncilCoverage(CouncilCoverage) = "council_coverage" as "CouncilCoverageMeasure",
        /// From progress: a running count.
        CountTotal(CountTotal) = "count_total" as "CountTotalMeasure",
        /// From progress: so many of so many.
        Ratio(Ratio) = "ratio" as "RatioMeasure",
        /// From progress: income less cost, in pence, of one area.
        FinancialBalance(FinancialBalance) = "financial_balance" as "FinancialBalanceMeasure",
        /// From progress: a state to reach by a due date.
        Milestone(Milestone) = "milestone" as "MilestoneMeasure",
        /// A person's judgement; no number, no derived status.
        Narrative(Narrative) = "narrative" as "NarrativeMeasure",
    }
}

text_enum! {
    /// What a rate of attendance counts.
    pub enum AttendanceUnit {
        /// Seats.
        Seat = "seat",
        /// Persons: one who holds two seats counts once.
        Person = "person",
        /// Councils.
        Council = "council",
    }
}

text_enum! {
    /// How several meetings make one rate.
    pub enum MeetingAggregate {
        /// All attended over all expected.
        Pooled = "pooled",
        /// Attended at least once over ever expected.
        Distinct = "distinct",
        /// The meeting with the lowest rate; with the highest, where less is better.
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
    /// Whether seats that nobody holds are expected.
    pub enum Vacancies {
        /// A vacant seat is not expected.
        Excluded = "excluded",
        /// A vacant seat is expected, and missed.
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
        /// On the metric's date: the council's latest entry counts.
        AsAt = "as_at",
        /// At any time in the plan year so far.
        During = "during",
    }
}

text_enum! {
    /// How several occasions (two canvasses, say) make one coverage.
    pub enum OccasionAggregate {
        /// The occasion with the lowest coverage; with the highest, where less is better.
        Minimum = "minimum",
        /// All occasions added up.
        Pooled = "pooled",
        /// All occasions together: a council covered on any of them counts once.
        Distinct = "distinct",
    }
}

text_enum! {
    /// How several readings of a ratio make one.
    pub enum RatioAggregate {
        /// All numerators over all denominators.
        Summed = "summed",
        /// The latest reading.
        Latest = "latest",
        /// The lowest reading, or the highest where less is better: each must keep to the threshold.
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

/// Narrows the meetings of the target's actions; empty lists do not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingSelector {
    /// Only meetings of these groups; several are pooled and shown as parts.
    #[serde(default)]
    #[schema(max_items = 20, example = json!([]))]
    pub group_ids: Vec<Uuid>,
    /// Only meetings of these kinds.
    #[serde(default)]
    #[schema(max_items = 7, example = json!([]))]
    pub meeting_kinds: Vec<MeetingKind>,
}

/// Attended of expected, from registers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendanceRate {
    /// Which meetings.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// Only seats of these roles; empty for all.
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
    /// How several meetings make one rate.
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

/// How many meetings were held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingsHeld {
    /// Which meetings.
    #[serde(default)]
    pub selector: MeetingSelector,
}

/// Meetings with it of meetings held where it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverablePerMeeting {
    /// Which meetings.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// What each meeting should get: briefing, update, lead_officer.
    #[schema(example = "briefing")]
    pub deliverable: Slug,
}

/// Forms that rated a question at least so, of those that answered it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationRate {
    /// Which meetings.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// Which question of the form.
    #[schema(example = "overall")]
    pub question: Slug,
    /// The lowest rating that counts, on the form's own scale.
    #[schema(example = "good")]
    pub at_least: Slug,
}

/// Councils with it of the councils of a cohort that exist on the date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouncilCoverage {
    /// Which meetings, where the basis is attendance.
    #[serde(default)]
    pub selector: MeetingSelector,
    /// What makes a council covered.
    pub basis: CoverageBasis,
    /// When it must be.
    #[serde(default = "as_at")]
    pub when: CoverageTime,
    /// The cohort: councils of these kinds; empty for all that exist.
    #[serde(default)]
    #[schema(max_items = 3, example = json!([]))]
    pub council_kinds: Vec<CouncilKind>,
    /// How several occasions make one coverage.
    #[serde(default = "minimum_occasion")]
    pub over_occasions: OccasionAggregate,
}

fn as_at() -> CoverageTime {
    CoverageTime::AsAt
}

fn minimum_occasion() -> OccasionAggregate {
    OccasionAggregate::Minimum
}

/// A running count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountTotal {
    /// What is counted.
    #[schema(example = "case studies")]
    pub unit_name: Line,
    /// How much is expected by when, in order, within the plan year, and at most the threshold of an at-least target;
    /// empty for an even pace, or at an at-most target for the whole cap on any day.
    #[serde(default)]
    #[schema(max_items = 24, example = json!([]))]
    pub profile: Vec<ProfilePoint>,
}

/// How much is expected by the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfilePoint {
    /// By the end of which day.
    pub by_on: Day,
    /// How much, from the start of the year.
    #[schema(minimum = 0, example = 5)]
    pub expected: Number,
}

/// So many of so many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// How several readings make one.
    #[serde(default = "summed")]
    pub aggregate: RatioAggregate,
}

fn summed() -> RatioAggregate {
    RatioAggregate::Summed
}

/// Income less cost, in pence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinancialBalance {
    /// Whose balance: entries of another area do not count.
    #[schema(example = "talent-bank-commercialisation")]
    pub area: Line,
    /// What the balance must be.
    #[serde(default = "surplus")]
    pub requirement: BalanceRequirement,
}

fn surplus() -> BalanceRequirement {
    BalanceRequirement::Surplus
}

/// A state to reach by the target's due date (the year's last day if it has none).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Milestone {}

/// A person's judgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Narrative {}

impl Measure {
    /// Whether meeting the threshold exactly is not enough: a surplus is more than nothing.
    pub fn is_strict(&self) -> bool {
        matches!(self, Self::FinancialBalance(measure) if measure.requirement == BalanceRequirement::Surplus)
    }

    /// The meetings it selects; none for measures that read no meetings.
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

    /// The measure without what differs from year to year by nature: two with the same basis can be compared.
    pub fn basis(&self) -> Self {
        match self {
            Self::CountTotal(measure) => {
                Self::CountTotal(CountTotal { unit_name: measure.unit_name.clone(), profile: Vec::new() })
            }
            other => other.clone(),
        }
    }

    /// How much is expected by when; empty without a profile.
    pub const fn profile(&self) -> &[ProfilePoint] {
        match self {
            Self::CountTotal(measure) => measure.profile.as_slice(),
            _ => &[],
        }
    }

    /// Whether its value is a running count.
    pub const fn is_cumulative(&self) -> bool {
        matches!(self, Self::MeetingsHeld(_) | Self::CountTotal(_))
    }

    /// Whether its value is one rate over everything so far. No single reading, occasion or meeting decides it.
    pub const fn is_pooled(&self) -> bool {
        match self {
            Self::AttendanceRate(measure) => matches!(measure.aggregate, MeetingAggregate::Pooled),
            Self::Ratio(measure) => matches!(measure.aggregate, RatioAggregate::Summed),
            Self::DeliverablePerMeeting(_) | Self::EvaluationRate(_) => true,
            _ => false,
        }
    }
}
