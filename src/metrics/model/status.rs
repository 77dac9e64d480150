//! How a target stands, and why.

use crate::rules::Colour;
use crate::values::text_enum;

text_enum! {
    /// How a target stands.
    pub enum Status {
        /// The threshold is met.
        Green = "green",
        /// Short of the threshold, within the tolerance.
        Amber = "amber",
        /// Beyond the tolerance.
        Red = "red",
        /// Nothing is due yet.
        NotDue = "not_due",
        /// Something is due and there is nothing to derive it from.
        NoData = "no_data",
        /// There was nothing to do.
        NotApplicable = "not_applicable",
        /// A number, or a judgement, without a threshold to hold it against.
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
    /// Why there is no number.
    pub enum ValueReason {
        /// Nothing is due yet.
        NotDue = "not_due",
        /// No meeting is recorded as held.
        NoMeeting = "no_meeting",
        /// All planned meetings were cancelled.
        MeetingCancelled = "meeting_cancelled",
        /// A meeting was held and its register is still open.
        RegisterOpen = "register_open",
        /// Nobody was eligible.
        NoEligible = "no_eligible",
        /// There is a denominator, and it is zero.
        ZeroDenominator = "zero_denominator",
        /// Nothing was recorded, or nobody answered the forms that were handed out.
        NoEntries = "no_entries",
        /// The forms were answered on another scale, which lacks the named rating.
        OtherScale = "other_scale",
        /// The body is another's now.
        HandedOver = "handed_over",
        /// A person judges.
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
        /// The count is where it is expected to be by now.
        OnCourse = "on_course",
        /// The count is behind what is expected by now, within the tolerance.
        SlightlyBehind = "slightly_behind",
        /// The count is behind what is expected by now.
        Behind = "behind",
        /// Nothing is expected by now.
        NothingExpectedYet = "nothing_expected_yet",
        /// All planned meetings were cancelled, so that none was held.
        MeetingCancelled = "meeting_cancelled",
        /// There is no threshold.
        NoThreshold = "no_threshold",
        /// The milestone is reached.
        Achieved = "achieved",
        /// The milestone was missed.
        Missed = "missed",
        /// The milestone was due and is not reached.
        Overdue = "overdue",
        /// The milestone is not due yet.
        BeforeDueDate = "before_due_date",
        /// There is no value; `value_reason` says why.
        NoValue = "no_value",
        /// A person judges.
        JudgedOnly = "judged_only",
    }
}

text_enum! {
    /// What a long direction compares with.
    pub enum ComparedWith {
        /// The same point of the target that this one continues.
        LastYear = "last_year",
        /// The baseline that the plan states.
        Baseline = "baseline",
        /// Nothing.
        None = "none",
    }
}

text_enum! {
    /// How a forecast is made.
    pub enum ForecastMethod {
        /// The count so far, carried on at its pace by the day.
        CarriedOn = "carried_on",
        /// The rate over everything so far, pooled.
        PooledSoFar = "pooled_so_far",
    }
}

text_enum! {
    /// What is due and has not come in.
    pub enum MissingKind {
        /// What became of a meeting whose date has come.
        MeetingReport = "meeting_report",
        /// The register of a meeting that was held: it is still open.
        Register = "register",
        /// Whether a meeting that was held got what was to be delivered.
        Deliverable = "deliverable",
        /// The forms of an event that was held.
        Forms = "forms",
        /// An entry in a reporting period that has ended.
        Reading = "reading",
    }
}

text_enum! {
    /// Another way to make one rate of several meetings.
    pub enum Choice {
        /// All attended over all expected.
        Pooled = "pooled",
        /// Attended at least once over ever expected.
        Distinct = "distinct",
        /// The meeting with the lowest rate; with the highest, where less is better.
        MinMeeting = "min_meeting",
        /// The mean of the meetings' rates: for comparison alone, so it has no status.
        Mean = "mean",
        /// The measure's own aggregate, with substitutes counted.
        SubstitutesCounted = "substitutes_counted",
        /// The measure's own aggregate, without substitutes.
        SubstitutesNotCounted = "substitutes_not_counted",
    }
}
