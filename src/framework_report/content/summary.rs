//! The counts and lists of the summary.

use super::badge::{Badge, WorstStatus};
use crate::values::Percent;

/// The number of targets with a status.
#[derive(Debug, Clone)]
pub struct StatusCount {
    /// The status.
    pub badge: Badge,
    /// The number of targets.
    pub count: i64,
}

/// The numbers of a theme's stated targets by status.
#[derive(Debug)]
pub struct ThemeCounts {
    /// The theme's title.
    pub title: String,
    /// The anchor of the theme's section of the document.
    pub anchor: String,
    /// The worst colour of the stated targets.
    pub worst: WorstStatus,
    /// The numbers of targets by status, in the same order for all themes.
    pub counts: Vec<StatusCount>,
    /// The number of stated targets.
    pub targets: i64,
}

impl ThemeCounts {
    /// Formats the counts above 0: `3 Green, 1 Red`.
    pub fn description(&self) -> String {
        let counts = self.counts.iter().filter(|status| status.count > 0);
        let texts: Vec<String> =
            counts.map(|status| format!("{} {}", status.count, status.badge.word)).collect();
        if texts.is_empty() { "no targets".to_owned() } else { texts.join(", ") }
    }
}

/// The numbers of targets by direction of travel.
#[derive(Debug)]
pub struct DirectionCounts {
    /// The figure with which the targets are compared.
    pub compared_with: &'static str,
    /// The number of targets that improved.
    pub improved: i64,
    /// The number of targets that are the same.
    pub same: i64,
    /// The number of targets that declined.
    pub declined: i64,
    /// The number of targets with nothing to compare.
    pub not_comparable: i64,
}

impl DirectionCounts {
    /// Formats the counts: `2 improved, 1 the same, 0 declined, 5 with nothing to compare`.
    pub fn description(&self) -> String {
        let Self { improved, same, declined, not_comparable, .. } = self;
        format!(
            "{improved} improved, {same} the same, {declined} declined, {not_comparable} with nothing to compare"
        )
    }
}

/// A council's attendance.
#[derive(Debug)]
pub struct CouncilAttendance {
    /// The council's name.
    pub name: String,
    /// The number attended.
    pub attended: i64,
    /// The number expected.
    pub expected: i64,
    /// The percentage, or `None` if nobody was expected.
    pub percent: Option<Percent>,
    /// The percentage as text, such as `59.09 %`.
    pub percent_text: String,
}

/// The overdue records of an owner.
#[derive(Debug)]
pub struct OwnerOverdue {
    /// The owner.
    pub owner: String,
    /// The missing records, in words.
    pub missing_records: String,
    /// The number of targets with missing records.
    pub targets: usize,
}
