//! Pure functions that assemble the engagement of councils from facts.

use uuid::Uuid;

use super::model::{
    AttendanceShare, BodyEngagement, CouncilHistory, CoverageReceived, EngagementYear, Missing, OpenRegister,
    UnreportedTarget, VacantSeat,
};
use super::queries::{BodyFact, Facts, LineageFact};
use crate::metrics::turnout::Tally;

/// Returns the engagement of each council in `line`, in the same order.
pub(super) fn histories(line: Vec<LineageFact>, facts: &Facts) -> Vec<CouncilHistory> {
    line.into_iter().map(|council| history(council, facts)).collect()
}

fn history(council: LineageFact, facts: &Facts) -> CouncilHistory {
    let LineageFact { council_id, name, exists_from, exists_until } = council;
    let bodies: Vec<&BodyFact> =
        facts.attendance.iter().filter(|fact| fact.council_id == council_id).collect();
    CouncilHistory {
        council_id,
        name,
        exists_from,
        exists_until,
        // `chunk_by` groups adjacent facts only, so the facts must be sorted by year.
        years: bodies.chunk_by(|a, b| a.plan_from == b.plan_from).filter_map(year).collect(),
        coverage: coverage(facts, council_id),
        missing: missing(facts, council_id),
    }
}

fn year(facts: &[&BodyFact]) -> Option<EngagementYear> {
    let tally: Tally = facts.iter().map(|fact| fact.tally).sum();
    Some(EngagementYear {
        plan_from: facts.first()?.plan_from,
        attendance: share(&tally),
        tally,
        bodies: facts.iter().copied().map(body).collect(),
    })
}

fn body(fact: &BodyFact) -> BodyEngagement {
    BodyEngagement {
        group_id: fact.group_id,
        group_name: fact.group_name.clone(),
        role: fact.role.clone(),
        meetings: fact.meetings,
        meetings_constructed: fact.meetings_constructed,
        attendance: share(&fact.tally),
        tally: fact.tally,
    }
}

fn share(tally: &Tally) -> AttendanceShare {
    AttendanceShare::of(tally.attended, tally.expected)
}

fn coverage(facts: &Facts, council: Uuid) -> Vec<CoverageReceived> {
    let own = facts.coverage.iter().filter(|fact| fact.council_id == council);
    own.map(|fact| CoverageReceived {
        target_id: fact.target_id,
        framework_id: fact.framework_id,
        code: fact.code.clone(),
        title: fact.title.clone(),
        council_reported: fact.council_reported,
        entries: fact.entries,
        occasions: fact.occasions,
        covered: fact.covered,
        latest_on: fact.latest_on,
    })
    .collect()
}

fn missing(facts: &Facts, council: Uuid) -> Missing {
    let registers = facts.open_registers.iter().filter(|fact| fact.council_id == council);
    let targets = facts.unreported.iter().filter(|fact| fact.council_id == council);
    let seats = facts.vacant.iter().filter(|fact| fact.council_id == council);
    Missing {
        open_registers: registers
            .map(|fact| OpenRegister {
                meeting_id: fact.meeting_id,
                group_id: fact.group_id,
                title: fact.title.clone(),
                held_on: fact.held_on,
            })
            .collect(),
        unreported_targets: targets
            .map(|fact| UnreportedTarget {
                target_id: fact.target_id,
                framework_id: fact.framework_id,
                code: fact.code.clone(),
                title: fact.title.clone(),
            })
            .collect(),
        vacant_seats: seats
            .map(|fact| VacantSeat {
                seat_id: fact.seat_id,
                group_id: fact.group_id,
                group_name: fact.group_name.clone(),
                role: fact.role.clone(),
                ordinal: fact.ordinal,
            })
            .collect(),
    }
}
