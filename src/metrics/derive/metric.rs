//! Assembles metrics from the results of measures.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::direction::direction;
use super::dispatch::derive;
use super::measure_result::{MeasureResult, Value};
use super::status;
use super::target::{threshold, tolerance, unit};
use crate::metrics::facts::{About, Evidence, TargetFact};
use crate::metrics::model::{Alternative, Metric, RevisionNote, Status};
use crate::progress::entry::Unit;
use crate::rules::threshold_defaults::ValueUnit;
use crate::rules::{self, Measure};
use crate::targets::model::MeasureKind;
use crate::values::{Day, Figure, Number, Percent};

/// Derives the metric of each requested target on each requested date, in the order of `targets`.
pub fn metrics(targets: &[TargetFact], evidence: &HashMap<(Uuid, NaiveDate), Evidence>) -> Vec<Metric> {
    let none = Evidence::default();
    let derive = |target: &TargetFact| derive(target, evidence.get(&target.about()).unwrap_or(&none));
    let last_year_results: HashMap<(Uuid, NaiveDate), (&TargetFact, MeasureResult)> = targets
        .iter()
        .filter(|target| target.is_last_year)
        .map(|target| ((target.target_id, target.requested_on), (target, derive(target))))
        .collect();
    let requested = targets.iter().filter(|target| !target.is_last_year);
    requested
        .map(|target| {
            let last_year =
                target.continues_target_id.and_then(|id| last_year_results.get(&(id, target.requested_on)));
            metric(target, derive(target), last_year)
        })
        .collect()
}

pub(super) fn metric(
    target: &TargetFact,
    result: MeasureResult,
    last_year: Option<&(&TargetFact, MeasureResult)>,
) -> Metric {
    let unit = unit(target);
    let threshold = threshold(target);
    let derived_status = status::derive_status(target, &result, threshold);
    let shown = ShownValue::of(&result, unit);
    let current_bar = threshold.map(|threshold| status::current_bar(target, &result, threshold));
    let alternatives = alternatives(target, &result, threshold);
    let baseline_value = target.baseline.as_ref().map(|baseline| baseline.value);
    Metric {
        target_id: target.target_id,
        framework_id: target.framework_id,
        code: target.code.clone(),
        printed_ref: target.refs.clone(),
        title: target.title.clone(),
        kind: kind(&target.measure),
        implied: target.implied,
        owner: target.owner.clone(),
        as_at: Day(target.as_at),
        known_at: None,
        unit: wire_unit(unit),
        unit_name: target.measure.unit_name().cloned(),
        reported: matches!(target.measure, Measure::Reading(_)),
        value: shown.amount,
        value_percent: shown.percent,
        numerator: shown.numerator,
        denominator: shown.denominator,
        value_reason: result.value.err(),
        aim: target.aim,
        threshold,
        tolerance: tolerance(target, threshold),
        amber_from: current_bar.map(|current_bar| current_bar.amber_from()),
        variance: shown.minus(threshold),
        status: derived_status.status,
        status_reason: derived_status.reason,
        rounding_sensitive: status::is_rounding_sensitive(target, &result, threshold),
        choice_sensitive: alternatives
            .iter()
            .any(|other| other.status.is_some_and(|s| s != derived_status.status)),
        expected_by_now: status::expected_by_now(target, &result, threshold),
        forecast: status::forecast(target, &result),
        baseline: target.baseline.clone(),
        baseline_variance: shown.minus(baseline_value),
        direction: direction(target, &result, last_year),
        revision: revision_note(target, &result),
        completeness: result.completeness,
        parts: result.parts,
        alternatives,
        detail: result.detail,
        judgement: target.judgement.clone(),
        claims: target.claims.clone(),
        rule_version: rules::VERSION.into(),
    }
}

const fn wire_unit(unit: ValueUnit) -> Unit {
    match unit {
        ValueUnit::Percent => Unit::Percent,
        ValueUnit::Count => Unit::Count,
        ValueUnit::Pence => Unit::Pence,
        ValueUnit::Named => Unit::Named,
        ValueUnit::None => Unit::None,
    }
}

const fn kind(measure: &Measure) -> MeasureKind {
    match measure {
        Measure::AttendanceRate(_) => MeasureKind::AttendanceRate,
        Measure::MeetingsHeld(_) => MeasureKind::MeetingsHeld,
        Measure::DeliverablePerMeeting(_) => MeasureKind::DeliverablePerMeeting,
        Measure::EvaluationRate(_) => MeasureKind::EvaluationRate,
        Measure::CouncilCoverage(_) => MeasureKind::CouncilCoverage,
        Measure::CountTotal(_) => MeasureKind::CountTotal,
        Measure::Ratio(_) => MeasureKind::Ratio,
        Measure::Reading(_) => MeasureKind::Reading,
        Measure::FinancialBalance(_) => MeasureKind::FinancialBalance,
        Measure::Milestone(_) => MeasureKind::Milestone,
        Measure::Narrative(_) => MeasureKind::Narrative,
    }
}

/// The value of a metric in the form that responses show: an amount, or a percentage with numerator
/// and denominator.
struct ShownValue {
    amount: Option<Figure>,
    percent: Option<Percent>,
    numerator: Option<i64>,
    denominator: Option<i64>,
}

impl ShownValue {
    fn of(result: &MeasureResult, unit: ValueUnit) -> Self {
        let rate = match result.value {
            Ok(Value::Rate(rate)) => Some(rate),
            _ => result.empty_rate,
        };
        let rounded = || result.quantity()?.rounded(result.decimals);
        let (amount, percent) = match (unit, result.value) {
            (_, Err(_)) => (None, None),
            (ValueUnit::Percent, _) => (None, rounded().map(Percent)),
            (ValueUnit::Count, Ok(Value::Rate(rate))) => (Some(Figure::from(rate.numerator)), None),
            _ => (rounded(), None),
        };
        Self {
            amount,
            percent,
            numerator: rate.map(|rate| rate.numerator),
            denominator: rate.map(|rate| rate.denominator),
        }
    }

    /// Returns the shown value minus `other`. The shown value is rounded, so a reader can check the
    /// difference.
    fn minus(&self, other: Option<Number>) -> Option<Figure> {
        let value = self.percent.map(|percent| percent.0).or(self.amount)?;
        Some(Figure(value.0 - other?.0))
    }
}

fn alternatives(target: &TargetFact, result: &MeasureResult, threshold: Option<Number>) -> Vec<Alternative> {
    let rule = threshold.map(|threshold| status::rule(target, threshold));
    let others = result.alternatives.iter();
    others
        .map(|other| {
            let quantity = other.quantity();
            let status =
                rule.as_ref().zip(quantity).map(|(rule, quantity)| Status::from(rule.colour_of(quantity)));
            Alternative {
                choice: other.choice,
                numerator: other.rate.map(|rate| rate.numerator),
                denominator: other.rate.map(|rate| rate.denominator),
                value_percent: other.percent(),
                status,
            }
        })
        .collect()
}

fn revision_note(target: &TargetFact, result: &MeasureResult) -> Option<RevisionNote> {
    let revision = target.revision.clone()?;
    Some(RevisionNote {
        revised_on: revision.revised_on,
        original_threshold: target.threshold,
        previous_threshold: revision.previous_threshold,
        previous_status: status::derive_status(target, result, revision.previous_threshold).status,
        reason: revision.reason,
        reference: revision.reference,
    })
}
