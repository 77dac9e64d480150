//! Converts the rows of SQL statements to rows of an explanation, with the share of each row.

use std::collections::HashMap;

use uuid::Uuid;

use super::position::{Part, RowPosition};
use super::row_facts::{CouncilRow, EntryRow, EvaluationRow, LineRow, MeetingRow};
use crate::metrics::derive::RowShares;
use crate::metrics::facts::{AttendanceFact, TargetFact};
use crate::metrics::model::{
    ExplainedCouncil, ExplainedEntry, ExplainedEvaluation, ExplainedLine, ExplainedMeeting, ExplainedRow,
    ExplainedTurnout, ExplanationFilter, RowReason, Share,
};
use crate::rules::Measure;
use crate::rules::measure::OccasionAggregate;
use crate::values::{Day, ShortText};

pub type PositionedRow = (RowPosition, ExplainedRow);

pub fn matches_filter(filter: &ExplanationFilter, row: &ExplainedRow) -> bool {
    let (share, meeting) = match row {
        ExplainedRow::Meeting(row) => (&row.share, Some(row.meeting_id)),
        ExplainedRow::Line(row) => (&row.share, Some(row.meeting_id)),
        ExplainedRow::Evaluation(row) => (&row.share, Some(row.meeting_id)),
        ExplainedRow::Council(row) => (&row.share, None),
        ExplainedRow::Entry(row) => (&row.share, None),
    };
    filter.counts.is_none_or(|counts| counts == share.counts)
        && filter.meeting_id.is_none_or(|requested| meeting == Some(requested))
}

pub fn meeting(row_shares: &RowShares<'_>, row: MeetingRow) -> PositionedRow {
    let left_out = row.left_out.map(Share::excluded);
    let share = left_out.or_else(|| row_shares.meeting(row.meeting_id));
    let position = RowPosition::new(Part::Meetings, Day(row.held_on), None, row.meeting_id);
    let meeting = ExplainedMeeting {
        meeting_id: row.meeting_id,
        title: row.title,
        group_id: row.group_id,
        group_name: row.group_name,
        held_on: Day(row.held_on),
        status: row.status,
        register: row.register,
        share: share.unwrap_or(Share::excluded(RowReason::OutsideWindow)),
        turnout: row_shares.turnout(row.meeting_id).map(turnout),
    };
    (position, ExplainedRow::Meeting(meeting))
}

const fn turnout(fact: &AttendanceFact) -> ExplainedTurnout {
    ExplainedTurnout {
        expected: fact.expected,
        attended: fact.attended,
        present: fact.present,
        present_virtual: fact.present_virtual,
        substitutes: fact.substitutes,
        apologies: fact.apologies,
        absent: fact.absent,
        not_recorded: fact.not_recorded,
        vacant: fact.vacant,
    }
}

pub fn line(row: LineRow) -> PositionedRow {
    let position = RowPosition::new(Part::Lines, Day(row.held_on), Some(row.meeting_id), row.id);
    let line = ExplainedLine {
        meeting_id: row.meeting_id,
        held_on: Day(row.held_on),
        seat_id: row.seat_id,
        role: row.role,
        council_id: row.council_id,
        council_name: row.council_name,
        attendance_id: row.attendance_id,
        status: row.status,
        share: Share {
            counts: row.counts,
            reason: row.reason,
            numerator: row.numerator,
            denominator: row.denominator,
        },
        counted_at_meeting_id: row.counted_at_meeting_id,
        counted_at_seat_id: row.counted_at_seat_id,
    };
    (position, ExplainedRow::Line(line))
}

