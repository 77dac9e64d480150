//! Facts as the statements return them.

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
use crate::values::{Code, Day, Line, Listed, Number, Prose, Title, jsonb, text_enum};

jsonb! {
    /// The revision that holds on the asked date.
    #[derive(Debug, Clone, Deserialize, serde::Serialize)]
    pub struct RevisionFact {
        /// From which day.
        pub revised_on: Day,
        /// The threshold since.
        pub threshold: Number,
        /// The threshold before.
        pub previous_threshold: Option<Number>,
        /// Why.
        pub reason: Prose,
        /// Where that was decided.
        pub reference: Option<Line>,
    }
}

/// What a target promises, as it holds on the asked date.
#[derive(Debug, Clone, QueryableByName)]
#[allow(missing_docs, reason = "the columns of targets, which say what they are")]
pub struct TargetFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Date)]
    pub as_at: NaiveDate,
    /// The date asked for: of last year's target that of the one that continues it.
    #[diesel(sql_type = Date)]
    pub asked_on: NaiveDate,
    /// The day by which a reading counts as due: the date that was asked for, which may be later than the plan year.
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
    pub owner: Option<Line>,
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

/// The plan year of a target that is asked for, or of one that such a target continues.
#[derive(Debug, Clone, QueryableByName)]
#[allow(missing_docs, reason = "the columns of frameworks, which say what they are")]
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

/// Which target, at which date, a fact is about.
pub trait About {
    /// The target and the date.
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
about!(TargetFact, MeetingFact, AttendanceFact, EvaluationFact, CoverageFact, EntryFact);

/// A meeting of a target.
#[derive(Debug, Clone, QueryableByName)]
#[allow(missing_docs, reason = "the columns of meetings, which say what they are")]
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
    pub group_name: Option<Line>,
    #[diesel(sql_type = Date)]
    pub held_on: NaiveDate,
    #[diesel(sql_type = Text)]
    pub status: MeetingStatus,
    #[diesel(sql_type = Text)]
    pub register: RegisterState,
    /// From which day on it counts: one known to the month from the month's end. Its seats are read on that day.
    #[diesel(sql_type = Date)]
    pub counts_from: NaiveDate,
    /// Whether it lies behind the asked date.
    #[diesel(sql_type = Bool)]
    pub is_ahead: bool,
    #[diesel(sql_type = Nullable<Bool>)]
    pub delivered: Option<bool>,
}

impl MeetingFact {
    /// The same meeting as at another date.
    pub fn on(&self, as_at: NaiveDate) -> Self {
        Self { as_at, is_ahead: self.counts_from > as_at, ..self.clone() }
    }
}

text_enum! {
    /// What a count of attendance goes over.
    pub enum AttendanceScope {
        /// One meeting.
        Meeting = "meeting",
        /// All counted meetings of a group, where being there once is enough.
        Group = "group",
        /// All counted meetings, where being there once is enough.
        All = "all",
    }
}

/// Expected and attended at a counted meeting, or over several.
#[derive(Debug, Clone, QueryableByName)]
#[allow(missing_docs, reason = "counts by the words of a register's lines")]
pub struct AttendanceFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Date)]
    pub as_at: NaiveDate,
    #[diesel(sql_type = Text)]
    pub scope: AttendanceScope,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub meeting_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub group_id: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    pub expected: i64,
    #[diesel(sql_type = BigInt)]
    pub attended: i64,
    /// Attended if a substitute counts.
    #[diesel(sql_type = BigInt)]
    pub attended_or_sent: i64,
    /// Attended if a substitute does not count.
    #[diesel(sql_type = BigInt)]
    pub attended_oneself: i64,
    #[diesel(sql_type = BigInt)]
    pub present: i64,
    #[diesel(sql_type = BigInt)]
    pub present_virtual: i64,
    #[diesel(sql_type = BigInt)]
    pub substitutes: i64,
    #[diesel(sql_type = BigInt)]
    pub apologies: i64,
    #[diesel(sql_type = BigInt)]
    pub absent: i64,
    #[diesel(sql_type = BigInt)]
    pub not_recorded: i64,
    #[diesel(sql_type = BigInt)]
    pub vacant: i64,
}

/// The forms of an event.
#[derive(Debug, Clone, QueryableByName)]
#[allow(missing_docs, reason = "counts of forms")]
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
    /// Whether the form's scale lacks the named rating: then its forms cannot be counted.
    #[diesel(sql_type = Bool)]
    pub is_scale_foreign: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub handed_out: Option<i64>,
    #[diesel(sql_type = BigInt)]
    pub attendees: i64,
}

/// The councils covered on an occasion.
#[derive(Debug, Clone, QueryableByName)]
#[allow(missing_docs, reason = "counts of councils")]
pub struct CoverageFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Date)]
    pub as_at: NaiveDate,
    #[diesel(sql_type = Nullable<Text>)]
    pub occasion: Option<Line>,
    #[diesel(sql_type = BigInt)]
    pub covered: i64,
    #[diesel(sql_type = BigInt)]
    pub cohort: i64,
    /// How many entries, memberships or register lines it rests on.
    #[diesel(sql_type = BigInt)]
    pub entries: i64,
}

/// A valued entry.
#[derive(Debug, Clone, QueryableByName)]
#[allow(missing_docs, reason = "the columns of progress, which say what they are")]
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
    pub occasion: Option<Line>,
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

/// Everything that is known about one target at one date.
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
    /// Its valued entries, by date.
    pub entries: Vec<EntryFact>,
}
