//! Statuses of targets, and the reasons for statuses and values.

use crate::rules::Colour;
use crate::values::text_enum;

text_enum! {
    /// The status of a target.
    pub enum Status {
        /// The value meets the threshold.
        Green = "green",
        /// The value misses the threshold by no more than the tolerance.
        Amber = "amber",
        /// The value misses the threshold by more than the tolerance.
        Red = "red",
        /// No value is due yet.
        NotDue = "not_due",
        /// A value is due, and no record exists from which to derive the value.
        NoData = "no_data",
        /// The target did not apply: there was nothing to measure.
        NotApplicable = "not_applicable",
        /// The target has a number or a judgement, but no threshold.
        Contextual = "contextual",
    }
}

impl From<Colour> for Status {
    fn from(colour: Colour) -> Self {
        match colour {
            Colour::Green => Self::Green,
            Colour::Amber => Self::Amber,
            Colour::Red => Self::Red,
        }
    }
}

text_enum! {
    /// Why there is no value.
    pub enum ValueReason {
        /// No value is due yet.
        NotDue = "not_due",
        /// No record says that a meeting was held.
        NoMeeting = "no_meeting",
        /// All planned meetings were cancelled.
        MeetingCancelled = "meeting_cancelled",
        /// A meeting was held, and its register is still open.
        RegisterOpen = "register_open",
        /// Nobody was expected, or the cohort is empty.
        NoEligible = "no_eligible",
        /// The denominator is 0.
        ZeroDenominator = "zero_denominator",
        /// No record exists, or nobody answered the forms that were handed out.
        NoEntries = "no_entries",
        /// All forms were answered on a scale that lacks the measure's rating.
        OtherScale = "other_scale",
        /// On the date of the metric, other bodies run all groups of the target.
        HandedOver = "handed_over",
        /// A person judges the target.
        JudgedOnly = "judged_only",
    }
}

text_enum! {
    /// Why a target has its status.
    pub enum StatusReason {
        /// The value meets the threshold.
        MeetsThreshold = "meets_threshold",
        /// The value misses the threshold and is within the tolerance.
        WithinTolerance = "within_tolerance",
        /// The value misses the threshold by more than the tolerance.
        MissesThreshold = "misses_threshold",
        /// The count meets the amount expected by now.
        OnCourse = "on_course",
        /// The count misses the amount expected by now by no more than the tolerance.
        SlightlyBehind = "slightly_behind",
        /// The count misses the amount expected by now by more than the tolerance.
        Behind = "behind",
        /// The amount expected by now is 0.
        NothingExpectedYet = "nothing_expected_yet",
        /// All planned meetings were cancelled, so no meeting was held.
        MeetingCancelled = "meeting_cancelled",
        /// The target has no threshold.
        NoThreshold = "no_threshold",
        /// The milestone is achieved.
        Achieved = "achieved",
        /// The milestone was missed.
        Missed = "missed",
        /// The milestone was due and is not achieved.
        Overdue = "overdue",
        /// The milestone is not due yet.
        BeforeDueDate = "before_due_date",
        /// There is no value; `value_reason` states the reason.
        NoValue = "no_value",
        /// A person judges the target.
        JudgedOnly = "judged_only",
    }
}

text_enum! {
    /// What the long direction of travel compares the value with.
    pub enum ComparedWith {
        /// The value of the same day last year, of the target that this target continues.
        LastYear = "last_year",
        /// The baseline that the target states.
        Baseline = "baseline",
        /// The value is not compared.
        None = "none",
    }
}

text_enum! {
    /// How a forecast is computed.
    pub enum ForecastMethod {
        /// The count so far, continued at its daily pace.
        CarriedOn = "carried_on",
        /// The pooled rate over all records so far.
        PooledSoFar = "pooled_so_far",
    }
}

text_enum! {
    /// The kind of a record that is due and missing.
    pub enum MissingKind {
        /// The report about a meeting: the meeting's date has come, and its status is still
        /// `scheduled`.
        MeetingReport = "meeting_report",
        /// The lines of a register: the meeting was held, and its register is still open.
        Register = "register",
        /// The record that says whether a held meeting got the deliverable.
        Deliverable = "deliverable",
        /// The evaluation forms from a held event.
        Forms = "forms",
        /// The reading for a reporting period that has ended.
        Reading = "reading",
    }
}

text_enum! {
    /// Another way to compute an attendance rate from several meetings.
    pub enum Choice {
        /// The sum of attended over all meetings, divided by the sum of expected.
        Pooled = "pooled",
        /// The seats or councils that attended at least once, divided by the seats or councils that
        /// were expected at least once.
        Distinct = "distinct",
        /// The rate of the meeting with the lowest rate, or with the highest rate if the aim is
        /// `at_most`.
        MinMeeting = "min_meeting",
        /// The mean of the meetings' rates. The mean is for comparison only and has no status.
        Mean = "mean",
        /// The measure's own aggregate, with substitutes counted as attended.
        SubstitutesCounted = "substitutes_counted",
        /// The measure's own aggregate, with substitutes not counted as attended.
        SubstitutesNotCounted = "substitutes_not_counted",
    }
}
