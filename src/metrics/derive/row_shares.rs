//! Determines the share of each row in a metric, with the functions that also derive the value.

use std::collections::HashMap;

use uuid::Uuid;

use super::{attendance, coverage, entries, evaluations, meetings};
use crate::metrics::facts::{AttendanceFact, EntryFact, Evidence, MeetingFact, TargetFact};
use crate::metrics::model::{RowReason, Share};
use crate::rules::Measure;
use crate::values::ShortText;

/// Computes, from a target's evidence, what each meeting, evaluation and progress entry adds to the
/// target's metric.
pub struct RowShares<'e> {
    target: &'e TargetFact,
    evidence: &'e Evidence,
    meetings: HashMap<Uuid, &'e MeetingFact>,
    attendance: HashMap<Uuid, &'e AttendanceFact>,
    entries: HashMap<Uuid, usize>,
    decisive_meeting: Option<Uuid>,
    decisive_entries: Vec<Uuid>,
}

impl<'e> RowShares<'e> {
    pub fn of(target: &'e TargetFact, evidence: &'e Evidence) -> Self {
        let counted = attendance::counted(evidence);
        let decisive_meeting = match &target.measure {
            Measure::AttendanceRate(measure) => attendance::decisive(target, measure, &counted),
            _ => None,
        };
        let decisive_entries = match &target.measure {
            Measure::Ratio(measure) => entries::decisive(measure, &evidence.entries),
            Measure::Reading(measure) => entries::decisive_readings(measure, &evidence.entries),
            _ => Vec::new(),
        };
        Self {
            target,
            evidence,
            meetings: evidence.meetings.iter().map(|fact| (fact.meeting_id, fact)).collect(),
            attendance: counted.iter().filter_map(|fact| Some((fact.meeting_id?, *fact))).collect(),
            entries: evidence.entries.iter().enumerate().map(|(i, entry)| (entry.progress_id, i)).collect(),
            decisive_meeting,
            decisive_entries: decisive_entries.iter().map(|entry| entry.progress_id).collect(),
        }
    }

    /// Returns the number expected and attended at a meeting. Returns `None` if the metric does not
    /// count the meeting.
    pub fn turnout(&self, meeting: Uuid) -> Option<&'e AttendanceFact> {
        self.attendance.get(&meeting).copied()
    }

    /// Returns what a meeting adds to the metric. Returns `None` for a meeting that does not belong
    /// to the target.
    pub fn meeting(&self, meeting: Uuid) -> Option<Share> {
        let fact = self.meetings.get(&meeting)?;
        if let Some(reason) = meetings::not_held_reason(fact) {
            return Some(Share::excluded(reason));
        }
        Some(match &self.target.measure {
            Measure::MeetingsHeld(_) if meetings::is_handed_over(self.target) => {
                Share::excluded(RowReason::HandedOver)
            }
            Measure::MeetingsHeld(_) => Share::amount(1),
            Measure::DeliverablePerMeeting(_) => fact.delivered.map_or_else(
                || Share::excluded(RowReason::NotKnown),
                |delivered| Share::one((!delivered).then_some(RowReason::NotDelivered)),
            ),
            Measure::EvaluationRate(_) => self.by_forms(meeting),
            _ => self.by_register(fact),
        })
    }

    fn by_forms(&self, meeting: Uuid) -> Share {
        let has_forms = self.evidence.evaluations.iter().any(|fact| fact.meeting_id == meeting);
        if has_forms { Share::indirect() } else { Share::excluded(RowReason::NoForms) }
    }

    fn by_register(&self, meeting: &MeetingFact) -> Share {
        let is_rate = matches!(self.target.measure, Measure::AttendanceRate(_));
        let decides = self.decisive_meeting.is_none_or(|decisive| decisive == meeting.meeting_id);
        match meetings::no_register_reason(meeting) {
            Some(reason) => Share::excluded(reason),
            None if is_rate && !self.attendance.contains_key(&meeting.meeting_id) => {
                Share::excluded(RowReason::NobodyExpected)
            }
            None if !decides => Share::excluded(RowReason::AnotherDecides),
            None => Share::indirect(),
        }
    }

    /// Returns what the evaluation forms of a meeting add to the metric. Only forms that answer the
    /// measure's question count.
    pub fn forms(&self, meeting: Uuid) -> Option<Share> {
        let fact = self.evidence.evaluations.iter().find(|fact| fact.meeting_id == meeting)?;
        Some(if evaluations::is_on_another_scale(fact) {
            Share::excluded(RowReason::ScaleLacksRating)
        } else {
            Share::rate(evaluations::rate(fact))
        })
    }

    /// Returns the reason why a coverage does not count an occasion, or `None` if it counts the
    /// occasion.
    pub fn occasion(&self, occasion: Option<&ShortText>) -> Option<RowReason> {
        let Measure::CouncilCoverage(measure) = &self.target.measure else { return None };
        if coverage::is_before_its_year(self.target, measure) {
            return Some(RowReason::OutsideWindow);
        }
        let occasions = coverage::recorded_occasions(self.target, measure, self.evidence);
        let is_requested = |fact: &&_| coverage::is_about_occasion(fact, occasion);
        if !occasions.iter().any(is_requested) {
            return Some(RowReason::NotRecorded);
        }
        let counts = coverage::decisive(self.target, measure, occasions).iter().any(is_requested);
        (!counts).then_some(RowReason::AnotherDecides)
    }

    /// Returns what a progress entry adds to the metric. Returns `None` if a correction replaces
    /// the entry, or if the metric cannot count entries of that date.
    pub fn entry(&self, entry: Uuid) -> Option<Share> {
        let i = *self.entries.get(&entry)?;
        let all = &self.evidence.entries;
        let fact = &all[i];
        let overtaken = Share::excluded(RowReason::OvertakenByLaterReading);
        Some(match &self.target.measure {
            Measure::CountTotal(_) => Share::amount(entries::counted(fact)),
            Measure::FinancialBalance(_) => Share::amount(entries::net(fact)),
            Measure::Milestone(_) if i + 1 < all.len() => overtaken,
            Measure::Milestone(_) => Share::amount(fact.milestone_state.map_or(0, entries::milestone_value)),
            Measure::Ratio(_) => self.ratio(fact, entries::is_overtaken(all, i)),
            Measure::Reading(_) if self.decisive_entries.contains(&entry) => Share::reading(),
            Measure::Reading(_) if entries::is_overtaken(all, i) => overtaken,
            Measure::Reading(_) => Share::excluded(RowReason::AnotherDecides),
            Measure::CouncilCoverage(measure) if coverage::is_overtaken(measure, all, i) => overtaken,
            Measure::CouncilCoverage(_) => Share::indirect(),
            _ => Share::excluded(RowReason::JudgedOnly),
        })
    }

    fn ratio(&self, fact: &EntryFact, is_overtaken: bool) -> Share {
        let Some(rate) = entries::rate(fact) else { return Share::excluded(RowReason::NotRecorded) };
        if self.decisive_entries.contains(&fact.progress_id) {
            return Share::rate(rate);
        }
        match (is_overtaken, rate.denominator) {
            (true, _) => Share::excluded(RowReason::OvertakenByLaterReading),
            // If every reading has the denominator 0, no reading decides the value, and each
            // reading adds 0 of 0.
            (false, 0) if self.decisive_entries.is_empty() => Share::rate(rate),
            (false, 0) => Share::excluded(RowReason::ZeroDenominator),
            (false, _) => Share::excluded(RowReason::AnotherDecides),
        }
    }
}
