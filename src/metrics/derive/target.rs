//! Reads the properties of a target, with defaults for absent properties.

use crate::metrics::facts::TargetFact;
use crate::rules::threshold_defaults::{self, ValueUnit};
use crate::rules::{PlanPeriod, Tolerance};
use crate::values::{Day, Number};

pub(super) fn year(target: &TargetFact) -> PlanPeriod {
    PlanPeriod::new(target.plan_from, target.plan_until)
}

/// Returns the threshold on the metric's date. Revisions up to this date are applied.
pub(super) fn threshold(target: &TargetFact) -> Option<Number> {
    let stated = target.revision.as_ref().map_or(target.threshold, |revision| Some(revision.threshold));
    stated.or(threshold_defaults::own_threshold(&target.measure))
}

/// Returns the tolerance of the target, or the default tolerance of the threshold if the target has
/// none.
pub(super) fn tolerance(target: &TargetFact, threshold: Option<Number>) -> Tolerance {
    target.tolerance.unwrap_or_else(|| threshold_defaults::usual_tolerance(&target.measure, threshold))
}

pub(super) const fn unit(target: &TargetFact) -> ValueUnit {
    threshold_defaults::unit(&target.measure, target.threshold.is_some())
}

/// Returns the due date of a milestone, or the last day of the plan period if it has no due date.
pub(super) fn due_on(target: &TargetFact) -> Day {
    target.due_on.map_or_else(|| Day(target.plan_until).before(), Day)
}
