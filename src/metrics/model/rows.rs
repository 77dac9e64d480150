//! The rows behind a metric. None of them names a person.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Share;
use crate::meetings::attendance::model::AttendanceStatus;
use crate::meetings::model::{MeetingStatus, RegisterState};
use crate::progress::entry::MilestoneState;
use crate::values::{Day, Line, Slug, Title, tagged};

tagged! {
    /// A row that a metric is made from, or that it leaves out.
    pub enum ExplainedRow {
        /// A meeting of the target's groups, or one linked to its actions.
        Meeting(ExplainedMeeting) = "meeting" as "ExplainedMeeting",
        /// A seat expected at a meeting, or at an open event a council; a line of a register.
        Line(ExplainedLine) = "line" as "ExplainedLine",
        /// The forms of a meeting.
        Evaluation(ExplainedEvaluation) = "evaluation" as "ExplainedEvaluation",
        /// A council of a coverage.
        Council(ExplainedCouncil) = "council" as "ExplainedCouncil",
        /// An entry of progress.
        Entry(ExplainedEntry) = "entry" as "ExplainedEntry",
    }
}

/// Who was expected at a meeting and who came, counted by the measure's unit; the words of its lines, counted by lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedTurnout {
    /// Expected.
    #[schema(minimum = 0, example = 11)]
    pub expected: i64,
    /// Attended.
    #[schema(minimum = 0, example = 6)]
    pub attended: i64,
    /// Lines that say present.
    #[schema(minimum = 0, example = 6)]
    pub present: i64,
    /// Lines that say present from elsewhere.
    #[schema(minimum = 0, example = 0)]
    pub present_virtual: i64,
    /// Lines that say a substitute came.
    #[schema(minimum = 0, example = 0)]
    pub substitutes: i64,
    /// Lines that say apologies.
    #[schema(minimum = 0, example = 5)]
    pub apologies: i64,
    /// Lines that say absent.
    #[schema(minimum = 0, example = 0)]
    pub absent: i64,
    /// Expected without a line.
    #[schema(minimum = 0, example = 0)]
    pub not_recorded: i64,
    /// Vacant seats, where the measure expects them.
    #[schema(minimum = 0, example = 0)]
    pub vacant: i64,
}

/// A meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedMeeting {
    /// The meeting.
    pub meeting_id: Uuid,
    /// Its title.
    pub title: Title,
    /// The group; null for an event without one.
    pub group_id: Option<Uuid>,
    /// The group's name.
    pub group_name: Option<Line>,
    /// Its date.
    pub held_on: Day,
    /// What became of it.
    pub status: MeetingStatus,
    /// The state of its register.
    pub register: RegisterState,
    /// How it counts.
    pub share: Share,
    /// Who was expected and who came, for rates of attendance.
    pub turnout: Option<ExplainedTurnout>,
}

/// A seat expected at a meeting or not, a council or a delegate's line at an open event, or a visitor's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedLine {
    /// The meeting.
    pub meeting_id: Uuid,
    /// Its date.
    pub held_on: Day,
    /// The seat; null at an open event, and for a visitor.
    pub seat_id: Option<Uuid>,
    /// The seat's role.
    pub role: Option<Slug>,
    /// The council; null for a visitor of none.
    pub council_id: Option<Uuid>,
    /// The council's name.
    pub council_name: Option<Line>,
    /// The register's line; null where there is none.
    pub attendance_id: Option<Uuid>,
    /// What the line says.
    pub status: Option<AttendanceStatus>,
    /// How it counts.
    pub share: Share,
    /// Of a row that counts once: the meeting at which the row is that counts in its place.
    pub counted_at_meeting_id: Option<Uuid>,
    /// And the seat of that row; null at an open event.
    pub counted_at_seat_id: Option<Uuid>,
}

/// How many forms chose a rating.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedRating {
    /// The rating.
    pub rating: Slug,
    /// How many forms.
    #[schema(minimum = 0)]
    pub forms: i64,
    /// Whether it is the named rating or a better one.
    pub is_enough: bool,
}

/// The forms of a meeting for one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedEvaluation {
    /// The evaluation.
    pub evaluation_id: Uuid,
    /// The meeting.
    pub meeting_id: Uuid,
    /// Its date.
    pub held_on: Day,
    /// The question.
    pub question: Slug,
    /// Forms handed out, where that is known.
    #[schema(minimum = 0)]
    pub handed_out: Option<i64>,
    /// The forms, rating by rating, worst first.
    #[schema(max_items = 20)]
    pub ratings: Vec<ExplainedRating>,
    /// How they count.
    pub share: Share,
}

/// A council on an occasion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedCouncil {
    /// The council.
    pub council_id: Uuid,
    /// Its name.
    pub council_name: Line,
    /// The occasion.
    pub occasion: Option<Line>,
    /// Whether it is covered.
    pub covered: bool,
    /// The entry that says so.
    pub progress_id: Option<Uuid>,
    /// How it counts.
    pub share: Share,
}

/// An entry of progress. Its author and its words are not here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedEntry {
    /// The entry.
    pub progress_id: Uuid,
    /// The date it is about.
    pub occurred_on: Day,
    /// The occasion it is about.
    pub occasion: Option<Line>,
    /// The entry that corrects it by the date: what it says is struck out.
    pub superseded_by_id: Option<Uuid>,
    /// The council whose coverage it reports.
    pub council_id: Option<Uuid>,
    /// Whether that council is covered.
    pub covered: Option<bool>,
    /// A count.
    pub count: Option<i64>,
    /// A reading's numerator.
    pub numerator: Option<i64>,
    /// A reading's denominator.
    pub denominator: Option<i64>,
    /// Income.
    pub income_pence: Option<i64>,
    /// Cost.
    pub cost_pence: Option<i64>,
    /// A milestone's state.
    pub milestone_state: Option<MilestoneState>,
    /// How it counts.
    pub share: Share,
}
