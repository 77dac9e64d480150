//! Selects the function that derives a target's value by the kind of measure.

use super::measure_result::MeasureResult;
use super::{attendance, coverage, entries, evaluations, meetings};
use crate::metrics::facts::{Evidence, TargetFact};
use crate::rules::Measure;

pub(super) fn derive(target: &TargetFact, evidence: &Evidence) -> MeasureResult {
    match &target.measure {
        Measure::AttendanceRate(measure) => attendance::derive(target, measure, evidence),
        Measure::MeetingsHeld(_) => meetings::derive_meetings_held(target, evidence),
        Measure::DeliverablePerMeeting(measure) => meetings::derive_deliverables(target, measure, evidence),
        Measure::EvaluationRate(_) => evaluations::derive(target, evidence),
        Measure::CouncilCoverage(measure) => coverage::derive(target, measure, evidence),
        Measure::CountTotal(measure) => entries::derive_count(target, measure, evidence),
        Measure::Ratio(measure) => entries::derive_ratio(target, measure, evidence),
        Measure::Reading(measure) => entries::derive_reading(target, measure, evidence),
        Measure::FinancialBalance(measure) => entries::derive_balance(target, measure, evidence),
        Measure::Milestone(_) => entries::derive_milestone(target, evidence),
        Measure::Narrative(_) => entries::derive_narrative(target, evidence),
    }
}
