//! The JSON types of an explanation's rows. No row contains a person's name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Share;
use crate::meetings::attendance::model::AttendanceStatus;
use crate::meetings::model::{MeetingStatus, RegisterState};
use crate::progress::entry::MilestoneState;
use crate::values::{Day, ShortText, Slug, Title, tagged};

tagged! {
    /// A row that a metric counts or excludes.
    pub enum ExplainedRow {
        /// A meeting of the target's groups, or a meeting that is linked to the target's actions.
        Meeting(ExplainedMeeting) = "meeting" as "ExplainedMeeting",
        /// A seat at a group's meeting, a council at an open event, or a visitor, with the line of
        /// the register.
        Line(ExplainedLine) = "line" as "ExplainedLine",
        /// The evaluation forms from a meeting.
        Evaluation(ExplainedEvaluation) = "evaluation" as "ExplainedEvaluation",
        /// A council that a coverage counts or excludes.
        Council(ExplainedCouncil) = "council" as "ExplainedCouncil",
        /// A progress entry.
        Entry(ExplainedEntry) = "entry" as "ExplainedEntry",
    }
}

/// The turnout of a meeting. `expected` and `attended` count in the measure's unit; the other
/// fields count lines of the register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedTurnout {
    /// The number that were expected.
    #[schema(minimum = 0, example = 11)]
    pub expected: i64,
    /// The number that attended.
    #[schema(minimum = 0, example = 6)]
    pub attended: i64,
    /// The number of lines with status `present`.
    #[schema(minimum = 0, example = 6)]
    pub present: i64,
    /// The number of lines with status `present_virtual`.
    #[schema(minimum = 0, example = 0)]
    pub present_virtual: i64,
    /// The number of lines with status `substitute`.
    #[schema(minimum = 0, example = 0)]
    pub substitutes: i64,
    /// The number of lines with status `apologies`.
    #[schema(minimum = 0, example = 5)]
    pub apologies: i64,
    /// The number of lines with status `absent`.
    #[schema(minimum = 0, example = 0)]
    pub absent: i64,
    /// The number of expected seats or councils without a line.
    #[schema(minimum = 0, example = 0)]
    pub not_recorded: i64,
    /// The number of vacant seats, if the measure expects vacant seats.
    #[schema(minimum = 0, example = 0)]
    pub vacant: i64,
}

/// A meeting in an explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedMeeting {
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// The meeting's title.
    pub title: Title,
    /// Id of the group; null for an open event.
    pub group_id: Option<Uuid>,
    /// The group's name; null for an open event.
    pub group_name: Option<ShortText>,
    /// The meeting's date.
    pub held_on: Day,
    /// The meeting's status.
    pub status: MeetingStatus,
    /// The state of the meeting's register.
    pub register: RegisterState,
    /// What the meeting adds to the metric.
    pub share: Share,
    /// The turnout of the meeting, for attendance rates; null for other measures.
    pub turnout: Option<ExplainedTurnout>,
}

/// A seat at a group's meeting, expected or not; a council or a delegate's line at an open event;
/// or a visitor's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedLine {
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// The meeting's date.
    pub held_on: Day,
    /// Id of the seat; null at an open event and for a visitor.
    pub seat_id: Option<Uuid>,
    /// The seat's role; null without a seat.
    pub role: Option<Slug>,
    /// Id of the council; null for a visitor without a council.
    pub council_id: Option<Uuid>,
    /// The council's name; null without a council.
    pub council_name: Option<ShortText>,
    /// Id of the attendance record; null if the register has no line.
    pub attendance_id: Option<Uuid>,
    /// The status of the attendance record; null if the register has no line.
    pub status: Option<AttendanceStatus>,
    /// What the line adds to the metric.
    pub share: Share,
    /// Id of the meeting in the row that counts in place of this row, if the reason is
    /// `counted_once`; otherwise null.
    pub counted_at_meeting_id: Option<Uuid>,
    /// Id of the seat in the row that counts in place of this row, if the reason is `counted_once`;
    /// otherwise null. Also null at an open event.
    pub counted_at_seat_id: Option<Uuid>,
}

/// A rating, with the number of forms that chose the rating.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedRating {
    /// The rating.
    pub rating: Slug,
    /// The number of forms that chose the rating.
    #[schema(minimum = 0)]
    pub forms: i64,
    /// Whether the rating is the measure's `at_least` or a better rating.
    pub is_enough: bool,
}

/// The evaluation forms that one meeting got for one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedEvaluation {
    /// Id of the evaluation.
    pub evaluation_id: Uuid,
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// The meeting's date.
    pub held_on: Day,
    /// The question on the form.
    pub question: Slug,
    /// The number of forms that were handed out; null if not known.
    #[schema(minimum = 0)]
    pub handed_out: Option<i64>,
    /// The number of forms for each rating, from the worst rating to the best.
    #[schema(max_items = 20)]
    pub ratings: Vec<ExplainedRating>,
    /// What the forms add to the metric.
    pub share: Share,
}

/// The coverage of one council on one occasion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedCouncil {
    /// Id of the council.
    pub council_id: Uuid,
    /// The council's name.
    pub council_name: ShortText,
    /// The occasion; null for the occasion without a name.
    pub occasion: Option<ShortText>,
    /// Whether the council is covered.
    pub covered: bool,
    /// Id of the progress entry about the council; null if there is none.
    pub progress_id: Option<Uuid>,
    /// What the council adds to the metric.
    pub share: Share,
}

/// A progress entry in an explanation, without author and text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedEntry {
    /// Id of the progress entry.
    pub progress_id: Uuid,
    /// The date that the entry is about.
    pub occurred_on: Day,
    /// The occasion that the entry is about.
    pub occasion: Option<ShortText>,
    /// Id of the correction that replaces this entry on or before the date; null if there is none.
    pub superseded_by_id: Option<Uuid>,
    /// Id of the council that a coverage entry is about; null for other entries.
    pub council_id: Option<Uuid>,
    /// Whether the council in `council_id` is covered.
    pub covered: Option<bool>,
    /// The number that a count entry adds.
    pub count: Option<i64>,
    /// The numerator that a ratio entry states.
    pub numerator: Option<i64>,
    /// The denominator that a ratio entry states.
    pub denominator: Option<i64>,
    /// The income that a money entry states, in pence.
    pub income_pence: Option<i64>,
    /// The cost that a money entry states, in pence.
    pub cost_pence: Option<i64>,
    /// The state that a milestone entry states.
    pub milestone_state: Option<MilestoneState>,
    /// What the entry adds to the metric.
    pub share: Share,
}
