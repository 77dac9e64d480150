//! The JSON types of an explanation's rows. No row contains a person's name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Share;
use crate::meetings::attendance::model::AttendanceStatus;
use crate::meetings::model::{MeetingStatus, RegisterState};
use crate::progress::entry::MilestoneState;
use crate::values::{Day, Figure, ShortText, Slug, Title, tagged};

tagged! {
    /// A row of an explanation: a record that the metric counts, or the reason why it does not.
    pub enum ExplainedRow {
        /// A meeting of the target's groups, or a meeting that is linked to the target's actions.
        Meeting(ExplainedMeeting) = "meeting" as "ExplainedMeeting",
        /// A seat at a group's meeting, a council at an open event, or a visitor, each with its
        /// attendance record.
        Line(ExplainedLine) = "line" as "ExplainedLine",
        /// The evaluation forms of a meeting.
        Evaluation(ExplainedEvaluation) = "evaluation" as "ExplainedEvaluation",
        /// A council that a coverage counts or leaves out.
        Council(ExplainedCouncil) = "council" as "ExplainedCouncil",
        /// A progress entry.
        Entry(ExplainedEntry) = "entry" as "ExplainedEntry",
    }
}

/// The attendance at one meeting. `expected` and `attended` count what the measure counts. The
/// other fields count attendance records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedTurnout {
    /// The number of seats, persons or councils that were expected.
    #[schema(minimum = 0, example = 11)]
    pub expected: i64,
    /// The number of seats, persons or councils that attended.
    #[schema(minimum = 0, example = 6)]
    pub attended: i64,
    /// The number of attendance records with status `present`.
    #[schema(minimum = 0, example = 6)]
    pub present: i64,
    /// The number of attendance records with status `present_virtual`.
    #[schema(minimum = 0, example = 0)]
    pub present_virtual: i64,
    /// The number of attendance records with status `substitute`.
    #[schema(minimum = 0, example = 0)]
    pub substitutes: i64,
    /// The number of attendance records with status `apologies`.
    #[schema(minimum = 0, example = 5)]
    pub apologies: i64,
    /// The number of attendance records with status `absent`.
    #[schema(minimum = 0, example = 0)]
    pub absent: i64,
    /// The number of expected seats or councils without an attendance record.
    #[schema(minimum = 0, example = 0)]
    pub not_recorded: i64,
    /// The number of vacant seats that were expected. 0 unless the measure expects vacant seats.
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
    /// What the meeting adds to the numerator and denominator of the metric.
    pub share: Share,
    /// The attendance at the meeting, for attendance rates; null for other measures.
    pub turnout: Option<ExplainedTurnout>,
}

/// A seat at a group's meeting, a council or delegate at an open event, or a visitor at any
/// meeting. Seats are listed whether they were expected or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedLine {
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// The meeting's date.
    pub held_on: Day,
    /// Id of the seat; null at an open event and for a visitor.
    pub seat_id: Option<Uuid>,
    /// The seat's role; null if the row has no seat.
    pub role: Option<Slug>,
    /// Id of the council; null for a visitor without a council.
    pub council_id: Option<Uuid>,
    /// The council's name; null for a visitor without a council.
    pub council_name: Option<ShortText>,
    /// Id of the attendance record; null if no record exists.
    pub attendance_id: Option<Uuid>,
    /// The status of the attendance record; null if no record exists.
    pub status: Option<AttendanceStatus>,
    /// What the row adds to the numerator and denominator of the metric.
    pub share: Share,
    /// If the reason is `counted_once`: id of the meeting in the row that counts in place of this
    /// row. Otherwise null.
    pub counted_at_meeting_id: Option<Uuid>,
    /// If the reason is `counted_once`: id of the seat in the row that counts in place of this row.
    /// Otherwise null, and null at an open event.
    pub counted_at_seat_id: Option<Uuid>,
}

/// A rating on evaluation forms, with the number of forms that chose it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedRating {
    /// The rating, such as `good`.
    pub rating: Slug,
    /// The number of evaluation forms that chose the rating.
    #[schema(minimum = 0)]
    pub forms: i64,
    /// Whether the rating is the measure's `at_least` or better.
    pub is_enough: bool,
}

/// The evaluation forms of one meeting that answer one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedEvaluation {
    /// Id of the evaluation.
    pub evaluation_id: Uuid,
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// The meeting's date.
    pub held_on: Day,
    /// The question on the evaluation form.
    pub question: Slug,
    /// The number of evaluation forms that were handed out; null if not known.
    #[schema(minimum = 0)]
    pub handed_out: Option<i64>,
    /// The number of evaluation forms for each rating, from the worst rating to the best.
    #[schema(max_items = 20)]
    pub ratings: Vec<ExplainedRating>,
    /// What the evaluation forms add to the numerator and denominator of the metric.
    pub share: Share,
}

/// Whether one council is covered on one occasion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedCouncil {
    /// Id of the council.
    pub council_id: Uuid,
    /// The council's name.
    pub council_name: ShortText,
    /// The occasion; null for coverage that was recorded without an occasion.
    pub occasion: Option<ShortText>,
    /// Whether the council has received or answered what the target counts.
    pub covered: bool,
    /// Id of the progress entry about the council; null if no such entry exists.
    pub progress_id: Option<Uuid>,
    /// What the council adds to the numerator and denominator of the metric.
    pub share: Share,
}

/// A progress entry in an explanation, without author and text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedEntry {
    /// Id of the progress entry.
    pub progress_id: Uuid,
    /// The date to which the progress entry refers.
    pub occurred_on: Day,
    /// The occasion to which the progress entry refers; null without an occasion.
    pub occasion: Option<ShortText>,
    /// Id of the correction that replaces this entry on the metric's date; null if no correction
    /// does.
    pub superseded_by_id: Option<Uuid>,
    /// Id of the council, for an entry about coverage; null for other entries.
    pub council_id: Option<Uuid>,
    /// Whether the council is covered; null for entries that are not about coverage.
    pub covered: Option<bool>,
    /// The number that an entry of kind `count` adds; null for other entries.
    pub count: Option<i64>,
    /// The numerator that an entry of kind `ratio` states; null for other entries.
    pub numerator: Option<i64>,
    /// The denominator that an entry of kind `ratio` states; null for other entries.
    pub denominator: Option<i64>,
    /// The value that an entry of kind `reading` states; null for other entries.
    #[serde(default)]
    pub reading: Option<Figure>,
    /// Whether the entry's figure is provisional.
    #[serde(default)]
    pub provisional: bool,
    /// The income in pence that an entry of kind `money` states; null for other entries.
    pub income_pence: Option<i64>,
    /// The cost in pence that an entry of kind `money` states; null for other entries.
    pub cost_pence: Option<i64>,
    /// The state that an entry of kind `milestone` states; null for other entries.
    pub milestone_state: Option<MilestoneState>,
    /// What the progress entry adds to the numerator and denominator of the metric.
    pub share: Share,
}
