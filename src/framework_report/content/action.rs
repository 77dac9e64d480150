//! The document's section for an action.

use super::target::{Remark, TargetRow};

#[derive(Debug)]
pub struct ActionSection {
    pub code: String,
    /// The reference that the published plan prints for the action, or its code if there is no such
    /// reference.
    pub reference: String,
    pub title: String,
    pub targets: Vec<TargetRow>,
    pub narratives: Vec<Remark>,
    pub meetings: MeetingDates,
}

impl ActionSection {
    pub fn name(&self) -> String {
        format!("{} {}", self.reference, self.title)
    }

    pub fn has_ongoing_performance(&self) -> bool {
        !self.narratives.is_empty() || !self.meetings.lines().is_empty()
    }
}

/// The dates of an action's meetings as texts, for each status of the meeting.
#[derive(Debug, Default)]
pub struct MeetingDates {
    pub held: Vec<String>,
    pub cancelled: Vec<String>,
    /// Past meetings whose status is still `scheduled`. No record states whether they were held.
    pub unreported: Vec<String>,
    pub planned: Vec<String>,
}

impl MeetingDates {
    /// Formats the dates of each status as one line, such as `Held: 20 June 2017, 15 March 2018.`
    pub fn lines(&self) -> Vec<String> {
        let Self { held, cancelled, unreported, planned } = self;
        let all = [
            ("Held", held),
            ("Cancelled", cancelled),
            ("Not reported yet", unreported),
            ("Planned", planned),
        ];
        let some = all.into_iter().filter(|(_, dates)| !dates.is_empty());
        some.map(|(label, dates)| format!("{label}: {}.", dates.join(", "))).collect()
    }
}
