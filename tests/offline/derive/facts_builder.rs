//! Builders of progress entries, coverage and attendance, and of all facts about a target.

use outturn::metrics::facts::{
    AttendanceFact, AttendanceScope, CoverageFact, EntryFact, Evidence, TargetFact,
};
use outturn::rules::Measure;
use serde_json::json;

use super::builders::{LAST_DAY, Meeting, day, id, read};

/// A progress entry.
#[derive(Debug, Clone)]
pub struct Entry(EntryFact);

/// Creates an entry with this id and day. It has no value.
pub fn entry(n: u128, on: &str) -> Entry {
    Entry(EntryFact {
        target_id: id(1),
        as_at: day(LAST_DAY),
        progress_id: id(n),
        council_id: None,
        occurred_on: day(on),
        occasion: None,
        count: None,
        numerator: None,
        denominator: None,
        reading: None,
        income_pence: None,
        cost_pence: None,
        milestone_state: None,
        provisional: false,
    })
}

impl Entry {
    fn set(mut self, change: impl FnOnce(&mut EntryFact)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn count(self, count: i64) -> Self {
        self.set(|fact| fact.count = Some(count))
    }

    pub fn ratio(self, numerator: i64, denominator: i64) -> Self {
        self.set(|fact| (fact.numerator, fact.denominator) = (Some(numerator), Some(denominator)))
    }

    pub fn reading(self, value: f64) -> Self {
        self.set(|fact| fact.reading = Some(read(json!(value))))
    }

    pub fn provisional(self) -> Self {
        self.set(|fact| fact.provisional = true)
    }

    pub fn money(self, income: i64, cost: i64) -> Self {
        self.set(|fact| (fact.income_pence, fact.cost_pence) = (Some(income), Some(cost)))
    }

    pub fn state(self, state: &str) -> Self {
        self.set(|fact| fact.milestone_state = Some(read(json!(state))))
    }

    pub fn council(self, n: u128) -> Self {
        self.set(|fact| fact.council_id = Some(id(n)))
    }

    pub fn occasion(self, occasion: &str) -> Self {
        self.set(|fact| fact.occasion = Some(read(json!(occasion))))
    }
}

/// Facts about a target, on whatever day it is read.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    meetings: Vec<Meeting>,
    over_meetings: Vec<AttendanceFact>,
    coverage: Vec<CoverageFact>,
    entries: Vec<Entry>,
}

pub fn nothing() -> Facts {
    Facts::default()
}

pub fn meetings(meetings: impl IntoIterator<Item = Meeting>) -> Facts {
    Facts { meetings: meetings.into_iter().collect(), ..nothing() }
}

pub fn entries(entries: impl IntoIterator<Item = Entry>) -> Facts {
    Facts { entries: entries.into_iter().collect(), ..nothing() }
}

/// Councils covered of the cohort, on an occasion without a name.
pub fn coverage(covered: i64, cohort: i64) -> Facts {
    nothing().occasion(None, covered, cohort)
}

impl Facts {
    pub fn and_entries(self, entries: impl IntoIterator<Item = Entry>) -> Self {
        Self { entries: entries.into_iter().collect(), ..self }
    }

    /// Adds the attendance over all meetings, where attending once is enough.
    pub fn over_all(mut self, attended: i64, expected: i64) -> Self {
        self.over_meetings.push(attendance(AttendanceScope::All, attended, expected));
        self
    }

    /// Adds the attendance over the meetings of a group, where attending once is enough.
    pub fn over_group(mut self, group: u128, attended: i64, expected: i64) -> Self {
        let over_group = attendance(AttendanceScope::Group, attended, expected);
        self.over_meetings.push(AttendanceFact { group_id: Some(id(group)), ..over_group });
        self
    }

    /// Adds an occasion on which something was recorded.
    pub fn occasion(mut self, occasion: Option<&str>, covered: i64, cohort: i64) -> Self {
        self.coverage.push(CoverageFact {
            target_id: id(1),
            as_at: day(LAST_DAY),
            occasion: occasion.map(|occasion| read(json!(occasion))),
            covered,
            cohort,
            entries: cohort.max(1),
        });
        self
    }

    /// Adds a cohort about which nothing is recorded.
    pub fn unrecorded(self, cohort: i64) -> Self {
        let mut facts = self.occasion(None, 0, cohort);
        facts.coverage.iter_mut().for_each(|fact| fact.entries = 0);
        facts
    }

    /// Returns the facts as the statements return them for the target on its day: without
    /// registers, forms and entries of later days. Only an evaluation rate reads forms.
    pub fn on(&self, target: &TargetFact) -> Evidence {
        let as_at = target.as_at;
        let reached = || self.meetings.iter().filter(|meeting| meeting.fact.counts_from <= as_at);
        let asks = matches!(target.measure, Measure::EvaluationRate(_));
        let over = self.over_meetings.iter().cloned();
        Evidence {
            meetings: self.meetings.iter().map(|meeting| meeting.fact.on(as_at)).collect(),
            attendance: reached().filter_map(Meeting::turnout).chain(over).collect(),
            evaluations: reached().filter(|_| asks).filter_map(|meeting| meeting.forms.clone()).collect(),
            coverage: self.coverage.clone(),
            entries: self
                .entries
                .iter()
                .map(|entry| entry.0.clone())
                .filter(|e| e.occurred_on <= as_at)
                .collect(),
        }
    }
}

/// So many attended of so many expected.
pub fn attendance(scope: AttendanceScope, attended: i64, expected: i64) -> AttendanceFact {
    AttendanceFact {
        scope,
        meeting_id: None,
        group_id: None,
        expected,
        attended,
        attended_or_sent: attended,
        attended_oneself: attended,
        present: attended,
        present_virtual: 0,
        substitutes: 0,
        apologies: 0,
        absent: expected - attended,
        not_recorded: 0,
        vacant: 0,
    }
}
