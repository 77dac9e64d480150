//! What lies behind a value, by the kind of measure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::progress::entry::MilestoneState;
use crate::values::{Day, Line, Percent, tagged};

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
    pub return_percent: Option<Percent>,
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
