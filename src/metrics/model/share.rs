//! Shares: what one row adds to a metric, and the reason.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rules::Rate;
use crate::values::text_enum;

text_enum! {
    /// How a row of an explanation counts in the metric.
    pub enum Counts {
        /// The row counts in the numerator, and in the denominator if the measure has a
        /// denominator.
        Numerator = "numerator",
        /// The row counts in the denominator only.
        Denominator = "denominator",
        /// Other rows count in place of this row. Attendance records or evaluation forms count in
        /// place of their meeting. A council counts in place of its attendance records and entries.
        Indirectly = "indirectly",
        /// The row does not count.
        Excluded = "excluded",
    }
}

text_enum! {
    /// Why a row of an explanation does not count, or counts in the denominator only.
    pub enum RowReason {
        /// The meeting was cancelled.
        MeetingCancelled = "meeting_cancelled",
        /// The meeting is after the date of the metric.
        MeetingInFuture = "meeting_in_future",
        /// The meeting still has the status `scheduled` although its date has come.
        MeetingUnreported = "meeting_unreported",
        /// The meeting's register is open.
        RegisterOpen = "register_open",
        /// No register is kept for the meeting.
        RegisterNotKept = "register_not_kept",
        /// The date of the row is outside the plan period, or the plan period has not begun.
        OutsideWindow = "outside_window",
        /// The association did not run the group on that day, and no action is linked to the
        /// meeting.
        OutsideResponsibility = "outside_responsibility",
        /// The meeting belongs to a group that the measure does not select.
        GroupNotSelected = "group_not_selected",
        /// The meeting is of a kind that the measure does not select.
        KindNotSelected = "kind_not_selected",
        /// On the date of the metric, other bodies run all groups of the target.
        HandedOver = "handed_over",
        /// No seat or council was expected at the meeting.
        NobodyExpected = "nobody_expected",
        /// No evaluation form of the meeting answers the measure's question.
        NoForms = "no_forms",
        /// No record says whether the meeting got the deliverable.
        NotKnown = "not_known",
        /// The meeting did not get the deliverable.
        NotDelivered = "not_delivered",
        /// The seat did not exist on the meeting's day.
        SeatNotInTerm = "seat_not_in_term",
        /// The seat had no holder on the meeting's day.
        SeatVacant = "seat_vacant",
        /// The measure does not count seats with this role, or the meeting is an open event, which
        /// has no roles.
        RoleNotCounted = "role_not_counted",
        /// The council is of a type that the measure does not count, or it does not exist on the
        /// day.
        CouncilNotInCohort = "council_not_in_cohort",
        /// The holder sent apologies.
        Apologies = "apologies",
        /// The holder did not attend.
        Absent = "absent",
        /// No attendance record exists although the register is closed, or no entry about the
        /// council exists.
        NotRecorded = "not_recorded",
        /// A substitute attended, and the measure does not count substitutes.
        SubstituteNotCounted = "substitute_not_counted",
        /// The attendance record is about a visitor. Visitors never count.
        InAttendance = "in_attendance",
        /// The same seat, person or council already counts in another row.
        CountedOnce = "counted_once",
        /// Another meeting, occasion or reading decides the value.
        AnotherDecides = "another_decides",
        /// The evaluation forms have a scale without the rating that the measure names.
        ScaleLacksRating = "scale_lacks_rating",
        /// The evaluation forms answer another question than the measure's.
        AnotherQuestion = "another_question",
        /// A correction replaces the progress entry.
        Superseded = "superseded",
        /// A later progress entry counts in place of this entry.
        OvertakenByLaterReading = "overtaken_by_later_reading",
        /// The progress entry is dated after the date of the metric.
        EntryInFuture = "entry_in_future",
        /// The council is not covered.
        NotCovered = "not_covered",
        /// The reading has the denominator 0.
        ZeroDenominator = "zero_denominator",
        /// The progress entry is a text. A person judges the target.
        JudgedOnly = "judged_only",
    }
}

/// What one row of an explanation adds to the metric. The numerators of all rows add up to the
/// metric's numerator, and the denominators to the metric's denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// How the row counts.
    pub counts: Counts,
    /// Why the row does not count, or counts in the denominator only. Null if the row counts in
    /// full or indirectly, or if its own numerator is 0.
    pub reason: Option<RowReason>,
    /// The number that the row adds to the numerator, or to the value if the measure has no
    /// denominator. Null for a reading, whose value the row states.
    pub numerator: Option<i64>,
    /// The number that the row adds to the denominator; null if the measure has no denominator.
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

    /// Creates the share of a reading, whose value is not a whole number. The row states the value.
    pub const fn reading() -> Self {
        Self { counts: Counts::Numerator, reason: None, numerator: None, denominator: None }
    }

    pub const fn rate(rate: Rate) -> Self {
        let counts = if rate.numerator > 0 { Counts::Numerator } else { Counts::Denominator };
        let (numerator, denominator) = (Some(rate.numerator), Some(rate.denominator));
        Self { counts, reason: None, numerator, denominator }
    }

    /// Creates a share of 1 of 1. If `why_not` states a reason, the share is 0 of 1.
    pub fn one(why_not: Option<RowReason>) -> Self {
        Self { reason: why_not, ..Self::rate(Rate::new(i64::from(why_not.is_none()), 1)) }
    }
}
