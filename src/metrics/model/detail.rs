//! The details of a metric's value, by the kind of measure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::progress::entry::MilestoneState;
use crate::values::{Day, Percent, ShortText, tagged};

tagged! {
    /// Details of a metric's value. Each kind of measure has its own fields.
    pub enum Detail {
        /// What an attendance rate counts.
        Attendance(AttendanceDetail) = "attendance_rate" as "AttendanceDetail",
        /// A number of held meetings has no details.
        Meetings(NoDetail) = "meetings_held" as "MeetingsDetail",
        /// What a deliverable rate counts.
        Deliverable(DeliverableDetail) = "deliverable_per_meeting" as "DeliverableDetail",
        /// What an evaluation rate counts.
        Evaluation(EvaluationDetail) = "evaluation_rate" as "EvaluationDetail",
        /// What a coverage of councils counts.
        Coverage(CoverageDetail) = "council_coverage" as "CoverageDetail",
        /// What a running count adds up.
        Count(CountDetail) = "count_total" as "CountDetail",
        /// What a ratio is computed from.
        Ratio(RatioDetail) = "ratio" as "RatioDetail",
        /// What a reported value is computed from.
        Reading(ReadingDetail) = "reading" as "ReadingDetail",
        /// What a financial balance is computed from.
        Balance(BalanceDetail) = "financial_balance" as "BalanceDetail",
        /// The state and the due date of a milestone.
        Milestone(MilestoneDetail) = "milestone" as "MilestoneDetail",
        /// A narrative has no details.
        Narrative(NoDetail) = "narrative" as "NarrativeDetail",
    }
}

/// The attendance records that an attendance rate counts, over all counted meetings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttendanceDetail {
    /// The number of meetings that count.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// The number of attendance records with status `present`.
    #[schema(minimum = 0)]
    pub present: i64,
    /// The number of attendance records with status `present_virtual`.
    #[schema(minimum = 0)]
    pub present_virtual: i64,
    /// The number of attendance records with status `substitute`.
    #[schema(minimum = 0)]
    pub substitutes: i64,
    /// The number of attendance records with status `apologies`.
    #[schema(minimum = 0)]
    pub apologies: i64,
    /// The number of attendance records with status `absent`.
    #[schema(minimum = 0)]
    pub absent: i64,
    /// The number of expected seats or councils without an attendance record.
    #[schema(minimum = 0)]
    pub not_recorded: i64,
    /// The number of vacant seats that were expected. 0 unless the measure expects vacant seats.
    #[schema(minimum = 0)]
    pub vacant: i64,
}

/// An empty object, for a measure without details.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoDetail {}

/// What a deliverable rate counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeliverableDetail {
    /// The deliverable that the measure counts, such as `briefing`.
    pub deliverable: crate::values::Slug,
}

/// The evaluation forms that an evaluation rate counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationDetail {
    /// The number of events whose evaluation forms count.
    #[schema(minimum = 0)]
    pub events: i64,
    /// The number of events whose evaluation forms have a scale without the measure's rating. These
    /// forms do not count.
    #[schema(minimum = 0)]
    pub events_on_another_scale: i64,
    /// The percentage of forms handed out that were answered, rounded half up. If the number handed
    /// out is unknown, the attendees are used in its place.
    pub return_percent: Option<Percent>,
}

/// The occasions that a coverage counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CoverageDetail {
    /// The coverage on each occasion. Coverage that was recorded without an occasion is one item
    /// with `occasion` null.
    #[schema(max_items = 1000)]
    pub occasions: Vec<OccasionDetail>,
}

/// The number of councils that are covered on one occasion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OccasionDetail {
    /// The occasion's name; null for coverage that was recorded without an occasion.
    pub occasion: Option<ShortText>,
    /// The number of councils that are covered.
    #[schema(minimum = 0)]
    pub numerator: i64,
    /// The number of councils that could be covered: the cohort.
    #[schema(minimum = 0)]
    pub denominator: i64,
}

/// The progress entries that a running count adds up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CountDetail {
    /// The name of the things that are counted.
    pub unit_name: ShortText,
    /// The number of progress entries that are added up.
    #[schema(minimum = 0)]
    pub entries: i64,
}

/// The readings from which a ratio is computed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RatioDetail {
    /// The number of readings that exist.
    #[schema(minimum = 0)]
    pub readings: i64,
}

/// The readings from which a reported value is computed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReadingDetail {
    /// The number of readings that exist.
    #[schema(minimum = 0)]
    pub readings: i64,
}

/// The income and the cost from which a financial balance is computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BalanceDetail {
    /// The area of work whose income and cost the measure counts.
    pub area: ShortText,
    /// The income, in pence.
    #[schema(minimum = 0)]
    pub income_pence: i64,
    /// The cost, in pence.
    #[schema(minimum = 0)]
    pub cost_pence: i64,
}

/// The state of a milestone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MilestoneDetail {
    /// The state in the latest progress entry; null if no progress entry states a state.
    pub state: Option<MilestoneState>,
    /// The date by which the milestone is due.
    pub due_on: Day,
}
