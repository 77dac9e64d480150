//! Facts: the rows that the statements return.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Date, Jsonb, Nullable, Numeric, Text, Uuid as SqlUuid};
use serde::Deserialize;
use uuid::Uuid;

use super::model::{ClaimNote, JudgementNote};
use crate::meetings::model::{MeetingStatus, RegisterState};
use crate::progress::entry::MilestoneState;
use crate::rules::{Aim, Frequency, Measure, Tolerance};
use crate::targets::model::Baseline;
use crate::values::{Code, Day, Listed, Number, Prose, ShortText, Title, jsonb};

jsonb! {
    /// The latest revision on the requested date.
    #[derive(Debug, Clone, Deserialize, serde::Serialize)]
    pub struct RevisionFact {
        /// The first day of the revised threshold.
        pub revised_on: Day,
        /// The revised threshold.
        pub threshold: Number,
        /// The threshold before the revision.
        pub previous_threshold: Option<Number>,
        /// Why the threshold was changed.
        pub reason: Prose,
        /// Where the change was decided.
        pub reference: Option<ShortText>,
    }
}

/// A target as it is on the requested date.
#[derive(Debug, Clone, QueryableByName)]
pub struct TargetFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Date)]
    pub as_at: NaiveDate,
    /// The requested date. For last year's target, it is that of the target that continues it.
    #[diesel(sql_type = Date)]
    pub requested_on: NaiveDate,
    /// The day by which readings are due: the requested date, which may be later than the plan
    /// year.
    #[diesel(sql_type = Date)]
    pub due_by: NaiveDate,
    #[diesel(sql_type = Bool)]
    pub is_last_year: bool,
    #[diesel(sql_type = SqlUuid)]
    pub framework_id: Uuid,
    #[diesel(sql_type = Text)]
    pub code: Code,
    #[diesel(sql_type = Text)]
    pub title: Title,
    #[diesel(sql_type = Jsonb)]
    pub measure: Measure,
    #[diesel(sql_type = Text)]
    pub aim: Aim,
    #[diesel(sql_type = Nullable<Numeric>)]
    pub threshold: Option<Number>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub tolerance: Option<Tolerance>,
    #[diesel(sql_type = Array<Text>)]
    pub frequencies: Vec<Frequency>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub baseline: Option<Baseline>,
    #[diesel(sql_type = Nullable<Text>)]
    pub owner: Option<ShortText>,
    #[diesel(sql_type = Nullable<Date>)]
    pub due_on: Option<NaiveDate>,
    #[diesel(sql_type = Bool)]
    pub implied: bool,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub continues_target_id: Option<Uuid>,
    #[diesel(sql_type = Date)]
    pub plan_from: NaiveDate,
    #[diesel(sql_type = Date)]
    pub plan_until: NaiveDate,
    #[diesel(sql_type = Nullable<Text>)]
    pub refs: Option<String>,
    #[diesel(sql_type = Array<SqlUuid>)]
    pub outcome_ids: Vec<Uuid>,
    #[diesel(sql_type = Nullable<Date>)]
    pub handed_over_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub revision: Option<RevisionFact>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub judgement: Option<JudgementNote>,
    #[diesel(sql_type = Jsonb, deserialize_as = Listed<ClaimNote>)]
    pub claims: Vec<ClaimNote>,
}

/// The plan year of a requested target, or of a target that it continues.
#[derive(Debug, Clone, QueryableByName)]
pub struct PlanYearFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Bool)]
    pub is_last_year: bool,
    #[diesel(sql_type = Date)]
    pub plan_from: NaiveDate,
    #[diesel(sql_type = Date)]
    pub plan_until: NaiveDate,
}

/// A fact about a target on a date.
pub trait About {
    /// Returns the target and the date.
    fn about(&self) -> (Uuid, NaiveDate);
}

macro_rules! about {
    ($($fact:ty),+) => { $(
        impl About for $fact {
            fn about(&self) -> (Uuid, NaiveDate) {
                (self.target_id, self.as_at)
            }
        }
    )+ };
}
about!(TargetFact, MeetingFact, EvaluationFact, CoverageFact, EntryFact);

