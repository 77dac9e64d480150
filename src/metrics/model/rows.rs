//! The rows of an explanation. None of them names a person.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Share;
use crate::meetings::attendance::model::AttendanceStatus;
use crate::meetings::model::{MeetingStatus, RegisterState};
use crate::progress::entry::MilestoneState;
use crate::values::{Day, ShortText, Slug, Title, tagged};

tagged! {
    /// A row that a metric counts, or that it leaves out.
    pub enum ExplainedRow {
        /// A meeting of the target's groups, or a meeting linked to its actions.
        Meeting(ExplainedMeeting) = "meeting" as "ExplainedMeeting",
        /// A seat at a group's meeting, a council at an open event, or a visitor, with the register
        /// line.
        Line(ExplainedLine) = "line" as "ExplainedLine",
        /// The forms of a meeting.
        Evaluation(ExplainedEvaluation) = "evaluation" as "ExplainedEvaluation",
        /// A council of a coverage.
        Council(ExplainedCouncil) = "council" as "ExplainedCouncil",
        /// A progress entry.
        Entry(ExplainedEntry) = "entry" as "ExplainedEntry",
    }
}

/// The turnout of a meeting. `expected` and `attended` are counted by the measure's unit, and the
/// other numbers by register line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedTurnout {
    /// How many were expected.
    #[schema(minimum = 0, example = 11)]
    pub expected: i64,
    /// How many attended.
    #[schema(minimum = 0, example = 6)]
    pub attended: i64,
    /// Lines with status `present`.
    #[schema(minimum = 0, example = 6)]
    pub present: i64,
    /// Lines with status `present_virtual`.
    #[schema(minimum = 0, example = 0)]
    pub present_virtual: i64,
    /// Lines with status `substitute`.
    #[schema(minimum = 0, example = 0)]
    pub substitutes: i64,
    /// Lines with status `apologies`.
    #[schema(minimum = 0, example = 5)]
    pub apologies: i64,
    /// Lines with status `absent`.
    #[schema(minimum = 0, example = 0)]
    pub absent: i64,
    /// Expected seats or councils without a line.
    #[schema(minimum = 0, example = 0)]
    pub not_recorded: i64,
    /// Vacant seats, if the measure expects them.
    #[schema(minimum = 0, example = 0)]
    pub vacant: i64,
}

/// A meeting in an explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedMeeting {
    /// The meeting.
    pub meeting_id: Uuid,
    /// The meeting's title.
    pub title: Title,
    /// The group; null for an event without one.
    pub group_id: Option<Uuid>,
    /// The group's name.
    pub group_name: Option<ShortText>,
    /// The meeting's date.
    pub held_on: Day,
    /// The meeting's status.
    pub status: MeetingStatus,
    /// The state of the meeting's register.
    pub register: RegisterState,
    /// How the row counts.
    pub share: Share,
    /// The turnout, for attendance rates.
    pub turnout: Option<ExplainedTurnout>,
}

/// A seat at a group's meeting (expected or not), a council or a delegate's line at an open event,
/// or a visitor's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedLine {
    /// The meeting.
    pub meeting_id: Uuid,
    /// The meeting's date.
    pub held_on: Day,
    /// The seat; null at an open event, and for a visitor.
    pub seat_id: Option<Uuid>,
    /// The seat's role.
    pub role: Option<Slug>,
    /// The council; null for a visitor without a council.
    pub council_id: Option<Uuid>,
    /// The council's name.
    pub council_name: Option<ShortText>,
    /// The register line; null if there is none.
    pub attendance_id: Option<Uuid>,
    /// The status of the register line; null if there is no line.
    pub status: Option<AttendanceStatus>,
    /// How the row counts.
    pub share: Share,
    /// For a row with reason `counted_once`: the meeting of the row that counts in its place.
    pub counted_at_meeting_id: Option<Uuid>,
    /// For a row with reason `counted_once`: the seat of the row that counts in its place; null at
    /// an open event.
    pub counted_at_seat_id: Option<Uuid>,
}

/// How many forms chose a rating.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedRating {
    /// The rating.
    pub rating: Slug,
    /// The number of forms.
    #[schema(minimum = 0)]
    pub forms: i64,
    /// Whether the rating is the measure's `at_least` or better.
    pub is_enough: bool,
}

/// The forms of a meeting for one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedEvaluation {
    /// The evaluation.
    pub evaluation_id: Uuid,
    /// The meeting.
    pub meeting_id: Uuid,
    /// The meeting's date.
    pub held_on: Day,
    /// The question.
    pub question: Slug,
    /// The number of forms handed out; null if it is not known.
    #[schema(minimum = 0)]
    pub handed_out: Option<i64>,
    /// The number of forms for each rating, the worst rating first.
    #[schema(max_items = 20)]
    pub ratings: Vec<ExplainedRating>,
    /// How the forms count.
    pub share: Share,
}

/// A council on an occasion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedCouncil {
    /// The council.
    pub council_id: Uuid,
    /// The council's name.
    pub council_name: ShortText,
    /// The occasion.
    pub occasion: Option<ShortText>,
    /// Whether the council is covered.
    pub covered: bool,
    /// The progress entry about the council's coverage; null if there is none.
    pub progress_id: Option<Uuid>,
    /// How the row counts.
    pub share: Share,
}

/// A progress entry in an explanation, without its author and its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedEntry {
    /// The progress entry.
    pub progress_id: Uuid,
    /// The date that the entry is about.
    pub occurred_on: Day,
    /// The occasion that the entry is about.
    pub occasion: Option<ShortText>,
    /// The correction that replaces this entry by the date; null if there is none.
    pub superseded_by_id: Option<Uuid>,
    /// The council whose coverage the entry reports.
    pub council_id: Option<Uuid>,
    /// Whether that council is covered.
    pub covered: Option<bool>,
    /// The count.
    pub count: Option<i64>,
    /// The numerator of a reading.
    pub numerator: Option<i64>,
    /// The denominator of a reading.
    pub denominator: Option<i64>,
    /// Income in pence.
    pub income_pence: Option<i64>,
    /// Cost in pence.
    pub cost_pence: Option<i64>,
    /// The state of a milestone.
    pub milestone_state: Option<MilestoneState>,
    /// How the row counts.
    pub share: Share,
}
