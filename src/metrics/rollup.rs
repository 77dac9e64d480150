//! Roll-ups: the number of targets with each status, and the worst colour.

use uuid::Uuid;

use super::DerivedMetrics;
use super::facts::TargetFact;
use super::framework_tree::FrameworkRows;
use super::model::{
    Completeness, FrameworkSummary, Metric, Moment, OutcomeSummary, Overdue, RollUp, RollUpReason, Status,
    StatusCounts, ThemeSummary,
};
use crate::frameworks::outcomes::model::Outcome;
use crate::frameworks::themes::model::Theme;
use crate::rules;
use crate::values::ShortText;

pub struct TargetMetric {
    pub metric: Metric,
    pub outcome_ids: Vec<Uuid>,
}

/// Returns the metric of each requested target, with the outcomes to which the target belongs, in
/// the order of the targets.
pub fn target_metrics(derived: &DerivedMetrics) -> Vec<TargetMetric> {
    let requested = derived.facts.requested().zip(&derived.metrics);
    let to_target_metric = |((target, _), metric): ((&TargetFact, _), &Metric)| TargetMetric {
        metric: metric.clone(),
        outcome_ids: target.outcome_ids.clone(),
    };
    requested.map(to_target_metric).collect()
}

/// Computes the roll-up of several targets. A target of several actions counts once.
pub fn roll_up<'m>(metrics: impl IntoIterator<Item = &'m Metric>) -> RollUp {
    let (mut stated, mut implied) = (StatusCounts::default(), StatusCounts::default());
    let mut completeness = Completeness::default();
    for metric in metrics {
        if metric.implied {
            implied.add(metric);
        } else {
            stated.add(metric);
            completeness.add(&metric.completeness);
        }
    }
    let worst = [(stated.red, Status::Red), (stated.amber, Status::Amber), (stated.green, Status::Green)];
    let status = worst.into_iter().find(|(count, _)| *count > 0).map(|(_, status)| status);
    let status_reason = match status {
        Some(_) => RollUpReason::WorstTarget,
        None if stated.targets + implied.targets == 0 => RollUpReason::NoTargets,
        None => RollUpReason::NoColour,
    };
    RollUp { status, status_reason, stated, implied, completeness }
}

impl StatusCounts {
    fn add(&mut self, metric: &Metric) {
        self.targets += 1;
        *match metric.status {
            Status::Green => &mut self.green,
            Status::Amber => &mut self.amber,
            Status::Red => &mut self.red,
            Status::NotDue => &mut self.not_due,
            Status::NoData => &mut self.no_data,
            Status::NotApplicable => &mut self.not_applicable,
            Status::Contextual => &mut self.contextual,
        } += 1;
        self.provisional += i64::from(metric.completeness.provisional);
    }
}

impl Completeness {
    fn add(&mut self, other: &Self) {
        let add = |sum: &mut Option<i64>, more: Option<i64>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or(0) + more);
            }
        };
        add(&mut self.meetings_planned, other.meetings_planned);
        add(&mut self.meetings_held, other.meetings_held);
        add(&mut self.meetings_inquorate, other.meetings_inquorate);
        add(&mut self.meetings_cancelled, other.meetings_cancelled);
        add(&mut self.meetings_unreported, other.meetings_unreported);
        add(&mut self.registers_closed, other.registers_closed);
        add(&mut self.registers_open, other.registers_open);
        add(&mut self.registers_not_kept, other.registers_not_kept);
        add(&mut self.deliverables_unknown, other.deliverables_unknown);
        add(&mut self.meetings_without_forms, other.meetings_without_forms);
        add(&mut self.forms_answered, other.forms_answered);
        add(&mut self.forms_expected, other.forms_expected);
        add(&mut self.readings_due, other.readings_due);
        add(&mut self.readings_received, other.readings_received);
        self.provisional |= other.provisional;
    }
}

/// Computes the roll-up of a framework, and of each of its themes and outcomes.
pub fn summary(rows: FrameworkRows, target_metrics: &[TargetMetric], moment: Moment) -> FrameworkSummary {
    let themes =
        rows.themes.iter().map(|theme| theme_summary(theme, &rows.outcomes, target_metrics)).collect();
    FrameworkSummary {
        framework_id: rows.framework.id,
        code: rows.framework.code,
        title: rows.framework.title,
        as_at: moment.as_at.min(rows.framework.plan_until.before()),
        known_at: moment.known_at,
        rule_version: rules::VERSION.into(),
        roll_up: roll_up(target_metrics.iter().map(|target| &target.metric)),
        themes,
        overdue: overdue(target_metrics),
    }
}

fn theme_summary(theme: &Theme, outcomes: &[Outcome], target_metrics: &[TargetMetric]) -> ThemeSummary {
    let own: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.theme_id == theme.id).collect();
    let in_theme = |target: &&TargetMetric| {
        target.outcome_ids.iter().any(|id| own.iter().any(|outcome| outcome.id == *id))
    };
    ThemeSummary {
        theme_id: theme.id,
        code: theme.code.clone(),
        printed_ref: theme.printed_ref.clone(),
        title: theme.title.clone(),
        roll_up: roll_up(target_metrics.iter().filter(in_theme).map(|target| &target.metric)),
        outcomes: own.iter().map(|outcome| outcome_summary(outcome, target_metrics)).collect(),
    }
}

fn outcome_summary(outcome: &Outcome, target_metrics: &[TargetMetric]) -> OutcomeSummary {
    let own = target_metrics.iter().filter(|target| target.outcome_ids.contains(&outcome.id));
    OutcomeSummary {
        outcome_id: outcome.id,
        code: outcome.code.clone(),
        printed_ref: outcome.printed_ref.clone(),
        title: outcome.title.clone(),
        roll_up: roll_up(own.map(|target| &target.metric)),
    }
}

/// Counts the records that are due and missing, for each owner of targets. Targets without an owner
/// are last.
fn overdue(target_metrics: &[TargetMetric]) -> Vec<Overdue> {
    let mut owners: Vec<Overdue> = Vec::new();
    for TargetMetric { metric, .. } in
        target_metrics.iter().filter(|target| target.metric.completeness.has_missing_records())
    {
        let i = owners.iter().position(|overdue| overdue.owner == metric.owner).unwrap_or_else(|| {
            owners.push(Overdue::none(metric.owner.clone()));
            owners.len() - 1
        });
        owners[i].add(metric);
    }
    let order =
        |overdue: &Overdue| (overdue.owner.is_none(), overdue.owner.as_ref().map(ShortText::to_string));
    owners.sort_by_key(order);
    owners
}

impl Overdue {
    const fn none(owner: Option<ShortText>) -> Self {
        Self {
            owner,
            target_ids: Vec::new(),
            readings: 0,
            meetings_unreported: 0,
            registers_open: 0,
            deliverables_unknown: 0,
            meetings_without_forms: 0,
        }
    }

    fn add(&mut self, metric: &Metric) {
        let completeness = &metric.completeness;
        self.target_ids.push(metric.target_id);
        self.readings += completeness.readings_due.unwrap_or(0) - completeness.readings_received.unwrap_or(0);
        self.meetings_unreported += completeness.meetings_unreported.unwrap_or(0);
        self.registers_open += completeness.registers_open.unwrap_or(0);
        self.deliverables_unknown += completeness.deliverables_unknown.unwrap_or(0);
        self.meetings_without_forms += completeness.meetings_without_forms.unwrap_or(0);
    }
}
