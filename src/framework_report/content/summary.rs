//! The counts and lists in the document's summary.

use super::badge::{Badge, WorstStatus};
use crate::values::Percent;

#[derive(Debug, Clone)]
pub struct StatusCount {
    pub badge: Badge,
    pub count: i64,
}

#[derive(Debug)]
pub struct ThemeCounts {
    pub title: String,
    pub anchor: String,
    pub worst: WorstStatus,
    /// The number of targets with each status. The order of statuses is the same for all themes.
    pub counts: Vec<StatusCount>,
    pub targets: i64,
}

impl ThemeCounts {
    /// Formats the counts above 0, such as `3 Green, 1 Red`.
    pub fn description(&self) -> String {
        let counts = self.counts.iter().filter(|status| status.count > 0);
        let texts: Vec<String> =
            counts.map(|status| format!("{} {}", status.count, status.badge.word)).collect();
        if texts.is_empty() { "no targets".to_owned() } else { texts.join(", ") }
    }
}

#[derive(Debug)]
pub struct DirectionCounts {
    /// The name of the earlier figure with which each target's figure is compared.
    pub compared_with: &'static str,
    pub improved: i64,
    pub same: i64,
    pub declined: i64,
    /// The number of targets without an earlier figure to compare with.
    pub not_comparable: i64,
}

impl DirectionCounts {
    /// Formats the four counts, such as `2 improved, 1 the same, 0 declined, 5 with nothing to
    /// compare`.
    pub fn description(&self) -> String {
        let Self { improved, same, declined, not_comparable, .. } = self;
        format!(
            "{improved} improved, {same} the same, {declined} declined, {not_comparable} with nothing to compare"
        )
    }
}

#[derive(Debug)]
pub struct CouncilAttendance {
    pub name: String,
    pub attended: i64,
    pub expected: i64,
    pub percent: Option<Percent>,
    pub percent_text: String,
}

#[derive(Debug)]
pub struct OwnerOverdue {
    pub owner: String,
    /// The number of records of each kind that are due and missing, as text.
    pub missing_records: String,
    /// The number of targets for which a record is due and missing.
    pub targets: usize,
}
