//! Measures, which state how a target's value is computed. There are eleven kinds, each with its
//! own parameters.

mod entries;
mod meetings;

pub use entries::{
    BalanceRequirement, CountTotal, FinancialBalance, Milestone, Narrative, ProfilePoint, Ratio,
    RatioAggregate, Reading, ReadingAggregate,
};
pub use meetings::{
    AttendanceRate, AttendanceUnit, CouncilCoverage, CoverageBasis, CoverageTime, DeliverablePerMeeting,
    EvaluationRate, MeetingAggregate, MeetingSelector, MeetingsHeld, OccasionAggregate, Substitutes,
    Vacancies,
};

use crate::values::{RuleErrors, ShortText, tagged};

tagged! {
    /// The rule by which a target's value is computed, with its parameters.
    pub enum Measure {
        /// The number who attended meetings, divided by the number who were expected. Computed from
        /// registers.
        AttendanceRate(AttendanceRate) = "attendance_rate" as "AttendanceRateMeasure",
        /// The number of meetings that were held.
        MeetingsHeld(MeetingsHeld) = "meetings_held" as "MeetingsHeldMeasure",
        /// The number of meetings that got a deliverable, divided by the number of meetings held.
        DeliverablePerMeeting(DeliverablePerMeeting) = "deliverable_per_meeting" as "DeliverablePerMeetingMeasure",
        /// The number of evaluation forms with at least a given rating, divided by the number of
        /// forms that answer the question.
        EvaluationRate(EvaluationRate) = "evaluation_rate" as "EvaluationRateMeasure",
        /// The number of covered councils, divided by the number of councils in the cohort.
        CouncilCoverage(CouncilCoverage) = "council_coverage" as "CouncilCoverageMeasure",
        /// The sum of the counts in progress entries.
        CountTotal(CountTotal) = "count_total" as "CountTotalMeasure",
        /// A numerator divided by a denominator. Progress entries state both numbers.
        Ratio(Ratio) = "ratio" as "RatioMeasure",
        /// A value that is stated as it is, such as a median, a score or a stock. Progress entries
        /// state the value.
        Reading(Reading) = "reading" as "ReadingMeasure",
        /// The income of one area less its cost, in pence. Progress entries state both amounts.
        FinancialBalance(FinancialBalance) = "financial_balance" as "FinancialBalanceMeasure",
        /// A state that the target must reach by its due date. Progress entries record the state.
        Milestone(Milestone) = "milestone" as "MilestoneMeasure",
        /// A person's judgement of the target. The target has no number and no derived status.
        Narrative(Narrative) = "narrative" as "NarrativeMeasure",
    }
}

impl Measure {
    /// Returns whether a value that equals the threshold does not meet it. For a surplus, the value
    /// must be more than the threshold.
    pub fn is_strict(&self) -> bool {
        matches!(self, Self::FinancialBalance(measure) if measure.requirement == BalanceRequirement::Surplus)
    }

    /// Returns the selector of the meetings that the measure counts. Returns `None` if the measure
    /// counts no meetings.
    pub fn selector(&self) -> Option<&MeetingSelector> {
        match self {
            Self::AttendanceRate(measure) => Some(&measure.selector),
            Self::MeetingsHeld(measure) => Some(&measure.selector),
            Self::DeliverablePerMeeting(measure) => Some(&measure.selector),
            Self::EvaluationRate(measure) => Some(&measure.selector),
            Self::CouncilCoverage(measure) => Some(&measure.selector),
            _ => None,
        }
    }

    /// Returns the measure without its profile. The profile differs from year to year. The figures
    /// of two years can be compared if their measures are equal without the profile.
    pub fn basis(&self) -> Self {
        match self {
            Self::CountTotal(measure) => {
                Self::CountTotal(CountTotal { unit_name: measure.unit_name.clone(), profile: Vec::new() })
            }
            other => other.clone(),
        }
    }

    /// Returns the expected amounts of the profile. The list is empty for a measure without a
    /// profile.
    pub const fn profile(&self) -> &[ProfilePoint] {
        match self {
            Self::CountTotal(measure) => measure.profile.as_slice(),
            _ => &[],
        }
    }

    /// Returns whether the measure's value adds up over the plan period, as a running count does.
    pub const fn is_cumulative(&self) -> bool {
        match self {
            Self::MeetingsHeld(_) | Self::CountTotal(_) => true,
            Self::Reading(measure) => matches!(measure.aggregate, ReadingAggregate::Sum),
            _ => false,
        }
    }

    /// Returns the name of the value's unit, for a measure whose unit has a name.
    pub const fn unit_name(&self) -> Option<&ShortText> {
        match self {
            Self::CountTotal(measure) => Some(&measure.unit_name),
            Self::Ratio(measure) => measure.unit_name.as_ref(),
            Self::Reading(measure) => measure.unit_name.as_ref(),
            _ => None,
        }
    }

    /// Adds an error for each parameter that does not fit the other parameters.
    pub fn check_parameters(&self, errors: &mut RuleErrors) {
        let Self::Ratio(ratio) = self else { return };
        let detail = match (&ratio.unit_name, ratio.per) {
            (None, per) if per != 100 => "If `per` is not 100, `unit_name` is required.",
            (Some(_), 100) => "If `per` is 100, the unit is per cent. Leave `unit_name` out.",
            _ => return,
        };
        errors.add("/unit_name", "does_not_fit", detail);
    }

    /// Returns whether the measure's value is one rate over all records so far. No single reading,
    /// occasion or meeting then decides the value.
    pub const fn is_pooled(&self) -> bool {
        match self {
            Self::AttendanceRate(measure) => matches!(measure.aggregate, MeetingAggregate::Pooled),
            Self::Ratio(measure) => matches!(measure.aggregate, RatioAggregate::Summed),
            Self::Reading(measure) => matches!(measure.aggregate, ReadingAggregate::Mean),
            Self::DeliverablePerMeeting(_) | Self::EvaluationRate(_) => true,
            _ => false,
        }
    }
}