/// Converts the evaluation of a meeting to a row of the explanation. If the meeting was not held,
/// its forms do not count, for the same reason as the meeting.
pub fn evaluation(row_shares: &RowShares<'_>, row: EvaluationRow) -> PositionedRow {
    let share = if row.is_of_question {
        row_shares.forms(row.meeting_id).or_else(|| row_shares.meeting(row.meeting_id))
    } else {
        Some(Share::excluded(RowReason::AnotherQuestion))
    };
    let position =
        RowPosition::new(Part::Evaluations, Day(row.held_on), Some(row.meeting_id), row.evaluation_id);
    let evaluation = ExplainedEvaluation {
        evaluation_id: row.evaluation_id,
        meeting_id: row.meeting_id,
        held_on: Day(row.held_on),
        question: row.question,
        handed_out: row.handed_out,
        ratings: row.ratings,
        share: share.unwrap_or(Share::excluded(RowReason::OutsideWindow)),
    };
    (position, ExplainedRow::Evaluation(evaluation))
}

fn council_share(row_shares: &RowShares<'_>, row: &CouncilRow) -> Share {
    if !row.is_in_cohort {
        return Share::excluded(RowReason::CouncilNotInCohort);
    }
    match row_shares.occasion(row.occasion.as_ref()) {
        Some(reason) => Share::excluded(reason),
        None if row.is_covered => Share::one(None),
        None if row.is_recorded => Share::one(Some(RowReason::NotCovered)),
        None => Share::one(Some(RowReason::NotRecorded)),
    }
}

pub fn council(row_shares: &RowShares<'_>, row: CouncilRow) -> PositionedRow {
    let occasion = row.occasion.as_ref().map(ToString::to_string);
    let position =
        RowPosition { part: Part::Councils, day: None, occasion, meeting: None, id: row.council_id };
    let council = ExplainedCouncil {
        share: council_share(row_shares, &row),
        council_id: row.council_id,
        council_name: row.council_name,
        occasion: row.occasion,
        covered: row.is_covered,
        progress_id: row.progress_id,
    };
    (position, ExplainedRow::Council(council))
}

/// Converts progress entries to rows of the explanation. If a council does not count, entries about
/// it do not count either, for the same reason.
pub fn entries(
    target: &TargetFact,
    row_shares: &RowShares<'_>,
    councils: &[PositionedRow],
    rows: Vec<EntryRow>,
) -> Vec<PositionedRow> {
    let mut left_out: HashMap<(Option<&ShortText>, Uuid), Share> = HashMap::new();
    for (_, row) in councils {
        if let ExplainedRow::Council(council) = row
            && council.share.denominator.is_none()
        {
            left_out.insert((council.occasion.as_ref(), council.council_id), council.share);
        }
    }
    let is_distinct = matches!(&target.measure,
        Measure::CouncilCoverage(measure) if measure.over_occasions == OccasionAggregate::Distinct);
    let by_council = |row: &EntryRow| {
        let occasion = row.occasion.as_ref().filter(|_| !is_distinct);
        left_out.get(&(occasion, row.council_id?)).copied()
    };
    let share = |row: &EntryRow| {
        if row.superseded_by_id.is_some() {
            return Share::excluded(RowReason::Superseded);
        }
        if row.occurred_on > target.as_at {
            return Share::excluded(RowReason::EntryInFuture);
        }
        let own_share =
            row_shares.entry(row.progress_id).unwrap_or(Share::excluded(RowReason::OutsideWindow));
        if own_share == Share::indirect() { by_council(row).unwrap_or(own_share) } else { own_share }
    };
    rows.into_iter().map(|row| (share(&row), row)).map(|(share, row)| entry(share, row)).collect()
}

fn entry(share: Share, row: EntryRow) -> PositionedRow {
    let position = RowPosition::new(Part::Entries, Day(row.occurred_on), None, row.progress_id);
    let entry = ExplainedEntry {
        progress_id: row.progress_id,
        occurred_on: Day(row.occurred_on),
        occasion: row.occasion,
        superseded_by_id: row.superseded_by_id,
        council_id: row.council_id,
        covered: row.covered,
        count: row.count,
        numerator: row.numerator,
        denominator: row.denominator,
        reading: row.reading,
        provisional: row.provisional,
        income_pence: row.income_pence,
        cost_pence: row.cost_pence,
        milestone_state: row.milestone_state,
        share,
    };
    (position, ExplainedRow::Entry(entry))
}
