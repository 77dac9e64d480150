//! The root of the content: the whole document.

use super::action::ActionSection;
use super::plan::ThemeSection;
use super::summary::{CouncilAttendance, DirectionCounts, OwnerOverdue, StatusCount, ThemeCounts};
use crate::values::Day;

#[derive(Debug)]
pub struct Document {
    /// The name of the association; `None` if it is not configured.
    pub association: Option<String>,
    pub code: String,
    pub title: String,
    pub as_at: String,
    pub day: Day,
    /// The first and the last day of the plan period as text.
    pub period: String,
    /// A warning to readers that the report's publication is not published, or that its period was
    /// reopened.
    pub warning: Option<String>,
    /// Sentences that state from which records and by which rules the figures are derived.
    pub basis: Vec<String>,
    pub stated_targets: i64,
    pub implied_targets: i64,
    pub provisional_targets: i64,
    pub statuses: Vec<StatusCount>,
    pub by_theme: Vec<ThemeCounts>,
    pub directions: Vec<DirectionCounts>,
    /// The attendance rate of each council, the highest first. Constructed registers are left out.
    pub attendance: Vec<CouncilAttendance>,
    /// A sentence that states which attendance the rates count and leave out, or why there are no
    /// rates.
    pub attendance_note: String,
    /// The records that are due and missing for stated and implied targets, by the owner of the
    /// target.
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
