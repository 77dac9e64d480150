//! Database queries that load facts: one statement for each kind of fact, whatever the number of
//! targets.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{Array, Bool, Date, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::facts::{EvaluationFact, PlanPeriodFact, TargetFact};
use super::registers::RegisterRow;
use crate::db::{Error, Statement};
use crate::rules::Measure;
use crate::rules::measure::CoverageBasis;

const PLAN_PERIODS: &str = include_str!("sql/plan_periods.sql");
const TARGETS: &str = include_str!("sql/targets.sql");
pub(super) const MEETINGS: &str = include_str!("sql/meetings.sql");
const ATTENDANCE: &str = include_str!("sql/attendance.sql");
const EVALUATIONS: &str = include_str!("sql/evaluations.sql");
pub(super) const COVERAGE: &str = include_str!("sql/coverage.sql");
pub(super) const ENTRIES: &str = include_str!("sql/entries.sql");

/// How PostgreSQL plans the statements of this module. Custom plans are no better here, and
/// planning one takes as long as running the statement. For arrays of unknown length the planner
/// expects few rows, and then prefers merge joins, whose sorts take twice as long as hash joins.
const PLAN_SETTINGS: &str = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_mergejoin', 'off', true)";

/// Sets how PostgreSQL plans the statements of this module until the transaction ends.
pub(super) async fn set_planner(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    Statement::new(PLAN_SETTINGS).execute(conn).await?;
    Ok(())
}

/// Loads targets by pairs of an id and the day on which to load the target. For the id of a
/// framework, loads all its targets. Also loads the targets of last year that they continue.
pub async fn load_targets(
    conn: &mut AsyncPgConnection,
    requested: &[(Uuid, NaiveDate)],
) -> Result<Vec<TargetFact>, Error> {
    load_facts(conn, TARGETS, requested.iter().copied()).await
}

/// Loads the plan period of each target, in the order of the targets. `id` is the id of a target or
/// of a framework. With `with_last_year`, also loads the plan periods of the targets that they
/// continue.
pub async fn load_plan_periods(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    with_last_year: bool,
) -> Result<Vec<PlanPeriodFact>, Error> {
    let statement = Statement::new(PLAN_PERIODS).bind::<SqlUuid, _>(id).bind::<Bool, _>(with_last_year);
    Ok(statement.load(conn).await?)
}

/// Loads the evaluation forms of events. Each item of `events` is a target with a date and an event
/// that the target counts on that date.
pub(super) async fn load_evaluations(
    conn: &mut AsyncPgConnection,
    events: &[((Uuid, NaiveDate), Uuid)],
) -> Result<Vec<EvaluationFact>, Error> {
    let about: Vec<_> = events.iter().map(|(about, _)| *about).collect();
    let meetings: Vec<_> = events.iter().map(|(_, meeting)| *meeting).collect();
    let (ids, days): (Vec<Uuid>, Vec<NaiveDate>) = about.into_iter().unzip();
    let statement = Statement::new(EVALUATIONS)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Array<Date>, _>(days)
        .bind::<Array<SqlUuid>, _>(meetings);
    Ok(statement.load(conn).await?)
}

/// Loads facts of one kind about targets on dates.
pub(super) async fn load_facts<Fact>(
    conn: &mut AsyncPgConnection,
    sql: &'static str,
    about: impl Iterator<Item = (Uuid, NaiveDate)>,
) -> Result<Vec<Fact>, Error>
where
    Fact: QueryableByName<Pg> + Send + 'static,
{
    let (ids, days): (Vec<Uuid>, Vec<NaiveDate>) = about.unzip();
    Ok(Statement::new(sql).bind::<Array<SqlUuid>, _>(ids).bind::<Array<Date>, _>(days).load(conn).await?)
}

/// Loads the registers of meetings. The rows refer to the meetings by their position, from 1.
pub(super) async fn load_registers(
    conn: &mut AsyncPgConnection,
    meetings: &[Uuid],
) -> Result<Vec<RegisterRow>, Error> {
    Ok(Statement::new(ATTENDANCE).bind::<Array<SqlUuid>, _>(meetings).load(conn).await?)
}

pub(super) const fn reads_meetings(measure: &Measure) -> bool {
    match measure {
        Measure::CouncilCoverage(coverage) => matches!(coverage.basis, CoverageBasis::Attendance),
        _ => matches!(
            measure,
            Measure::AttendanceRate(_)
                | Measure::MeetingsHeld(_)
                | Measure::DeliverablePerMeeting(_)
                | Measure::EvaluationRate(_)
        ),
    }
}

pub(super) const fn reads_registers(measure: &Measure) -> bool {
    matches!(measure, Measure::AttendanceRate(_))
}

pub(super) const fn reads_forms(measure: &Measure) -> bool {
    matches!(measure, Measure::EvaluationRate(_))
}

pub(super) const fn reads_coverage(measure: &Measure) -> bool {
    matches!(measure, Measure::CouncilCoverage(_))
}

pub(super) const fn reads_entries(measure: &Measure) -> bool {
    matches!(
        measure,
        Measure::CouncilCoverage(_)
            | Measure::CountTotal(_)
            | Measure::Ratio(_)
            | Measure::Reading(_)
            | Measure::FinancialBalance(_)
            | Measure::Milestone(_)
            | Measure::Narrative(_)
    )
}
