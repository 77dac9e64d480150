//! The rows that the SQL statements for explanations return.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Date, Jsonb, Nullable, Numeric, Text, Uuid as SqlUuid};
use uuid::Uuid;

use crate::meetings::attendance::model::AttendanceStatus;
use crate::meetings::model::{MeetingStatus, RegisterState};
use crate::metrics::model::{Counts, ExplainedRating, RowReason};
use crate::progress::entry::MilestoneState;
use crate::values::{Figure, Listed, ShortText, Slug, Title};

#[derive(Debug, Clone, QueryableByName)]
pub struct MeetingRow {
    #[diesel(sql_type = SqlUuid)]
    pub meeting_id: Uuid,
    #[diesel(sql_type = Text)]
    pub title: Title,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub group_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub group_name: Option<ShortText>,
    #[diesel(sql_type = Date)]
    pub held_on: NaiveDate,
    #[diesel(sql_type = Text)]
    pub status: MeetingStatus,
    #[diesel(sql_type = Text)]
    pub register: RegisterState,
    /// Why the meeting does not belong to the target; `None` if it belongs to the target.
    #[diesel(sql_type = Nullable<Text>)]
    pub left_out: Option<RowReason>,
}

#[derive(Debug, Clone, QueryableByName)]
pub struct LineRow {
    #[diesel(sql_type = SqlUuid)]
    pub meeting_id: Uuid,
    #[diesel(sql_type = Date)]
    pub held_on: NaiveDate,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub seat_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub role: Option<Slug>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub council_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub council_name: Option<ShortText>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub attendance_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub status: Option<AttendanceStatus>,
    #[diesel(sql_type = Text)]
    pub counts: Counts,
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<RowReason>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub numerator: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub denominator: Option<i64>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub counted_at_meeting_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub counted_at_seat_id: Option<Uuid>,
}

/// The number of evaluation forms from one meeting that answered one question, by rating.
#[derive(Debug, Clone, QueryableByName)]
pub struct EvaluationRow {
    #[diesel(sql_type = SqlUuid)]
    pub evaluation_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub meeting_id: Uuid,
    #[diesel(sql_type = Date)]
    pub held_on: NaiveDate,
    #[diesel(sql_type = Text)]
    pub question: Slug,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub handed_out: Option<i64>,
    /// Whether the forms answer the question that the measure counts.
    #[diesel(sql_type = Bool)]
    pub is_of_question: bool,
    #[diesel(sql_type = Jsonb, deserialize_as = Listed<ExplainedRating>)]
    pub ratings: Vec<ExplainedRating>,
}

/// Whether one council is covered on one occasion.
#[derive(Debug, Clone, QueryableByName)]
pub struct CouncilRow {
    #[diesel(sql_type = Nullable<Text>)]
    pub occasion: Option<ShortText>,
    #[diesel(sql_type = SqlUuid)]
    pub council_id: Uuid,
    #[diesel(sql_type = Text)]
    pub council_name: ShortText,
    #[diesel(sql_type = Bool)]
    pub is_covered: bool,
    #[diesel(sql_type = Bool)]
    pub is_recorded: bool,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub progress_id: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    pub is_in_cohort: bool,
}

#[derive(Debug, Clone, QueryableByName)]
pub struct EntryRow {
    #[diesel(sql_type = SqlUuid)]
    pub progress_id: Uuid,
    #[diesel(sql_type = Date)]
    pub occurred_on: NaiveDate,
    #[diesel(sql_type = Nullable<Text>)]
    pub occasion: Option<ShortText>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub superseded_by_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub council_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Bool>)]
    pub covered: Option<bool>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub numerator: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub denominator: Option<i64>,
    #[diesel(sql_type = Nullable<Numeric>)]
    pub reading: Option<Figure>,
    #[diesel(sql_type = Bool)]
    pub provisional: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub income_pence: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub cost_pence: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub milestone_state: Option<MilestoneState>,
}
