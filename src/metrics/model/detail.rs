//! The details of a value, by the kind of measure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::progress::entry::MilestoneState;
use crate::values::{Day, Percent, ShortText, tagged};

tagged! {
    /// The details of the value, by the kind of measure.
    pub enum Detail {
        /// The details of an attendance rate.
        Attendance(AttendanceDetail) = "attendance_rate" as "AttendanceDetail",
        /// A number of meetings held has no details.
        Meetings(NoDetail) = "meetings_held" as "MeetingsDetail",
        /// The details of a deliverable rate.
        Deliverable(DeliverableDetail) = "deliverable_per_meeting" as "DeliverableDetail",
        /// The details of an evaluation rate.
        Evaluation(EvaluationDetail) = "evaluation_rate" as "EvaluationDetail",
        /// The details of a coverage.
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

/// The register lines behind an attendance rate, over all counted meetings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttendanceDetail {
    /// Meetings counted.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// Lines with status `present`.
    #[schema(minimum = 0)]
    pub present: i64,
    /// Lines with status `present_virtual`.
    #[schema(minimum = 0)]
    pub present_virtual: i64,
    /// Lines with status `substitute`.
    #[schema(minimum = 0)]
    pub substitutes: i64,
    /// Lines with status `apologies`.
    #[schema(minimum = 0)]
    pub apologies: i64,
    /// Lines with status `absent`.
    #[schema(minimum = 0)]
    pub absent: i64,
    /// Expected seats (or councils) without a line.
    #[schema(minimum = 0)]
    pub not_recorded: i64,
    /// Vacant seats, if the measure expects them.
    #[schema(minimum = 0)]
    pub vacant: i64,
}

/// There are no details beyond the value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoDetail {}

/// The deliverable that the measure counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeliverableDetail {
    /// The deliverable.
    pub deliverable: crate::values::Slug,
}

/// The forms behind an evaluation rate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationDetail {
    /// Events whose forms count.
    #[schema(minimum = 0)]
    pub events: i64,
    /// Events whose scale lacks the named rating. Their forms do not count.
    #[schema(minimum = 0)]
    pub events_on_another_scale: i64,
    /// Forms answered of forms handed out, or of attendees if that is not known, rounded half up.
    pub return_percent: Option<Percent>,
}

/// The occasions behind a coverage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CoverageDetail {
    /// Each occasion, including the one without a name.
    #[schema(max_items = 1000)]
    pub occasions: Vec<OccasionDetail>,
}

/// One occasion of a coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OccasionDetail {
    /// The occasion's name; null for the one without a name.
    pub occasion: Option<ShortText>,
    /// Councils covered.
    #[schema(minimum = 0)]
    pub numerator: i64,
    /// Councils of the cohort.
    #[schema(minimum = 0)]
    pub denominator: i64,
}

/// The entries behind a running count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CountDetail {
    /// The unit's name.
    pub unit_name: ShortText,
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
    /// The area of the balance.
    pub area: ShortText,
    /// Income in pence.
    #[schema(minimum = 0)]
    pub income_pence: i64,
    /// Cost in pence.
    #[schema(minimum = 0)]
    pub cost_pence: i64,
}

/// The state of a milestone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MilestoneDetail {
    /// The latest state; null if no entry states one.
    pub state: Option<MilestoneState>,
    /// The due date.
    pub due_on: Day,
}
