//! The whole document.

use super::action::ActionSection;
use super::plan::ThemeSection;
use super::summary::{CouncilAttendance, DirectionCounts, OwnerOverdue, StatusCount, ThemeCounts};
use crate::values::Day;

/// The document of a framework on one day.
#[derive(Debug)]
pub struct Document {
    /// The name of the association, if it is configured.
    pub association: Option<String>,
    /// The framework's stable key.
    pub code: String,
    /// The framework's title.
    pub title: String,
    /// The date of the figures, as text.
    pub as_at: String,
    /// The date of the figures.
    pub day: Day,
    /// The plan year.
    pub period: String,
    /// A warning for readers: the publication is not published yet, or its period was reopened.
    pub warning: Option<String>,
    /// The basis of the figures.
    pub basis: Vec<String>,
    /// The number of stated targets.
    pub stated_targets: i64,
    /// The number of implied targets.
    pub implied_targets: i64,
    /// The number of stated targets that are provisional.
    pub provisional_targets: i64,
    /// The numbers of stated targets by status.
    pub statuses: Vec<StatusCount>,
    /// The numbers of stated targets by theme and status.
    pub by_theme: Vec<ThemeCounts>,
    /// The numbers of stated targets by direction of travel.
    pub directions: Vec<DirectionCounts>,
    /// Each council's attendance without constructed registers, the highest first.
    pub attendance: Vec<CouncilAttendance>,
    /// What attendance counts and leaves out, or why there are no figures.
    pub attendance_note: String,
    /// The overdue records of stated and of implied targets, by owner.
    pub overdue: Vec<OwnerOverdue>,
    /// The themes with all targets.
    pub themes: Vec<ThemeSection>,
}

impl Document {
    /// Returns the association's name and the title.
    pub fn full_title(&self) -> String {
        let association = self.association.iter().map(|name| format!("{name}: "));
        association.chain([self.title.clone()]).collect()
    }

    /// Returns all actions, in order.
    pub fn actions(&self) -> impl Iterator<Item = &ActionSection> {
        self.themes.iter().flat_map(|theme| &theme.outcomes).flat_map(|outcome| &outcome.actions)
    }
}