/// A meeting of a target.
#[derive(Debug, Clone, QueryableByName)]
pub struct MeetingFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Date)]
    pub as_at: NaiveDate,
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
    /// The day from which the meeting counts. A meeting known only to the month counts from the
    /// month's end. Its seats are those of that day.
    #[diesel(sql_type = Date)]
    pub counts_from: NaiveDate,
    /// Whether the meeting is after the requested date.
    #[diesel(sql_type = Bool)]
    pub is_ahead: bool,
    #[diesel(sql_type = Nullable<Bool>)]
    pub delivered: Option<bool>,
}

impl MeetingFact {
    /// Returns the meeting on another date.
    pub fn on(&self, as_at: NaiveDate) -> Self {
        Self { as_at, is_ahead: self.counts_from > as_at, ..self.clone() }
    }

    /// Returns whether the meeting's register counts from some day on.
    pub fn has_closed_register(&self) -> bool {
        let is_held = matches!(self.status, MeetingStatus::Held | MeetingStatus::Inquorate);
        is_held && self.register == RegisterState::Closed
    }
}

/// The meetings over which attendance is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum AttendanceScope {
    #[default]
    Meeting,
    /// All counted meetings of a group. Attending once is enough.
    Group,
    /// All counted meetings. Attending once is enough.
    All,
}

/// How many were expected and how many attended, at one counted meeting or over several meetings.
#[derive(Debug, Clone, Default)]
pub struct AttendanceFact {
    pub scope: AttendanceScope,
    pub meeting_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub expected: i64,
    pub attended: i64,
    /// Attended if substitutes count.
    pub attended_or_sent: i64,
    /// Attended if substitutes do not count.
    pub attended_oneself: i64,
    pub present: i64,
    pub present_virtual: i64,
    pub substitutes: i64,
    pub apologies: i64,
    pub absent: i64,
    pub not_recorded: i64,
    pub vacant: i64,
}

/// The forms of an event.
#[derive(Debug, Clone, QueryableByName)]
pub struct EvaluationFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Date)]
    pub as_at: NaiveDate,
    #[diesel(sql_type = SqlUuid)]
    pub meeting_id: Uuid,
    #[diesel(sql_type = Date)]
    pub held_on: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub answered: i64,
    #[diesel(sql_type = BigInt)]
    pub rated: i64,
    /// Whether the form's scale lacks the named rating. Such forms cannot be counted.
    #[diesel(sql_type = Bool)]
    pub is_scale_foreign: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub handed_out: Option<i64>,
    #[diesel(sql_type = BigInt)]
    pub attendees: i64,
}

/// The councils covered on an occasion.
#[derive(Debug, Clone, QueryableByName)]
pub struct CoverageFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Date)]
    pub as_at: NaiveDate,
    #[diesel(sql_type = Nullable<Text>)]
    pub occasion: Option<ShortText>,
    #[diesel(sql_type = BigInt)]
    pub covered: i64,
    #[diesel(sql_type = BigInt)]
    pub cohort: i64,
    /// The number of entries, memberships or register lines behind it.
    #[diesel(sql_type = BigInt)]
    pub entries: i64,
}

/// A progress entry with a value, or a narrative or judgement of a target that a person judges.
#[derive(Debug, Clone, QueryableByName)]
pub struct EntryFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Date)]
    pub as_at: NaiveDate,
    #[diesel(sql_type = SqlUuid)]
    pub progress_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub council_id: Option<Uuid>,
    #[diesel(sql_type = Date)]
    pub occurred_on: NaiveDate,
    #[diesel(sql_type = Nullable<Text>)]
    pub occasion: Option<ShortText>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub numerator: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub denominator: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub income_pence: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub cost_pence: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub milestone_state: Option<MilestoneState>,
}

/// All facts about one target on one date.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Its meetings, by date.
    pub meetings: Vec<MeetingFact>,
    /// Its registers' counts, and those over several meetings.
    pub attendance: Vec<AttendanceFact>,
    /// Its events' forms, by date.
    pub evaluations: Vec<EvaluationFact>,
    /// Its coverage by occasion, in the order of their latest entries.
    pub coverage: Vec<CoverageFact>,
    /// Its progress entries, by date.
    pub entries: Vec<EntryFact>,
}
