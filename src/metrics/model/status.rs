//! Statuses of targets, and the reasons for statuses and values.

use crate::rules::Colour;
use crate::values::text_enum;

text_enum! {
    /// The status of a target: a colour, or why the target has no colour.
    pub enum Status {
        /// The value meets the threshold.
        Green = "green",
        /// The value misses the threshold by no more than the tolerance.
        Amber = "amber",
        /// The value misses the threshold by more than the tolerance.
        Red = "red",
        /// No value is due yet.
        NotDue = "not_due",
        /// A value is due, but the records to derive it from do not exist.
        NoData = "no_data",
        /// The target did not apply, because there was nothing to measure.
        NotApplicable = "not_applicable",
        /// The target has a number or a judgement, but no threshold to compare it with.
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
    /// Why a target has no value.
    pub enum ValueReason {
        /// No value is due yet.
        NotDue = "not_due",
        /// No meeting is recorded as held.
        NoMeeting = "no_meeting",
        /// All planned meetings were cancelled.
        MeetingCancelled = "meeting_cancelled",
        /// A meeting was held, and its register is still open.
        RegisterOpen = "register_open",
        /// No seat or council was expected, or the cohort is empty.
        NoEligible = "no_eligible",
        /// The denominator of the rate is 0.
        ZeroDenominator = "zero_denominator",
        /// No record exists, or nobody answered the evaluation forms.
        NoEntries = "no_entries",
        /// All evaluation forms have a scale without the rating that the measure names.
        OtherScale = "other_scale",
        /// On the date of the metric, other bodies run all groups of the target.
        HandedOver = "handed_over",
        /// The target has no value, because a person judges it.
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
        /// The running count meets the amount expected by now.
        OnCourse = "on_course",
        /// The running count misses the amount expected by now by no more than the tolerance.
        SlightlyBehind = "slightly_behind",
        /// The running count misses the amount expected by now by more than the tolerance.
        Behind = "behind",
        /// The running count is 0, and so is the amount expected by now.
        NothingExpectedYet = "nothing_expected_yet",
        /// All planned meetings were cancelled, so no meeting was held.
        MeetingCancelled = "meeting_cancelled",
        /// The target has no threshold.
        NoThreshold = "no_threshold",
        /// The milestone is achieved.
        Achieved = "achieved",
        /// The latest entry states that the milestone was missed.
        Missed = "missed",
        /// The milestone's due date has passed, and the milestone is not achieved.
        Overdue = "overdue",
        /// The milestone is not achieved, and its due date has not come.
        BeforeDueDate = "before_due_date",
        /// The target has no value; `value_reason` states why.
        NoValue = "no_value",
        /// A person judges the target, and no status is derived.
        JudgedOnly = "judged_only",
    }
}

text_enum! {
    /// The earlier value with which the long direction of travel compares the value.
    pub enum ComparedWith {
        /// The value on the same day last year, of the target that this target continues.
        LastYear = "last_year",
        /// The baseline: the value before the plan, as the target states it.
        Baseline = "baseline",
        /// There is no earlier value to compare with.
        None = "none",
    }
}

text_enum! {
    /// How a forecast is computed.
    pub enum ForecastMethod {
        /// The count so far, continued at its average daily pace.
        CarriedOn = "carried_on",
        /// The pooled rate over all records so far.
        PooledSoFar = "pooled_so_far",
    }
}

text_enum! {
    /// The kinds of records that can be due and missing.
    pub enum MissingKind {
        /// The result of a meeting: its date has come, and its status is still `scheduled`.
        MeetingReport = "meeting_report",
        /// The attendance records of a held meeting whose register is still open.
        Register = "register",
        /// The record of whether a held meeting got the deliverable.
        Deliverable = "deliverable",
        /// The evaluation forms of a held event.
        Forms = "forms",
        /// The reading for a reporting period that has ended.
        Reading = "reading",
    }
}

text_enum! {
    /// A way to compute one attendance rate from several meetings.
    pub enum Choice {
        /// The number that attended, added up over all meetings, divided by the number expected,
        /// added up over all meetings.
        Pooled = "pooled",
        /// The number of seats or councils that attended at least once, divided by the number that
        /// were expected at least once.
        Distinct = "distinct",
        /// The rate of the meeting with the lowest rate. If the aim is `at_most`, the meeting with
        /// the highest rate.
        MinMeeting = "min_meeting",
        /// The mean of the meetings' rates. It is for comparison only and has no status.
        Mean = "mean",
        /// The aggregate of the target's measure, with substitutes counted as attended.
        SubstitutesCounted = "substitutes_counted",
        /// The aggregate of the target's measure, with substitutes not counted as attended.
        SubstitutesNotCounted = "substitutes_not_counted",
    }
}
