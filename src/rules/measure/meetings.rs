//! Measures that are computed from meetings, registers, evaluation forms and councils.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::values::{CouncilKind, MeetingKind, Slug, text_enum};

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
