//! What makes a target's parts fit together.

use rust_decimal::Decimal;

use super::rag::ToleranceKind;
use super::{Aim, Measure, Tolerance};
use crate::values::{Findings, Number};

/// The unit of a measure's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueUnit {
    /// Per cent, from a numerator and a denominator.
    Percent,
    /// A count.
    Count,
    /// Pence.
    Pence,
    /// No number.
    None,
}

/// The unit of a measure, with or without a threshold: coverage without one is "the number alone".
pub const fn unit(measure: &Measure, has_threshold: bool) -> ValueUnit {
    match measure {
        Measure::CouncilCoverage(_) if !has_threshold => ValueUnit::Count,
        Measure::AttendanceRate(_)
        | Measure::DeliverablePerMeeting(_)
        | Measure::EvaluationRate(_)
        | Measure::CouncilCoverage(_)
        | Measure::Ratio(_) => ValueUnit::Percent,
        Measure::MeetingsHeld(_) | Measure::CountTotal(_) => ValueUnit::Count,
        Measure::FinancialBalance(_) => ValueUnit::Pence,
        Measure::Milestone(_) | Measure::Narrative(_) => ValueUnit::None,
    }
}

/// The tolerance of a target that states none: ten per cent of the threshold, and none for "all", "every", nothing
/// at all, money and milestones.
pub fn usual_tolerance(measure: &Measure, threshold: Option<Number>) -> Tolerance {
    let whole = threshold.is_some_and(|threshold| {
        let all = unit(measure, true) == ValueUnit::Percent && threshold.0 == Decimal::ONE_HUNDRED;
        all || threshold.0.is_zero()
    });
    match measure {
        Measure::FinancialBalance(_) | Measure::Milestone(_) => Tolerance::NONE,
        _ if whole => Tolerance::NONE,
        _ => Tolerance::USUAL,
    }
}

/// The threshold that a measure brings with it where the target states none: a balance is held against nothing.
pub const fn own_threshold(measure: &Measure) -> Option<Number> {
    match measure {
        Measure::FinancialBalance(_) => Some(Number(Decimal::ZERO)),
        _ => None,
    }
}

/// Notes a threshold that does not fit the measure.
pub fn check_threshold(findings: &mut Findings, measure: &Measure, threshold: Option<Number>) {
    let Some(Number(threshold)) = threshold else { return };
    let detail = match unit(measure, true) {
        ValueUnit::None => Some("This measure has no threshold."),
        ValueUnit::Percent if threshold < Decimal::ZERO || threshold > Decimal::ONE_HUNDRED => {
            Some("A threshold in per cent lies between 0 and 100.")
        }
        ValueUnit::Count if threshold < Decimal::ZERO || !threshold.is_integer() => {
            Some("A threshold of a count is a whole number from 0 upwards.")
        }
        ValueUnit::Pence if !threshold.is_integer() => Some("A threshold in pence is a whole number."),
        _ => None,
    };
    if let Some(detail) = detail {
        findings.add("/threshold", "threshold_does_not_fit", detail);
    }
}

/// Whether a value is held against what is expected by the day until the plan year is over. A cap has no pace: it is held
/// against the whole of it on any day, unless it has a profile.
pub const fn has_pace(measure: &Measure, aim: Aim) -> bool {
    measure.is_cumulative() && (matches!(aim, Aim::AtLeast) || !measure.profile().is_empty())
}

/// Notes a tolerance that does not fit the measure or the threshold.
pub fn check_tolerance(
    findings: &mut Findings,
    measure: &Measure,
    aim: Aim,
    threshold: Option<Number>,
    tolerance: Option<Tolerance>,
) {
    let Some(tolerance) = tolerance else { return };
    let relative = tolerance.kind == ToleranceKind::Relative;
    let is_zero = |number: Number| number.0.is_zero();
    let detail = match measure {
        _ if tolerance.value.0 < Decimal::ZERO => Some("A tolerance is not negative."),
        Measure::FinancialBalance(_) | Measure::Milestone(_) if !is_zero(tolerance.value) => {
            Some("Money and milestones have no tolerance.")
        }
        _ if relative && threshold.is_some_and(is_zero) => {
            Some("A tolerance relative to 0 is none; state it absolutely.")
        }
        _ if tolerance.value.0 > Decimal::ONE_HUNDRED
            && (relative || unit(measure, true) == ValueUnit::Percent) =>
        {
            Some("A tolerance in per cent is at most 100.")
        }
        _ if threshold.is_some_and(|threshold| tolerance.exceeds(aim, threshold)) => {
            Some("An absolute tolerance is at most the threshold of an at-least target.")
        }
        _ => None,
    };
    if let Some(detail) = detail {
        findings.add("/tolerance", "tolerance_does_not_fit", detail);
    }
}
