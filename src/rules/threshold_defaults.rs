//! Default thresholds and tolerances of targets. Also checks that a threshold and a tolerance are
//! possible for the measure.

use rust_decimal::Decimal;

use super::rag::ToleranceKind;
use super::{Aim, Measure, Tolerance};
use crate::values::{Number, RuleErrors};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueUnit {
    /// The value is a percentage, which is a numerator divided by a denominator.
    Percent,
    Count,
    Pence,
    /// The measure names the unit, such as days.
    Named,
    None,
}

/// Returns the unit of a measure's value. A coverage without a threshold is a count of councils.
pub const fn unit(measure: &Measure, has_threshold: bool) -> ValueUnit {
    match measure {
        Measure::CouncilCoverage(_) if !has_threshold => ValueUnit::Count,
        Measure::AttendanceRate(_)
        | Measure::DeliverablePerMeeting(_)
        | Measure::EvaluationRate(_)
        | Measure::CouncilCoverage(_) => ValueUnit::Percent,
        Measure::Ratio(_) | Measure::Reading(_) => match measure.unit_name() {
            Some(_) => ValueUnit::Named,
            None => ValueUnit::Percent,
        },
        Measure::MeetingsHeld(_) | Measure::CountTotal(_) => ValueUnit::Count,
        Measure::FinancialBalance(_) => ValueUnit::Pence,
        Measure::Milestone(_) | Measure::Narrative(_) => ValueUnit::None,
    }
}

/// Returns the default tolerance. It is 0 if the threshold is 0 or 100 per cent ("all", "every"),
/// and for money and milestones. Otherwise it is ten per cent of the threshold.
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

/// Returns the default threshold. It is 0 for a financial balance, and `None` for every other
/// measure.
pub const fn own_threshold(measure: &Measure) -> Option<Number> {
    match measure {
        Measure::FinancialBalance(_) => Some(Number(Decimal::ZERO)),
        _ => None,
    }
}

/// Adds an error if a target with this measure cannot have this threshold.
pub fn check_threshold(errors: &mut RuleErrors, measure: &Measure, threshold: Option<Number>) {
    let Some(Number(threshold)) = threshold else { return };
    let is_unlimited = match measure {
        Measure::Ratio(ratio) => ratio.may_exceed(),
        Measure::Reading(_) => true,
        _ => false,
    };
    let detail = match unit(measure, true) {
        ValueUnit::None => Some("A target with this measure cannot have a threshold. Leave `threshold` out."),
        ValueUnit::Percent
            if !is_unlimited && (threshold < Decimal::ZERO || threshold > Decimal::ONE_HUNDRED) =>
        {
            Some("A threshold in per cent must be from 0 to 100.")
        }
        _ if matches!(measure, Measure::Ratio(_)) && threshold < Decimal::ZERO => {
            Some("The threshold of a ratio must be at least 0.")
        }
        ValueUnit::Count if threshold < Decimal::ZERO || !threshold.is_integer() => {
            Some("The threshold of a count must be a whole number of at least 0.")
        }
        ValueUnit::Pence if !threshold.is_integer() => Some("A threshold in pence must be a whole number."),
        _ => None,
    };
    if let Some(detail) = detail {
        errors.add("/threshold", "threshold_does_not_fit", detail);
    }
}

/// Returns whether the value is compared with the amount that is expected by the metric's date,
/// until the plan period ends. An at-most target without a profile is compared with its whole
/// threshold on every day.
pub const fn has_pace(measure: &Measure, aim: Aim) -> bool {
    measure.is_cumulative() && (matches!(aim, Aim::AtLeast) || !measure.profile().is_empty())
}

/// Adds an error if the tolerance is not possible for the measure or the threshold.
pub fn check_tolerance(
    errors: &mut RuleErrors,
    measure: &Measure,
    aim: Aim,
    threshold: Option<Number>,
    tolerance: Option<Tolerance>,
) {
    let Some(tolerance) = tolerance else { return };
    let relative = tolerance.kind == ToleranceKind::Relative;
    let is_zero = |number: Number| number.0.is_zero();
    let detail = match measure {
        _ if tolerance.value.0 < Decimal::ZERO => Some("A tolerance must not be negative."),
        Measure::FinancialBalance(_) | Measure::Milestone(_) if !is_zero(tolerance.value) => Some(
            "A target for money or a milestone cannot have a tolerance. Send 0 or leave `tolerance` out.",
        ),
        _ if relative && threshold.is_some_and(is_zero) => Some(
            "A target with the threshold 0 cannot have a relative tolerance. Send an absolute tolerance.",
        ),
        _ if tolerance.value.0 > Decimal::ONE_HUNDRED
            && (relative || unit(measure, true) == ValueUnit::Percent) =>
        {
            Some("A tolerance in per cent must be at most 100.")
        }
        _ if threshold.is_some_and(|threshold| tolerance.exceeds(aim, threshold)) => Some(
            "For a target with the aim `at_least`, the absolute tolerance must not exceed the threshold.",
        ),
        _ => None,
    };
    if let Some(detail) = detail {
        errors.add("/tolerance", "tolerance_does_not_fit", detail);
    }
}
