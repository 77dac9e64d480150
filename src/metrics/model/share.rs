//! What one row adds to a metric, and why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rules::Rate;
use crate::values::text_enum;

text_enum! {
    /// How a row counts.
    pub enum Counts {
        /// In the numerator, and in the denominator if there is one.
        Numerator = "numerator",
        /// In the denominator only.
        Denominator = "denominator",
        /// Through other rows: a meeting through its lines or forms, a line or a coverage entry
        /// through its council.
        Indirectly = "indirectly",
        /// Not at all.
        Excluded = "excluded",
    }
}

text_enum! {
    /// Why a row does not count, or does not count in the numerator.
    pub enum RowReason {
        /// The meeting was cancelled.
        MeetingCancelled = "meeting_cancelled",
        /// The meeting is after the date.
        MeetingInFuture = "meeting_in_future",
        /// The meeting's date has come, and its status is still `scheduled`.
        MeetingUnreported = "meeting_unreported",
        /// The meeting's register is open.
        RegisterOpen = "register_open",
        /// No register is kept for the meeting.
        RegisterNotKept = "register_not_kept",
        /// The row is outside the plan year, or the year has not begun.
        OutsideWindow = "outside_window",
        /// The association did not run the group on the day, and no action references the meeting.
        OutsideResponsibility = "outside_responsibility",
        /// The measure selects other groups.
        GroupNotSelected = "group_not_selected",
        /// The measure selects other kinds of meetings.
        KindNotSelected = "kind_not_selected",
        /// Other bodies run all groups of the target now.
        HandedOver = "handed_over",
        /// Nobody was expected at the meeting.
        NobodyExpected = "nobody_expected",
        /// The meeting has no forms that answer the question.
        NoForms = "no_forms",
        /// It is not known whether the meeting got the deliverable.
        NotKnown = "not_known",
        /// The meeting did not get the deliverable.
        NotDelivered = "not_delivered",
        /// The seat does not exist on the day.
        SeatNotInTerm = "seat_not_in_term",
        /// The seat is vacant on the day.
        SeatVacant = "seat_vacant",
        /// The measure counts other roles. An open event has no roles.
        RoleNotCounted = "role_not_counted",
        /// The council is not of the cohort's kinds, or does not exist on the day.
        CouncilNotInCohort = "council_not_in_cohort",
        /// Apologies were sent.
        Apologies = "apologies",
        /// Nobody attended.
        Absent = "absent",
        /// The closed register has no line, or there is no record about the council.
        NotRecorded = "not_recorded",
        /// A substitute attended, and the measure does not count substitutes.
        SubstituteNotCounted = "substitute_not_counted",
        /// The line is that of a visitor.
        InAttendance = "in_attendance",
        /// The same seat, person or council counts in another row.
        CountedOnce = "counted_once",
        /// Another meeting, occasion or reading decides the value.
        AnotherDecides = "another_decides",
        /// The form's scale lacks the named rating.
        ScaleLacksRating = "scale_lacks_rating",
        /// The forms answer another question.
        AnotherQuestion = "another_question",
        /// A correction replaces the entry.
        Superseded = "superseded",
        /// A later reading or entry counts in its place.
        OvertakenByLaterReading = "overtaken_by_later_reading",
        /// The entry is dated after the date.
        EntryInFuture = "entry_in_future",
        /// The council is not covered.
        NotCovered = "not_covered",
        /// The denominator of the reading is 0.
        ZeroDenominator = "zero_denominator",
        /// The entry is text for a person's judgement.
        JudgedOnly = "judged_only",
    }
}

/// What a row adds to a metric. Over all rows of an explanation, the numerators and denominators
/// add up to the metric's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// How the row counts.
    pub counts: Counts,
    /// Why the row does not count, or does not count in the numerator. Null if it counts in full or
    /// indirectly, and if its own numerator is 0.
    pub reason: Option<RowReason>,
    /// What the row adds to the numerator, or to the value if the measure has no denominator.
    pub numerator: Option<i64>,
    /// What the row adds to the denominator; null if the measure has none.
    pub denominator: Option<i64>,
}

impl Share {
    /// Creates the share of a row that does not count.
    pub const fn excluded(reason: RowReason) -> Self {
        Self { counts: Counts::Excluded, reason: Some(reason), numerator: None, denominator: None }
    }

    /// Creates the share of a row that counts through other rows.
    pub const fn indirect() -> Self {
        Self { counts: Counts::Indirectly, reason: None, numerator: None, denominator: None }
    }

    /// Creates the share of a row that adds an amount.
    pub const fn amount(amount: i64) -> Self {
        Self { counts: Counts::Numerator, reason: None, numerator: Some(amount), denominator: None }
    }

    /// Creates the share of a row that adds a numerator and a denominator.
    pub const fn rate(rate: Rate) -> Self {
        let counts = if rate.numerator > 0 { Counts::Numerator } else { Counts::Denominator };
        let (numerator, denominator) = (Some(rate.numerator), Some(rate.denominator));
        Self { counts, reason: None, numerator, denominator }
    }

    /// Creates the share of a row that adds 1 of 1, or with a reason 0 of 1.
    pub fn one(why_not: Option<RowReason>) -> Self {
        Self { reason: why_not, ..Self::rate(Rate::new(i64::from(why_not.is_none()), 1)) }
    }
}
