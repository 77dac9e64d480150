//! The document as texts, in reading order, independent of the format.

mod action;
mod target;

pub use action::{ActionPart, MeetingDates};
pub use target::{Amount, Amounts, Remark, TargetRow, Way};

use crate::metrics::model::Status;
use crate::values::{Day, Percent};

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
    pub stated: i64,
    /// The number of implied targets.
    pub implied: i64,
    /// The number of stated targets that are provisional.
    pub provisional: i64,
    /// The numbers of stated targets by status.
    pub statuses: Vec<StatusCount>,
    /// The numbers of stated targets by theme and status.
    pub by_theme: Vec<ThemeCounts>,
    /// The numbers of stated targets by direction of travel.
    pub directions: Vec<DirectionCounts>,
    /// Each council's attendance without constructed registers, the highest first.
    pub attendance: Vec<CouncilShare>,
    /// What attendance counts and leaves out, or why there are no figures.
    pub about_attendance: String,
    /// The overdue records, by owner.
    pub overdue: Vec<OwnerDebt>,
    /// The themes with all targets.
    pub themes: Vec<ThemePart>,
}

impl Document {
    /// Returns the association's name and the title.
    pub fn full_title(&self) -> String {
        let association = self.association.iter().map(|name| format!("{name}: "));
        association.chain([self.title.clone()]).collect()
    }
}

/// A status as a badge: a colour, a shape and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    /// The status, or `None` for no colour.
    pub status: Option<Status>,
    /// The word.
    pub word: &'static str,
    /// The shape.
    pub mark: &'static str,
}

impl Badge {
    /// Returns the name of the CSS class.
    pub fn class(&self) -> &'static str {
        self.status.map_or("none", Status::as_str)
    }
}

/// The worst colour of some targets, and how many of them have data.
#[derive(Debug, Clone, Copy)]
pub struct Worst {
    /// The colour.
    pub badge: Badge,
    /// The number of stated targets with a figure.
    pub with_data: usize,
    /// The number of stated targets.
    pub targets: usize,
}

impl Worst {
    /// Formats the colour and the numbers: `Green, 1 of 8 targets with data`.
    pub fn says(&self) -> String {
        let Self { badge, with_data, targets } = self;
        match targets {
            0 => badge.word.to_owned(),
            1 => format!("{}, {with_data} of 1 target with data", badge.word),
            _ => format!("{}, {with_data} of {targets} targets with data", badge.word),
        }
    }

    /// Returns whether most of the targets have no data.
    pub const fn is_partial(&self) -> bool {
        self.badge.status.is_some() && 2 * self.with_data < self.targets
    }
}

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
    /// The anchor of the theme's part of the document.
    pub anchor: String,
    /// The worst colour of the stated targets.
    pub worst: Worst,
    /// The numbers of targets by status, in the same order for all themes.
    pub counts: Vec<StatusCount>,
    /// The number of stated targets.
    pub targets: i64,
}

impl ThemeCounts {
    /// Formats the counts as a sentence.
    pub fn says(&self) -> String {
        let some = self.counts.iter().filter(|status| status.count > 0);
        let said: Vec<String> =
            some.map(|status| format!("{} {}", status.count, status.badge.word)).collect();
        if said.is_empty() { "no targets".to_owned() } else { said.join(", ") }
    }
}

/// The numbers of targets by direction of travel.
#[derive(Debug)]
pub struct DirectionCounts {
    /// The figure with which the targets are compared.
    pub against: &'static str,
    /// The number of targets that improved.
    pub improved: i64,
    /// The number of targets that are the same.
    pub same: i64,
    /// The number of targets that declined.
    pub declined: i64,
    /// The number of targets with nothing to compare.
    pub none: i64,
}

impl DirectionCounts {
    /// Formats the counts as a sentence.
    pub fn says(&self) -> String {
        let Self { improved, same, declined, none, .. } = self;
        format!("{improved} improved, {same} the same, {declined} declined, {none} with nothing to compare")
    }
}

/// A council's attendance.
#[derive(Debug)]
pub struct CouncilShare {
    /// The council's name.
    pub name: String,
    /// The number attended.
    pub attended: i64,
    /// The number expected.
    pub expected: i64,
    /// The percentage as text, such as `59.09 %`.
    pub percent: String,
    /// The percentage, or `None` if nobody was expected.
    pub share: Option<Percent>,
}

/// The overdue records of an owner.
#[derive(Debug)]
pub struct OwnerDebt {
    /// The owner.
    pub owner: String,
    /// The missing records, in words.
    pub missing: String,
    /// The number of targets with missing records.
    pub targets: usize,
}

/// A theme.
#[derive(Debug)]
pub struct ThemePart {
    /// The anchor for links.
    pub anchor: String,
    /// The theme's title.
    pub title: String,
    /// The worst colour of the stated targets.
    pub worst: Worst,
    /// The outcomes.
    pub outcomes: Vec<OutcomePart>,
}

/// An outcome.
#[derive(Debug)]
pub struct OutcomePart {
    /// The outcome's title.
    pub title: String,
    /// The worst colour of the stated targets.
    pub worst: Worst,
    /// The actions.
    pub actions: Vec<ActionPart>,
}
