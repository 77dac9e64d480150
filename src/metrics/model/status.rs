//! Statuses of targets, and their reasons.

use crate::rules::Colour;
use crate::values::text_enum;

text_enum! {
    /// The status of a target.
    pub enum Status {
        /// The threshold is met.
        Green = "green",
        /// The threshold is missed by no more than the tolerance.
        Amber = "amber",
        /// The threshold is missed by more than the tolerance.
        Red = "red",
        /// Nothing is due yet.
        NotDue = "not_due",
        /// A value is due, and there are no records to derive it from.
        NoData = "no_data",
        /// There was nothing to do for the target.
        NotApplicable = "not_applicable",
        /// A number or a judgement without a threshold.
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
        /// Nothing is due yet.
        NotDue = "not_due",
        /// No meeting is recorded as held.
        NoMeeting = "no_meeting",
        /// All planned meetings were cancelled.
        MeetingCancelled = "meeting_cancelled",
        /// A meeting was held and its register is still open.
        RegisterOpen = "register_open",
        /// Nobody was expected, or the cohort is empty.
        NoEligible = "no_eligible",
        /// The denominator is 0.
        ZeroDenominator = "zero_denominator",
        /// Nothing was recorded, or nobody answered the forms that were handed out.
        NoEntries = "no_entries",
        /// The forms were answered on a scale that lacks the named rating.
        OtherScale = "other_scale",
        /// Other bodies run all groups of the target now.
        HandedOver = "handed_over",
        /// A person judges the target.
        JudgedOnly = "judged_only",
    }
}

text_enum! {
    /// Why the status is what it is.
    pub enum StatusReason {
        /// The value meets the threshold.
        MeetsThreshold = "meets_threshold",
        /// The value misses the threshold and is within the tolerance.
        WithinTolerance = "within_tolerance",
        /// The value misses the threshold by more than the tolerance.
        MissesThreshold = "misses_threshold",
        /// The count meets what is expected by now.
        OnCourse = "on_course",
        /// The count misses what is expected by now by no more than the tolerance.
        SlightlyBehind = "slightly_behind",
        /// The count misses what is expected by now by more than the tolerance.
        Behind = "behind",
        /// Nothing is expected by now.
        NothingExpectedYet = "nothing_expected_yet",
        /// All planned meetings were cancelled, so that none was held.
        MeetingCancelled = "meeting_cancelled",
        /// There is no threshold.
        NoThreshold = "no_threshold",
        /// The milestone is achieved.
        Achieved = "achieved",
        /// The milestone was missed.
        Missed = "missed",
        /// The milestone was due and is not achieved.
        Overdue = "overdue",
        /// The milestone is not due yet.
        BeforeDueDate = "before_due_date",
        /// There is no value; `value_reason` says why.
        NoValue = "no_value",
        /// A person judges the target.
        JudgedOnly = "judged_only",
    }
}

text_enum! {
    /// What the long direction of travel compares with.
    pub enum ComparedWith {
        /// The same day of the target that this one continues.
        LastYear = "last_year",
        /// The baseline that the target states.
        Baseline = "baseline",
        /// Nothing.
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
        /// The report of a meeting: its date has come, and its status is still `scheduled`.
        MeetingReport = "meeting_report",
        /// The register of a meeting that was held, which is still open.
        Register = "register",
        /// Whether a meeting that was held got the deliverable.
        Deliverable = "deliverable",
        /// The evaluation forms of an event that was held.
        Forms = "forms",
        /// A reading of a reporting period that has ended.
        Reading = "reading",
    }
}

text_enum! {
    /// Another way to aggregate the attendance of several meetings to one rate.
    pub enum Choice {
        /// The sum of attended, divided by the sum of expected.
        Pooled = "pooled",
        /// Those who attended at least once, divided by those who were expected at least once.
        Distinct = "distinct",
        /// The meeting with the lowest rate, or with the highest if the aim is at most.
        MinMeeting = "min_meeting",
        /// The mean of the meetings' rates. It is for comparison only and has no status.
        Mean = "mean",
        /// The measure's own aggregate, with substitutes counted.
        SubstitutesCounted = "substitutes_counted",
        /// The measure's own aggregate, without substitutes.
        SubstitutesNotCounted = "substitutes_not_counted",
    }
}
