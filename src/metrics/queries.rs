//! Database queries that load facts: one statement for each kind of fact, whatever the number of
//! targets.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{Array, Bool, Date, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::facts::{About, Evidence, PlanYearFact, TargetFact};
use super::register_counts::{RegisterCounts, RegisterRow};
use crate::db::{Error, Statement};
use crate::rules::Measure;
use crate::rules::measure::{AttendanceRate, CoverageBasis};

const PLAN_YEARS: &str = include_str!("sql/plan_years.sql");
const TARGETS: &str = include_str!("sql/targets.sql");
const MEETINGS: &str = include_str!("sql/meetings.sql");
const ATTENDANCE: &str = include_str!("sql/attendance.sql");
const EVALUATIONS: &str = include_str!("sql/evaluations.sql");
const COVERAGE: &str = include_str!("sql/coverage.sql");
const ENTRIES: &str = include_str!("sql/entries.sql");

/// The statement that sets how PostgreSQL plans the statements of this module until the transaction
/// ends. Custom plans are no better here, and planning one takes as long as running the statement.
/// For arrays of unknown length the planner expects few rows, and then prefers merge joins, whose
/// sorts take twice as long as hash joins.
const PLAN_SETTINGS: &str = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_mergejoin', 'off', true)";

/// Loads the target with this id, or all targets of the framework with this id, as on `day`. Also
/// loads the targets of last year that they continue.
pub async fn load_targets(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    day: NaiveDate,
) -> Result<Vec<TargetFact>, Error> {
    load_targets_on(conn, &[(id, day)]).await
}

/// Loads targets by pairs of an id and the day on which to load the target. Also loads the targets
/// of last year that they continue.
pub async fn load_targets_on(
    conn: &mut AsyncPgConnection,
    requested: &[(Uuid, NaiveDate)],
) -> Result<Vec<TargetFact>, Error> {
    Statement::new(PLAN_SETTINGS).execute(conn).await?;
    load_facts(conn, TARGETS, requested.iter().copied()).await
}

/// Loads the plan year of each target, in the order of the targets. `id` is the id of a target or
/// of a framework. With `with_last_year`, also loads the plan years of the targets that they
/// continue.
pub async fn load_plan_years(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    with_last_year: bool,
) -> Result<Vec<PlanYearFact>, Error> {
    let statement = Statement::new(PLAN_YEARS).bind::<SqlUuid, _>(id).bind::<Bool, _>(with_last_year);
    Ok(statement.load(conn).await?)
}

async fn load_facts<Fact>(
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

/// Loads all facts about each target on its date. Skips the kinds of facts that no target uses.
pub async fn load_evidence(
    conn: &mut AsyncPgConnection,
    targets: &[TargetFact],
) -> Result<HashMap<(Uuid, NaiveDate), Evidence>, Error> {
    // A target can occur twice on one day: as a requested target, and as last year's target of
    // another target.
    let about = |reads: fn(&Measure) -> bool| -> BTreeSet<(Uuid, NaiveDate)> {
        targets.iter().filter(|target| reads(&target.measure)).map(About::about).collect()
    };
    let mut found: HashMap<_, Evidence> = HashMap::new();
    load_meetings_into(conn, about(reads_meetings), &mut found).await?;
    load_attendance_into(conn, targets, &mut found).await?;
    load_into(conn, EVALUATIONS, about(reads_forms), &mut found, |evidence| &mut evidence.evaluations)
        .await?;
    load_into(conn, COVERAGE, about(reads_coverage), &mut found, |evidence| &mut evidence.coverage).await?;
    load_into(conn, ENTRIES, about(reads_entries), &mut found, |evidence| &mut evidence.entries).await?;
    Ok(found)
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
            | Measure::FinancialBalance(_)
            | Measure::Milestone(_)
            | Measure::Narrative(_)
    )
}

/// Loads each meeting of the targets once, and adds it to the evidence of each date.
async fn load_meetings_into(
    conn: &mut AsyncPgConnection,
    about: BTreeSet<(Uuid, NaiveDate)>,
    found: &mut HashMap<(Uuid, NaiveDate), Evidence>,
) -> Result<(), Error> {
    let mut latest = HashMap::new();
    load_into(conn, MEETINGS, about.clone(), &mut latest, |evidence| &mut evidence.meetings).await?;
    let latest: HashMap<Uuid, Evidence> = latest.into_iter().map(|((id, _), found)| (id, found)).collect();
    for (id, as_at) in about {
        let meetings = latest.get(&id).into_iter().flat_map(|evidence| &evidence.meetings);
        found.entry((id, as_at)).or_default().meetings = meetings.map(|meeting| meeting.on(as_at)).collect();
    }
    Ok(())
}

/// Loads each closed register once, and counts it for each target and date that uses it.
async fn load_attendance_into(
    conn: &mut AsyncPgConnection,
    targets: &[TargetFact],
    found: &mut HashMap<(Uuid, NaiveDate), Evidence>,
) -> Result<(), Error> {
    let mut counted: HashMap<Uuid, (&AttendanceRate, BTreeSet<NaiveDate>)> = HashMap::new();
    for target in targets {
        if let Measure::AttendanceRate(measure) = &target.measure {
            counted.entry(target.target_id).or_insert((measure, BTreeSet::new())).1.insert(target.as_at);
        }
    }
    let registers: Vec<_> = counted
        .into_iter()
        .filter_map(|(id, (measure, dates))| {
            let latest = found.get(&(id, *dates.last()?))?.meetings.iter();
            let meetings: Vec<_> = latest.filter(|meeting| meeting.has_closed_register()).collect();
            Some((id, measure, dates, meetings))
        })
        .collect();
    let ids: BTreeSet<Uuid> =
        registers.iter().flat_map(|(.., meetings)| meetings).map(|meeting| meeting.meeting_id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let ordinals: HashMap<Uuid, i32> = ids.iter().copied().zip(1..).collect();
    let statement = Statement::new(ATTENDANCE).bind::<Array<SqlUuid>, _>(Vec::from_iter(ids));
    let rows: Vec<RegisterRow> = statement.load(conn).await?;
    let counts: Vec<_> = registers
        .into_iter()
        .map(|(id, measure, dates, meetings)| {
            (id, dates, RegisterCounts::new(measure, &meetings, &ordinals, &rows))
        })
        .collect();
    for (id, dates, counts) in counts {
        for as_at in dates {
            found.entry((id, as_at)).or_default().attendance = counts.on(as_at);
        }
    }
    Ok(())
}

async fn load_into<Fact>(
    conn: &mut AsyncPgConnection,
    sql: &'static str,
    about: BTreeSet<(Uuid, NaiveDate)>,
    found: &mut HashMap<(Uuid, NaiveDate), Evidence>,
    facts_of: impl Fn(&mut Evidence) -> &mut Vec<Fact>,
) -> Result<(), Error>
where
    Fact: About + QueryableByName<Pg> + Send + 'static,
{
    if about.is_empty() {
        return Ok(());
    }
    let facts: Vec<Fact> = load_facts(conn, sql, about.into_iter()).await?;
    for fact in facts {
        facts_of(found.entry(fact.about()).or_default()).push(fact);
    }
    Ok(())
}
