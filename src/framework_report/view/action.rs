//! An action's part of the document.

use super::{Remark, TargetRow};

/// An action.
#[derive(Debug)]
pub struct ActionPart {
    /// Its stable key.
    pub code: String,
    /// The printed reference, or the code where none is printed.
    pub reference: String,
    /// The action.
    pub title: String,
    /// Its targets.
    pub targets: Vec<TargetRow>,
    /// What is told about it in words.
    pub told: Vec<Remark>,
    /// The dates of its meetings.
    pub meetings: MeetingDates,
}

impl ActionPart {
    /// Its reference and what it says.
    pub fn name(&self) -> String {
        format!("{} {}", self.reference, self.title)
    }

    /// Whether there is anything to say on its ongoing performance.
    pub fn is_ongoing(&self) -> bool {
        !self.told.is_empty() || !self.meetings.lines().is_empty()
    }
}

/// The dates of an action's meetings, by what became of them.
#[derive(Debug, Default)]
pub struct MeetingDates {
    /// Of those held.
    pub held: Vec<String>,
    /// Of those cancelled.
    pub cancelled: Vec<String>,
    /// Of those past their date of which nobody has said whether they were held.
    pub unreported: Vec<String>,
    /// Of those to come.
    pub planned: Vec<String>,
}

impl MeetingDates {
    /// `Held: 20 June 2017, 15 March 2018.`
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
