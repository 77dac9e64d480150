//! Facts: the rows that the statements return.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Date, Jsonb, Nullable, Numeric, Text, Uuid as SqlUuid};
use serde::Deserialize;
use uuid::Uuid;

use super::model::{ClaimNote, JudgementNote};
use crate::meetings::model::{MeetingStatus, RegisterState};
use crate::progress::entry::MilestoneState;
use crate::rules::{Aim, Frequency, Measure, ReadingLag, Tolerance};
use crate::targets::model::Baseline;
use crate::values::{Code, Day, Figure, Listed, Number, Prose, ShortText, Title, jsonb};

/// The resources from whose records figures are derived.
pub const SOURCE_RESOURCES: &[&str] = &[
    "councils",
    "groups",
    "seats",
    "meetings",
    "attendance",
    "evaluations",
    "frameworks",
    "themes",
    "outcomes",
    "actions",
    "targets",
    "revisions",
    "progress",
];

jsonb! {
    /// The latest revision of a target's threshold on or before the requested date.
    #[derive(Debug, Clone, Deserialize, serde::Serialize)]
    pub struct RevisionFact {
        /// The first day on which the new threshold applies.
        pub revised_on: Day,
        /// The new threshold.
        pub threshold: Number,
        /// The threshold that applied before the revision.
        pub previous_threshold: Option<Number>,
        /// The reason for which the threshold was changed.
        pub reason: Prose,
        /// The decision behind the change, such as a meeting or a minute.
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
    /// The requested date. A target of last year has the requested date of the target that
    /// continues it.
    #[diesel(sql_type = Date)]
    pub requested_on: NaiveDate,
    /// The date by which readings must exist: the requested date, which may be after the plan
    /// period.
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
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub reading_lag: Option<ReadingLag>,
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

/// The plan period of a requested target, or of the target of last year that it continues.
#[derive(Debug, Clone, QueryableByName)]
pub struct PlanPeriodFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Bool)]
    pub is_last_year: bool,
    #[diesel(sql_type = Date)]
    pub plan_from: NaiveDate,
    #[diesel(sql_type = Date)]
    pub plan_until: NaiveDate,
}

/// A fact about one target on one date.
pub trait About {
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

/// A meeting that belongs to a target.
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
    /// The first day on which figures count the meeting. If only the month or the year is known,
    /// the last day of that period, or the last day of the plan period if that is earlier.
    #[diesel(sql_type = Date)]
    pub counts_from: NaiveDate,
    /// Whether figures on the requested date do not count the meeting yet.
    #[diesel(sql_type = Bool)]
    pub is_ahead: bool,
    #[diesel(sql_type = Nullable<Bool>)]
    pub delivered: Option<bool>,
}

impl MeetingFact {
    /// Returns the same meeting for another date of the metric.
    pub fn on(&self, as_at: NaiveDate) -> Self {
        Self { as_at, is_ahead: self.counts_from > as_at, ..self.clone() }
    }

    /// Returns whether the meeting was held by the requested date.
    pub const fn is_held(&self) -> bool {
        !self.is_ahead && matches!(self.status, MeetingStatus::Held | MeetingStatus::Inquorate)
    }

    /// Returns whether figures count the meeting's register on the requested date.
    pub fn has_closed_register(&self) -> bool {
        self.is_held() && self.register == RegisterState::Closed
    }
}

/// The meetings over which an [`AttendanceFact`] counts attendance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum AttendanceScope {
    #[default]
    Meeting,
    /// All counted meetings of one group. A seat or council that attended one of them counts as
    /// attended.
    Group,
    /// All counted meetings of the target. A seat or council that attended one of them counts as
    /// attended.
    All,
}

/// The number of seats, persons or councils that were expected and that attended, over the meetings
/// of `scope`.
#[derive(Debug, Clone, Default)]
pub struct AttendanceFact {
    pub scope: AttendanceScope,
    pub meeting_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub expected: i64,
    pub attended: i64,
    /// The number that attended if substitutes count as attended.
    pub attended_or_sent: i64,
    /// The number that attended if substitutes do not count as attended.
    pub attended_oneself: i64,
    pub present: i64,
    pub present_virtual: i64,
    pub substitutes: i64,
    pub apologies: i64,
    pub absent: i64,
    pub not_recorded: i64,
    pub vacant: i64,
}

/// The evaluation forms that one event got for the question of the measure.
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
    /// Whether the forms have a scale without the rating that the measure names. The measure cannot
    /// count these forms.
    #[diesel(sql_type = Bool)]
    pub is_scale_foreign: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub handed_out: Option<i64>,
    #[diesel(sql_type = BigInt)]
    pub attendees: i64,
}

/// The number of councils that are covered on one occasion.
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
    /// The number of progress entries, memberships or attendance records from which the number is
    /// derived.
    #[diesel(sql_type = BigInt)]
    pub entries: i64,
}

/// A progress entry with a value. For a target that a person judges: a narrative or a judgement.
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
    #[diesel(sql_type = Nullable<Numeric>)]
    pub reading: Option<Figure>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub income_pence: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub cost_pence: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub milestone_state: Option<MilestoneState>,
    #[diesel(sql_type = Bool)]
    pub provisional: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub meetings: Vec<MeetingFact>,
    /// The attendance at each counted meeting, and over the counted meetings together.
    pub attendance: Vec<AttendanceFact>,
    pub evaluations: Vec<EvaluationFact>,
    /// The coverage on each occasion. Occasions are sorted by the date of their latest entry.
    pub coverage: Vec<CoverageFact>,
    pub entries: Vec<EntryFact>,
}

impl Evidence {
    /// Returns the approximate size in memory, in bytes.
    pub fn size(&self) -> usize {
        const TEXT_BYTES: usize = 64;
        size_of::<Self>()
            + self.meetings.len() * (size_of::<MeetingFact>() + TEXT_BYTES)
            + self.attendance.len() * size_of::<AttendanceFact>()
            + self.evaluations.len() * size_of::<EvaluationFact>()
            + self.coverage.len() * size_of::<CoverageFact>()
            + self.entries.len() * size_of::<EntryFact>()
    }
}
