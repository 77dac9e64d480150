//! Shares: what one row adds to a metric, and the reason.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rules::Rate;
use crate::values::text_enum;

text_enum! {
    /// How a row counts in a metric.
    pub enum Counts {
        /// The row counts in the numerator, and in the denominator if the measure has a
        /// denominator.
        Numerator = "numerator",
        /// The row counts in the denominator only.
        Denominator = "denominator",
        /// Other rows count in place of the row: lines or forms in place of a meeting, and a
        /// council in place of a line or a coverage entry.
        Indirectly = "indirectly",
        /// The row does not count.
        Excluded = "excluded",
    }
}

text_enum! {
    /// Why a row does not count, or does not count in the numerator.
    pub enum RowReason {
        /// The meeting was cancelled.
        MeetingCancelled = "meeting_cancelled",
        /// The meeting is after the date of the metric.
        MeetingInFuture = "meeting_in_future",
        /// The meeting's date has come, and the meeting's status is still `scheduled`.
        MeetingUnreported = "meeting_unreported",
        /// The meeting's register is open.
        RegisterOpen = "register_open",
        /// No register is kept for the meeting.
        RegisterNotKept = "register_not_kept",
        /// The row is outside the plan year, or the plan year has not begun.
        OutsideWindow = "outside_window",
        /// The association did not run the group on the day, and no action references the meeting.
        OutsideResponsibility = "outside_responsibility",
        /// The measure selects other groups.
        GroupNotSelected = "group_not_selected",
        /// The measure selects other kinds of meetings.
        KindNotSelected = "kind_not_selected",
        /// On the date of the metric, other bodies run all groups of the target.
        HandedOver = "handed_over",
        /// Nobody was expected at the meeting.
        NobodyExpected = "nobody_expected",
        /// The meeting has no forms that answer the question.
        NoForms = "no_forms",
        /// No record says whether the meeting got the deliverable.
        NotKnown = "not_known",
        /// The meeting did not get the deliverable.
        NotDelivered = "not_delivered",
        /// The seat does not exist on the meeting's day.
        SeatNotInTerm = "seat_not_in_term",
        /// The seat is vacant on the meeting's day.
        SeatVacant = "seat_vacant",
        /// The measure does not count the seat's role, or the meeting is an open event, which has
        /// no roles.
        RoleNotCounted = "role_not_counted",
        /// The council is not of a kind in the cohort, or does not exist on the day.
        CouncilNotInCohort = "council_not_in_cohort",
        /// The holder sent apologies.
        Apologies = "apologies",
        /// The holder did not attend.
        Absent = "absent",
        /// The closed register has no line for the seat or council, or no record about the council
        /// exists.
        NotRecorded = "not_recorded",
        /// A substitute attended, and the measure does not count substitutes.
        SubstituteNotCounted = "substitute_not_counted",
        /// The line is about a visitor.
        InAttendance = "in_attendance",
        /// The same seat, person or council already counts in another row.
        CountedOnce = "counted_once",
        /// Another meeting, occasion or reading decides the value.
        AnotherDecides = "another_decides",
        /// The scale on the form lacks the measure's rating.
        ScaleLacksRating = "scale_lacks_rating",
        /// The forms answer another question.
        AnotherQuestion = "another_question",
        /// A correction replaces the entry.
        Superseded = "superseded",
        /// A later reading or entry counts in place of this entry.
        OvertakenByLaterReading = "overtaken_by_later_reading",
        /// The entry's date is after the date of the metric.
        EntryInFuture = "entry_in_future",
        /// The council is not covered.
        NotCovered = "not_covered",
        /// The reading has the denominator 0.
        ZeroDenominator = "zero_denominator",
        /// The entry is a text on which a person bases a judgement.
        JudgedOnly = "judged_only",
    }
}

/// What a row adds to a metric. Over all rows of an explanation, the numerators add up to the
/// metric's numerator, and the denominators to the metric's denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// How the row counts.
    pub counts: Counts,
    /// Why the row does not count, or does not count in the numerator. Null if the row counts in
    /// full or indirectly, or if the row's own numerator is 0.
    pub reason: Option<RowReason>,
    /// What the row adds to the numerator, or to the value if the measure has no denominator.
    pub numerator: Option<i64>,
    /// What the row adds to the denominator; null if the measure has no denominator.
    pub denominator: Option<i64>,
}

impl Share {
    pub const fn excluded(reason: RowReason) -> Self {
        Self { counts: Counts::Excluded, reason: Some(reason), numerator: None, denominator: None }
    }

    pub const fn indirect() -> Self {
        Self { counts: Counts::Indirectly, reason: None, numerator: None, denominator: None }
    }

    pub const fn amount(amount: i64) -> Self {
        Self { counts: Counts::Numerator, reason: None, numerator: Some(amount), denominator: None }
    }

    pub const fn rate(rate: Rate) -> Self {
        let counts = if rate.numerator > 0 { Counts::Numerator } else { Counts::Denominator };
        let (numerator, denominator) = (Some(rate.numerator), Some(rate.denominator));
        Self { counts, reason: None, numerator, denominator }
    }

    /// Creates the share of a row that adds 1 of 1, or 0 of 1 if there is a reason why it does not
    /// count.
    pub fn one(why_not: Option<RowReason>) -> Self {
        Self { reason: why_not, ..Self::rate(Rate::new(i64::from(why_not.is_none()), 1)) }
    }
}
