//! The root of the content: the whole document.

use super::action::ActionSection;
use super::plan::ThemeSection;
use super::summary::{CouncilAttendance, DirectionCounts, OwnerOverdue, StatusCount, ThemeCounts};
use crate::values::Day;

/// The content of the report on a framework on one day.
#[derive(Debug)]
pub struct Document {
    /// The name of the association; `None` if it is not configured.
    pub association: Option<String>,
    pub code: String,
    pub title: String,
    pub as_at: String,
    pub day: Day,
    /// The first and the last day of the plan year, as text.
    pub period: String,
    /// A warning for readers: the publication is not published, or its period was reopened.
    pub warning: Option<String>,
    /// Sentences about the records and rules from which the figures are derived.
    pub basis: Vec<String>,
    pub stated_targets: i64,
    pub implied_targets: i64,
    pub provisional_targets: i64,
    pub statuses: Vec<StatusCount>,
    pub by_theme: Vec<ThemeCounts>,
    pub directions: Vec<DirectionCounts>,
    /// Each council's attendance, the highest first. Constructed registers are not counted.
    pub attendance: Vec<CouncilAttendance>,
    /// A sentence that states what attendance counts and leaves out, or why there are no figures.
    pub attendance_note: String,
    /// The overdue records for stated and implied targets, by owner.
    pub overdue: Vec<OwnerOverdue>,
    pub themes: Vec<ThemeSection>,
}

impl Document {
    pub fn full_title(&self) -> String {
        let association = self.association.iter().map(|name| format!("{name}: "));
        association.chain([self.title.clone()]).collect()
    }

    pub fn actions(&self) -> impl Iterator<Item = &ActionSection> {
        self.themes.iter().flat_map(|theme| &theme.outcomes).flat_map(|outcome| &outcome.actions)
    }
}
