//! Fact sets: targets on dates, with everything from which their metrics are derived. A part of a
//! fact set can be loaded again after records have changed.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::facts::{About, Evidence, MeetingFact, TargetFact};
use super::queries;
use super::register_counts::RegisterCounts;
use super::registers::Registers;
use crate::db::Error;
use crate::rules::Measure;
use crate::rules::measure::AttendanceRate;

#[derive(Debug, Clone, Default)]
pub struct FactSet {
    /// The requested targets, and the targets of last year whose work the requested targets
    /// continue.
    pub targets: Vec<TargetFact>,
    pub evidence: HashMap<(Uuid, NaiveDate), Evidence>,
    registers: Registers,
}

/// The facts of a fact set that must be loaded.
#[derive(Debug, Clone)]
pub struct StaleFacts {
    pub targets: bool,
    pub meetings: bool,
    pub registers: StaleRegisters,
    pub evaluations: bool,
    pub coverage: bool,
    pub entries: bool,
}

#[derive(Debug, Clone)]
pub enum StaleRegisters {
    All,
    Of(BTreeSet<Uuid>),
}

impl StaleFacts {
    pub const ALL: Self = Self {
        targets: true,
        meetings: true,
        registers: StaleRegisters::All,
        evaluations: true,
        coverage: true,
        entries: true,
    };

    /// No stale facts.
    pub const NONE: Self = Self {
        targets: false,
        meetings: false,
        registers: StaleRegisters::Of(BTreeSet::new()),
        evaluations: false,
        coverage: false,
        entries: false,
    };

    pub fn is_none(&self) -> bool {
        let Self { targets, meetings, registers, evaluations, coverage, entries } = self;
        let has_registers = !matches!(registers, StaleRegisters::Of(meetings) if meetings.is_empty());
        !(*targets || *meetings || has_registers || *evaluations || *coverage || *entries)
    }
}

/// The meetings whose registers a target counts, and the dates on which it counts them.
struct CountedRegisters<'f> {
    target_id: Uuid,
    measure: &'f AttendanceRate,
    dates: BTreeSet<NaiveDate>,
    meetings: Vec<&'f MeetingFact>,
}

impl FactSet {
    /// Loads targets on dates, with their evidence. Each item of `requested` is a date with the id
    /// of a target, or with the id of a framework for all its targets.
    pub async fn load(conn: &mut AsyncPgConnection, requested: &[(Uuid, NaiveDate)]) -> Result<Self, Error> {
        let mut facts = Self::default();
        facts.update(conn, requested, &StaleFacts::ALL).await?;
        Ok(facts)
    }

    /// Loads one target on a date, with its evidence and without the target of last year that it
    /// continues. Returns `None` if the target does not exist.
    pub async fn load_one(
        conn: &mut AsyncPgConnection,
        id: Uuid,
        day: NaiveDate,
    ) -> Result<Option<(TargetFact, Evidence)>, Error> {
        queries::set_planner(conn).await?;
        let mut targets = queries::load_targets(conn, &[(id, day)]).await?;
        targets.retain(|target| target.target_id == id && !target.is_last_year);
        let mut facts = Self { targets, ..Self::default() };
        facts.update_evidence(conn, &StaleFacts::ALL).await?;
        let Self { mut targets, mut evidence, .. } = facts;
        let target = targets.pop();
        Ok(target.map(|target| {
            let evidence = evidence.remove(&target.about()).unwrap_or_default();
            (target, evidence)
        }))
    }

    /// Returns each requested target with its evidence.
    pub fn requested(&self) -> impl Iterator<Item = (&TargetFact, &Evidence)> {
        static NO_EVIDENCE: LazyLock<Evidence> = LazyLock::new(Evidence::default);
        let requested = self.targets.iter().filter(|target| !target.is_last_year);
        requested.map(|target| (target, self.evidence.get(&target.about()).unwrap_or(&NO_EVIDENCE)))
    }

    /// Loads the stale facts again. The other facts must be current.
    pub async fn update(
        &mut self,
        conn: &mut AsyncPgConnection,
        requested: &[(Uuid, NaiveDate)],
        stale: &StaleFacts,
    ) -> Result<(), Error> {
        queries::set_planner(conn).await?;
        if stale.targets {
            self.targets = queries::load_targets(conn, requested).await?;
        }
        self.update_evidence(conn, stale).await
    }

    async fn update_evidence(
        &mut self,
        conn: &mut AsyncPgConnection,
        stale: &StaleFacts,
    ) -> Result<(), Error> {
        // A target can occur twice on one day: as a requested target, and as last year's target of
        // another target.
        let about = |reads: fn(&Measure) -> bool| -> BTreeSet<(Uuid, NaiveDate)> {
            self.targets.iter().filter(|target| reads(&target.measure)).map(About::about).collect()
        };
        let evidence = &mut self.evidence;
        if stale.meetings {
            load_meetings(conn, about(queries::reads_meetings), evidence).await?;
        }
        if stale.evaluations {
            load_evaluations(conn, about(queries::reads_forms), evidence).await?;
        }
        if stale.coverage {
            let about = about(queries::reads_coverage);
            load_into(conn, queries::COVERAGE, about, evidence, |of| &mut of.coverage).await?;
        }
        if stale.entries {
            let about = about(queries::reads_entries);
            load_into(conn, queries::ENTRIES, about, evidence, |of| &mut of.entries).await?;
        }
        self.update_registers(conn, stale).await
    }

