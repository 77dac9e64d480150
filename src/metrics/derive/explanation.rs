//! Derives the parts of an explanation except its rows: the rule, the cohort and the comparison.

use super::dispatch::derive;
use super::measure_result::MeasureResult;
use super::metric::metric;
use super::target::{due_on, threshold, year};
use super::{readings, status};
use crate::metrics::facts::{Evidence, TargetFact};
use crate::metrics::model::{Against, Cohort, Comparison, ExplainedRule, Metric};
use crate::rules::measure::AttendanceUnit;
use crate::rules::rule_text::{RuleTextInput, sentence};
use crate::rules::{self, Measure};
use crate::values::Day;

pub fn rule(target: &TargetFact, metric: &Metric) -> ExplainedRule {
    let due_on = due_on(target);
    let is_milestone = matches!(target.measure, Measure::Milestone(_));
    let rule = RuleTextInput {
        measure: &target.measure,
        aim: target.aim,
        threshold: metric.threshold,
        expected: metric.expected_by_now.filter(|_| !year(target).0.is_expired(target.as_at)),
        first_amber: metric.first_amber(&target.measure),
        from: Day(target.plan_from),
        last: Day(target.plan_until).before(),
        as_at: Day(target.as_at),
        due_on,
    };
    ExplainedRule {
        version: rules::VERSION.into(),
        words: sentence(&rule),
        measure: target.measure.clone(),
        aim: target.aim,
        threshold: metric.threshold,
        tolerance: metric.tolerance,
        amber_from: metric.amber_from,
        plan_from: Day(target.plan_from),
        plan_until: Day(target.plan_until),
        due_on: is_milestone.then_some(due_on),
        first_due_on: readings::first_due_on(target),
        handed_over_on: target.handed_over_on.map(Day),
    }
}

/// Derives the metric of a target, its cohort, and the comparison of its value with the threshold.
/// Last year's target is not loaded, so the metric has no comparison with last year.
pub fn explain(target: &TargetFact, evidence: &Evidence) -> (Metric, Option<Cohort>, Option<Comparison>) {
    let result = derive(target, evidence);
    let (cohort, comparison) = (cohort(target, &result), comparison(target, &result));
    (metric(target, result, None), cohort, comparison)
}

/// Returns the seats, persons or councils that an attendance rate or a coverage could count.
/// Returns `None` for other measures.
fn cohort(target: &TargetFact, result: &MeasureResult) -> Option<Cohort> {
    let size = result.cohort;
    match &target.measure {
        Measure::AttendanceRate(measure) => Some(Cohort {
            unit: measure.unit,
            roles: measure.roles.clone(),
            council_kinds: measure.council_kinds.clone(),
            existing_on: None,
            size,
        }),
        Measure::CouncilCoverage(measure) => Some(Cohort {
            unit: AttendanceUnit::Council,
            roles: Vec::new(),
            council_kinds: measure.council_kinds.clone(),
            existing_on: Some(Day(target.as_at)),
            size,
        }),
        _ => None,
    }
}

/// Compares the value with the threshold. Returns `None` if there is no threshold or no value.
fn comparison(target: &TargetFact, result: &MeasureResult) -> Option<Comparison> {
    let comparison = status::compare_with_bar(target, result, threshold(target)?)?;
    Some(Comparison {
        against: if comparison.by_now { Against::ExpectedByNow } else { Against::Threshold },
        green: comparison.rule.green(comparison.quantity).into(),
        amber: comparison.rule.amber(comparison.quantity).map(Into::into),
    })
}
