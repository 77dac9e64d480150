//! The ongoing performance of an action: its narratives and the dates of its meetings. Pure
//! functions without I/O.

use crate::actions::model::Action;
use crate::framework_report::content::{MeetingDates, Remark};
use crate::framework_report::format;
use crate::framework_report::load::ReportData;
use crate::framework_report::queries::{ActionMeeting, NarrativeFact};
use crate::framework_report::text::curly_apostrophes;
use crate::meetings::model::{DatePrecision, MeetingStatus};
use crate::targets::model::Target;
use crate::values::MeetingKind;

pub fn narratives(targets: &[Target], data: &ReportData) -> Vec<Remark> {
    let by_target = &data.supplement.narratives;
    let mut narratives: Vec<&NarrativeFact> =
        targets.iter().filter_map(|target| by_target.get(&target.id)).flatten().collect();
    narratives.sort_by_key(|fact| fact.occurred_on);
    let remark = |fact: &NarrativeFact| Remark {
        label: format::day(fact.occurred_on),
        text: curly_apostrophes(&fact.text.to_string()),
        is_claim: false,
    };
    narratives.into_iter().map(remark).collect()
}

pub fn meeting_dates(action: &Action, data: &ReportData) -> MeetingDates {
    let mut dates = MeetingDates::default();
    for meeting in data.supplement.meetings.get(&action.id).into_iter().flatten() {
        let list = match meeting.status {
            _ if meeting.is_ahead => &mut dates.planned,
            MeetingStatus::Held | MeetingStatus::Inquorate => &mut dates.held,
            MeetingStatus::Cancelled => &mut dates.cancelled,
            MeetingStatus::Scheduled => &mut dates.unreported,
        };
        list.push(meeting_date(meeting, action.group_ids.len() == 1));
    }
    dates
}

/// Formats the date and title of a meeting, such as `17 July 2017 (Positive Ageing)`. If the action
/// has exactly one group, leaves out the title of a meeting of kind `meeting`.
fn meeting_date(meeting: &ActionMeeting, has_one_group: bool) -> String {
    let format = match meeting.date_precision {
        DatePrecision::Day => "%-d %B %Y",
        DatePrecision::Month => "%B %Y",
        DatePrecision::Year => "%Y",
    };
    let date = meeting.held_on.0.format(format);
    let omits_title = has_one_group && meeting.kind == MeetingKind::Meeting;
    let title = (!omits_title).then(|| curly_apostrophes(&meeting.title.to_string()));
    let is_held = !meeting.is_ahead;
    let inquorate = is_held && meeting.status == MeetingStatus::Inquorate;
    let constructed = is_held && meeting.constructed;
    let notes = [
        title,
        inquorate.then(|| "without a quorum".to_owned()),
        constructed.then(|| "register constructed".to_owned()),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    if notes.is_empty() { date.to_string() } else { format!("{date} ({})", notes.join("; ")) }
}