    /// Loads the stale registers, and counts them for each target and date that uses them.
    async fn update_registers(
        &mut self,
        conn: &mut AsyncPgConnection,
        stale: &StaleFacts,
    ) -> Result<(), Error> {
        let Self { targets, evidence, registers } = self;
        match &stale.registers {
            StaleRegisters::All => *registers = Registers::default(),
            StaleRegisters::Of(meetings) => registers.remove(meetings),
        }
        let counted = counted_registers(targets, evidence);
        let meetings = counted.iter().flat_map(|counted| &counted.meetings);
        let missing = registers.retain(&meetings.map(|meeting| meeting.meeting_id).collect());
        if !missing.is_empty() {
            registers.insert(&missing, queries::load_registers(conn, &missing).await?);
        }
        let loaded: BTreeSet<Uuid> = missing.into_iter().collect();
        let is_stale = |counted: &CountedRegisters<'_>| {
            stale.meetings || counted.meetings.iter().any(|meeting| loaded.contains(&meeting.meeting_id))
        };
        let counts = counted.into_iter().filter(is_stale).map(|counted| {
            (
                counted.target_id,
                RegisterCounts::new(counted.measure, &counted.meetings, registers),
                counted.dates,
            )
        });
        for (target_id, counts, dates) in counts.collect::<Vec<_>>() {
            for as_at in dates {
                evidence.entry((target_id, as_at)).or_default().attendance = counts.on(as_at);
            }
        }
        Ok(())
    }

    /// Returns the approximate size in memory, in bytes.
    pub fn size(&self) -> usize {
        let evidence: usize = self.evidence.values().map(Evidence::size).sum();
        evidence + self.targets.len() * 2 * size_of::<TargetFact>() + self.registers.size()
    }
}

fn counted_registers<'f>(
    targets: &'f [TargetFact],
    evidence: &'f HashMap<(Uuid, NaiveDate), Evidence>,
) -> Vec<CountedRegisters<'f>> {
    let mut dates: HashMap<Uuid, (&AttendanceRate, BTreeSet<NaiveDate>)> = HashMap::new();
    for target in targets {
        if let Measure::AttendanceRate(measure) = &target.measure {
            dates.entry(target.target_id).or_insert((measure, BTreeSet::new())).1.insert(target.as_at);
        }
    }
    let counted = dates.into_iter().filter_map(|(target_id, (measure, dates))| {
        let latest = evidence.get(&(target_id, *dates.last()?))?.meetings.iter();
        let meetings = latest.filter(|meeting| meeting.has_closed_register()).collect();
        Some(CountedRegisters { target_id, measure, dates, meetings })
    });
    counted.collect()
}

/// Loads each meeting of the targets once, and adds it to the evidence of each date.
async fn load_meetings(
    conn: &mut AsyncPgConnection,
    about: BTreeSet<(Uuid, NaiveDate)>,
    evidence: &mut HashMap<(Uuid, NaiveDate), Evidence>,
) -> Result<(), Error> {
    let mut latest = HashMap::new();
    load_into(conn, queries::MEETINGS, about.clone(), &mut latest, |evidence| &mut evidence.meetings).await?;
    let latest: HashMap<Uuid, Evidence> = latest.into_iter().map(|((id, _), found)| (id, found)).collect();
    for (id, as_at) in about {
        let meetings = latest.get(&id).into_iter().flat_map(|evidence| &evidence.meetings);
        evidence.entry((id, as_at)).or_default().meetings =
            meetings.map(|meeting| meeting.on(as_at)).collect();
    }
    Ok(())
}

/// Loads the evaluation forms, and replaces them in the evidence. The meetings in the evidence must
/// be current.
async fn load_evaluations(
    conn: &mut AsyncPgConnection,
    about: BTreeSet<(Uuid, NaiveDate)>,
    evidence: &mut HashMap<(Uuid, NaiveDate), Evidence>,
) -> Result<(), Error> {
    let events = about.iter().filter_map(|about| Some((about, evidence.get(about)?)));
    let events: Vec<_> = events
        .flat_map(|(about, evidence)| {
            let held = evidence.meetings.iter().filter(|meeting| meeting.is_held());
            held.map(|meeting| (*about, meeting.meeting_id))
        })
        .collect();
    let facts = if events.is_empty() { Vec::new() } else { queries::load_evaluations(conn, &events).await? };
    replace(evidence, facts, |evidence| &mut evidence.evaluations);
    Ok(())
}

/// Loads one kind of facts, and replaces it in the evidence.
async fn load_into<Fact>(
    conn: &mut AsyncPgConnection,
    sql: &'static str,
    about: BTreeSet<(Uuid, NaiveDate)>,
    evidence: &mut HashMap<(Uuid, NaiveDate), Evidence>,
    facts_of: impl Fn(&mut Evidence) -> &mut Vec<Fact>,
) -> Result<(), Error>
where
    Fact: About + diesel::QueryableByName<diesel::pg::Pg> + Send + 'static,
{
    let facts =
        if about.is_empty() { Vec::new() } else { queries::load_facts(conn, sql, about.into_iter()).await? };
    replace(evidence, facts, facts_of);
    Ok(())
}

/// Replaces one kind of facts in the evidence.
fn replace<Fact: About>(
    evidence: &mut HashMap<(Uuid, NaiveDate), Evidence>,
    facts: Vec<Fact>,
    facts_of: impl Fn(&mut Evidence) -> &mut Vec<Fact>,
) {
    evidence.values_mut().for_each(|evidence| facts_of(evidence).clear());
    for fact in facts {
        facts_of(evidence.entry(fact.about()).or_default()).push(fact);
    }
}
