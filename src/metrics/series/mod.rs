//! Series: a target's metric at the end of each interval of its plan period. One set of SQL
//! statements loads the facts for all points.

pub mod columns;
pub mod model;
pub mod routes;

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::fact_cache::FactLoader;
use super::facts::PlanPeriodFact;
use super::model::{Metric, Moment};
use super::{derive, queries};
use crate::db::Error;
use crate::rules::period::{Interval, Period};
use crate::rules::{self, PlanPeriod};
use crate::values::Instant;
use model::{LastYear, SeriesPoint, SeriesQuery, TargetSeries};

/// A target, with the intervals and dates of the points in its series.
struct SeriesPlan {
    target_id: Uuid,
    is_last_year: bool,
    /// The intervals of the plan period that have begun on the requested date.
    intervals: Vec<Period>,
    /// The last day of each interval, or the requested date for an interval that has not ended.
    /// Contains only the requested date if the plan period has not begun.
    dates: Vec<NaiveDate>,
}

impl SeriesPlan {
    fn new(fact: &PlanPeriodFact, interval: Interval, day: NaiveDate) -> Self {
        let year = PlanPeriod::new(fact.plan_from, fact.plan_until);
        let mut intervals = year.periods(interval.length());
        intervals.retain(|interval| interval.from <= day);
        let ends = intervals.iter().map(|interval| interval.last_day().min(day));
        let dates = if intervals.is_empty() { vec![day] } else { ends.collect() };
        Self { target_id: fact.target_id, is_last_year: fact.is_last_year, intervals, dates }
    }

    fn points(&self, metrics: &[Metric]) -> Vec<SeriesPoint> {
        self.intervals
            .iter()
            .zip(metrics)
            .map(|(interval, metric)| SeriesPoint::new(interval, metric))
            .collect()
    }
}

/// Derives the series of one target or of all targets in a framework. `id` is the id of the target
/// or of the framework.
pub async fn derive_series(
    loader: &mut FactLoader<'_>,
    id: Uuid,
    moment: Moment,
    query: &SeriesQuery,
) -> Result<Vec<TargetSeries>, Error> {
    let day = moment.as_at.0;
    let interval = query.interval.unwrap_or(Interval::Month);
    let years = queries::load_plan_periods(loader.conn, id, query.last_year == Some(true)).await?;
    let plans: Vec<SeriesPlan> = years.iter().map(|fact| SeriesPlan::new(fact, interval, day)).collect();
    let requested = plans.iter().flat_map(|plan| plan.dates.iter().map(|date| (plan.target_id, *date)));
    let facts = loader.load(requested.collect()).await?;
    let continued =
        facts.targets.iter().filter_map(|target| Some((target.target_id, target.continues_target_id?)));
    let continued: HashMap<Uuid, Uuid> = continued.collect();
    let metrics = derive::metrics(&facts.targets, &facts.evidence);
    Ok(assemble(interval, moment.known_at, &plans, &by_target(&metrics), &continued))
}

/// Groups metrics by target. `metrics` must be sorted by target and then by date.
fn by_target(metrics: &[Metric]) -> HashMap<Uuid, &[Metric]> {
    let runs = metrics.chunk_by(|a, b| a.target_id == b.target_id);
    runs.filter_map(|run| Some((run.first()?.target_id, run))).collect()
}

fn assemble(
    interval: Interval,
    known_at: Option<Instant>,
    plans: &[SeriesPlan],
    metrics: &HashMap<Uuid, &[Metric]>,
    continued: &HashMap<Uuid, Uuid>,
) -> Vec<TargetSeries> {
    let last_year = |id: &Uuid| {
        let plan = plans.iter().find(|plan| plan.is_last_year && plan.target_id == *id)?;
        let metrics = metrics.get(id)?;
        let head = metrics.last()?;
        Some(LastYear {
            target_id: head.target_id,
            framework_id: head.framework_id,
            code: head.code.clone(),
            kind: head.kind,
            unit: head.unit,
            points: plan.points(metrics),
        })
    };
    let own = plans.iter().filter(|plan| !plan.is_last_year);
    own.filter_map(|plan| {
        let metrics = metrics.get(&plan.target_id)?;
        let now = metrics.last()?;
        Some(TargetSeries {
            target_id: now.target_id,
            framework_id: now.framework_id,
            code: now.code.clone(),
            printed_ref: now.printed_ref.clone(),
            title: now.title.clone(),
            kind: now.kind,
            implied: now.implied,
            owner: now.owner.clone(),
            interval,
            as_at: now.as_at,
            known_at,
            unit: now.unit,
            unit_name: now.unit_name.clone(),
            reported: now.reported,
            aim: now.aim,
            points: plan.points(metrics),
            forecast: now.forecast.clone(),
            direction: now.direction.clone(),
            last_year: continued.get(&plan.target_id).and_then(last_year),
            rule_version: rules::VERSION,
        })
    })
    .collect()
}
