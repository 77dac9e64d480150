//! What a single row adds to a metric, and why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rules::Rate;
use crate::values::text_enum;

text_enum! {
    /// How a row counts.
    pub enum Counts {
        /// In the numerator, and in the denominator where there is one.
        Numerator = "numerator",
        /// In the denominator alone.
        Denominator = "denominator",
        /// Not by itself: a meeting counts by its lines or forms, a line or an entry of coverage by its council.
        Indirectly = "indirectly",
        /// Not at all.
        Excluded = "excluded",
    }
}

text_enum! {
    /// Why a row does not count, or not in the numerator.
    pub enum RowReason {
        /// The meeting was cancelled.
        MeetingCancelled = "meeting_cancelled",
        /// The meeting lies behind the date.
        MeetingInFuture = "meeting_in_future",
        /// The meeting's date is past and nobody has said whether it was held.
        MeetingUnreported = "meeting_unreported",
        /// The meeting's register is open.
        RegisterOpen = "register_open",
        /// No register is kept of the meeting.
        RegisterNotKept = "register_not_kept",
        /// It lies outside the plan year, or the year has not begun.
        OutsideWindow = "outside_window",
        /// The group was not responsible on the day, and no action links the meeting.
        OutsideResponsibility = "outside_responsibility",
        /// The measure selects other groups.
        GroupNotSelected = "group_not_selected",
        /// The measure selects other kinds of meetings.
        KindNotSelected = "kind_not_selected",
        /// The target's bodies are another's now.
        HandedOver = "handed_over",
        /// Nobody was expected at the meeting.
        NobodyExpected = "nobody_expected",
        /// The meeting has no forms that answer the question.
        NoForms = "no_forms",
        /// It is not known whether the meeting got it.
        NotKnown = "not_known",
        /// The meeting did not get it.
        NotDelivered = "not_delivered",
        /// The seat does not exist on the day.
        SeatNotInTerm = "seat_not_in_term",
        /// Nobody holds the seat on the day.
        SeatVacant = "seat_vacant",
        /// The measure reads other roles; an open event has none.
        RoleNotCounted = "role_not_counted",
        /// The council is not of the cohort's kinds, or does not exist on the day.
        CouncilNotInCohort = "council_not_in_cohort",
        /// Apologies were sent.
        Apologies = "apologies",
        /// Nobody came.
        Absent = "absent",
        /// The closed register has no line, or nothing is said of the council.
        NotRecorded = "not_recorded",
        /// A substitute came, and the measure does not count those.
        SubstituteNotCounted = "substitute_not_counted",
        /// A visitor's line.
        InAttendance = "in_attendance",
        /// The same seat, person or council counts by another row.
        CountedOnce = "counted_once",
        /// Another meeting, occasion or reading is the one that decides.
        AnotherDecides = "another_decides",
        /// The form's scale lacks the named rating.
        ScaleLacksRating = "scale_lacks_rating",
        /// The forms answer another question.
        AnotherQuestion = "another_question",
        /// An entry corrects it.
        Superseded = "superseded",
        /// A later reading says how things stand.
        OvertakenByLaterReading = "overtaken_by_later_reading",
        /// It is dated behind the date.
        EntryInFuture = "entry_in_future",
        /// It says that the council is not covered.
        NotCovered = "not_covered",
        /// A reading of none out of none.
        ZeroDenominator = "zero_denominator",
        /// Words that a person judges by.
        JudgedOnly = "judged_only",
    }
}

/// What a row adds. Over all rows of an explanation the numerators and denominators add up to the metric's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// How the row counts.
    pub counts: Counts,
    /// Why it does not count, or not in the numerator; null where it counts in full, or says no to nothing.
    pub reason: Option<RowReason>,
    /// What it adds to the numerator; to the value, where the measure has no denominator.
    pub numerator: Option<i64>,
    /// What it adds to the denominator; null where the measure has none.
    pub denominator: Option<i64>,
}

impl Share {
    /// A row that does not count.
    pub const fn excluded(reason: RowReason) -> Self {
        Self { counts: Counts::Excluded, reason: Some(reason), numerator: None, denominator: None }
    }

    /// A row that counts by other rows.
    pub const fn indirect() -> Self {
        Self { counts: Counts::Indirectly, reason: None, numerator: None, denominator: None }
    }

    /// A row that adds an amount.
    pub const fn amount(amount: i64) -> Self {
        Self { counts: Counts::Numerator, reason: None, numerator: Some(amount), denominator: None }
    }

    /// A row that adds so many of so many.
    pub const fn rate(rate: Rate) -> Self {
        let counts = if rate.numerator > 0 { Counts::Numerator } else { Counts::Denominator };
        let (numerator, denominator) = (Some(rate.numerator), Some(rate.denominator));
        Self { counts, reason: None, numerator, denominator }
    }

    /// A row that adds one of one, or for this reason none of one.
    pub fn one(why_not: Option<RowReason>) -> Self {
        Self { reason: why_not, ..Self::rate(Rate::new(i64::from(why_not.is_none()), 1)) }
    }
}
