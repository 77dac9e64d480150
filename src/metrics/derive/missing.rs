//! Lists the records that are due and missing. The completeness of a metric counts the same
//! records.

use super::dispatch::derive;
use super::evaluations::awaits_forms;
use super::meetings::{awaits_deliverable, awaits_register, is_unreported};
use super::readings;
use crate::metrics::facts::{Evidence, MeetingFact, TargetFact};
use crate::metrics::model::MissingKind;
use crate::rules::period::Period;

#[derive(Debug, Clone, Copy)]
pub struct Missing<'e> {
    pub kind: MissingKind,
    pub from: MissingFrom<'e>,
}

/// Where a record is missing: a meeting or a reporting period.
#[derive(Debug, Clone, Copy)]
pub enum MissingFrom<'e> {
    Meeting(&'e MeetingFact),
    Period(Period),
}

/// Lists the records that are due and missing for a target. Which kinds of records are due depends
/// on the target's measure.
pub fn missing<'e>(target: &TargetFact, evidence: &'e Evidence) -> Vec<Missing<'e>> {
    let awaited = derive(target, evidence).completeness;
    let mut all = Vec::new();
    let mut of_meetings = |count: Option<i64>, kind, is_missing: &dyn Fn(&MeetingFact) -> bool| {
        let meetings = evidence.meetings.iter().filter(|meeting| count.is_some() && is_missing(meeting));
        all.extend(meetings.map(|meeting| Missing { kind, from: MissingFrom::Meeting(meeting) }));
    };
    of_meetings(awaited.meetings_unreported, MissingKind::MeetingReport, &is_unreported);
    of_meetings(awaited.registers_open, MissingKind::Register, &awaits_register);
    of_meetings(awaited.deliverables_unknown, MissingKind::Deliverable, &awaits_deliverable);
    of_meetings(awaited.meetings_without_forms, MissingKind::Forms, &|m| awaits_forms(m, evidence));
    if awaited.readings_due.is_some() {
        let periods = readings::missing(target, evidence).into_iter();
        all.extend(periods.map(|p| Missing { kind: MissingKind::Reading, from: MissingFrom::Period(p) }));
    }
    all
}
