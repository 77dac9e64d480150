//! The details of a metric's value, by the kind of measure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::progress::entry::MilestoneState;
use crate::values::{Day, Percent, ShortText, tagged};

tagged! {
    /// The details of a metric's value, by the kind of measure.
    pub enum Detail {
        /// The details of an attendance rate.
        Attendance(AttendanceDetail) = "attendance_rate" as "AttendanceDetail",
        /// A number of held meetings has no details.
        Meetings(NoDetail) = "meetings_held" as "MeetingsDetail",
        /// The details of a deliverable rate.
        Deliverable(DeliverableDetail) = "deliverable_per_meeting" as "DeliverableDetail",
        /// The details of an evaluation rate.
        Evaluation(EvaluationDetail) = "evaluation_rate" as "EvaluationDetail",
        /// The details of a coverage of councils.
        Coverage(CoverageDetail) = "council_coverage" as "CoverageDetail",
        /// The details of a running count.
        Count(CountDetail) = "count_total" as "CountDetail",
        /// The details of a ratio.
        Ratio(RatioDetail) = "ratio" as "RatioDetail",
        /// The details of a financial balance.
        Balance(BalanceDetail) = "financial_balance" as "BalanceDetail",
        /// The details of a milestone.
        Milestone(MilestoneDetail) = "milestone" as "MilestoneDetail",
        /// A narrative has no details.
        Narrative(NoDetail) = "narrative" as "NarrativeDetail",
    }
}

/// The register lines that an attendance rate counts, over all counted meetings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttendanceDetail {
    /// The number of meetings that count.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// The number of lines with status `present`.
    #[schema(minimum = 0)]
    pub present: i64,
    /// The number of lines with status `present_virtual`.
    #[schema(minimum = 0)]
    pub present_virtual: i64,
    /// The number of lines with status `substitute`.
    #[schema(minimum = 0)]
    pub substitutes: i64,
    /// The number of lines with status `apologies`.
    #[schema(minimum = 0)]
    pub apologies: i64,
    /// The number of lines with status `absent`.
    #[schema(minimum = 0)]
    pub absent: i64,
    /// The number of expected seats or councils without a line.
    #[schema(minimum = 0)]
    pub not_recorded: i64,
    /// The number of vacant seats, if the measure expects vacant seats.
    #[schema(minimum = 0)]
    pub vacant: i64,
}

/// An empty object, for a measure without details.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoDetail {}

/// The details of a deliverable rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeliverableDetail {
    /// The deliverable that the measure counts.
    pub deliverable: crate::values::Slug,
}

/// The evaluation forms that an evaluation rate counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationDetail {
    /// The number of events whose forms count.
    #[schema(minimum = 0)]
    pub events: i64,
    /// The number of events whose scale lacks the measure's rating. The forms from events on
    /// another scale do not count.
    #[schema(minimum = 0)]
    pub events_on_another_scale: i64,
    /// Forms answered, of forms handed out, or of attendees if the number handed out is not known.
    /// The percentage is rounded half up.
    pub return_percent: Option<Percent>,
}

/// The occasions that a coverage counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CoverageDetail {
    /// All occasions, including the occasion without a name.
    #[schema(max_items = 1000)]
    pub occasions: Vec<OccasionDetail>,
}

/// The coverage of councils on one occasion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OccasionDetail {
    /// The occasion's name; null for the occasion without a name.
    pub occasion: Option<ShortText>,
    /// The number of councils that are covered.
    #[schema(minimum = 0)]
    pub numerator: i64,
    /// The number of councils in the cohort.
    #[schema(minimum = 0)]
    pub denominator: i64,
}

/// The progress entries that a running count adds up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CountDetail {
    /// The name of the unit that is counted.
    pub unit_name: ShortText,
    /// The number of entries that count.
    #[schema(minimum = 0)]
    pub entries: i64,
}

/// The readings that a ratio uses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RatioDetail {
    /// The number of readings.
    #[schema(minimum = 0)]
    pub readings: i64,
}

/// The sums from which a financial balance is computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BalanceDetail {
    /// The area that the measure covers.
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
    /// The latest state; null if no entry states a state.
    pub state: Option<MilestoneState>,
    /// The due date.
    pub due_on: Day,
}
