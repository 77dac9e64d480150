//! The section of the document for an action.

use super::target::{Remark, TargetRow};

/// An action.
#[derive(Debug)]
pub struct ActionSection {
    /// The stable key.
    pub code: String,
    /// The printed reference, or the stable key if there is none.
    pub reference: String,
    /// The title.
    pub title: String,
    /// The targets.
    pub targets: Vec<TargetRow>,
    /// The narratives.
    pub narratives: Vec<Remark>,
    /// The dates of the meetings.
    pub meetings: MeetingDates,
}

impl ActionSection {
    /// Returns the reference and the title.
    pub fn name(&self) -> String {
        format!("{} {}", self.reference, self.title)
    }

    /// Returns whether there are narratives or meetings.
    pub fn has_ongoing_performance(&self) -> bool {
        !self.narratives.is_empty() || !self.meetings.lines().is_empty()
    }
}

/// The dates of an action's meetings, by status.
#[derive(Debug, Default)]
pub struct MeetingDates {
    /// Meetings that were held.
    pub held: Vec<String>,
    /// Meetings that were cancelled.
    pub cancelled: Vec<String>,
    /// Past meetings that are still scheduled, so it is not known whether they were held.
    pub unreported: Vec<String>,
    /// Future meetings.
    pub planned: Vec<String>,
}

impl MeetingDates {
    /// Formats the dates: `Held: 20 June 2017, 15 March 2018.`
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
