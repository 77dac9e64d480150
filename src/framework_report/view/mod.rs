//! The document in words: every text as it is read, in order, before anything is laid out.

mod action;
mod target;

pub use action::{ActionPart, MeetingDates};
pub use target::{Amount, Amounts, Remark, TargetRow, Way};

use crate::metrics::model::Status;
use crate::values::{Day, Percent};

/// A framework on a day.
#[derive(Debug)]
pub struct Document {
    /// Whose framework it is, if the installation says so.
    pub association: Option<String>,
    /// The framework's stable key.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// The day it is read at.
    pub as_at: String,
    /// The same as a date.
    pub day: Day,
    /// The plan year.
    pub period: String,
    /// What must be known before it is handed on: that it is a draft, or that its period was opened again.
    pub warning: Option<String>,
    /// What its figures rest on.
    pub basis: Vec<String>,
    /// How many stated targets it has, and how many are only implied.
    pub stated: i64,
    /// See `stated`.
    pub implied: i64,
    /// How many of the stated ones are provisional.
    pub provisional: i64,
    /// How many stated targets have each status.
    pub statuses: Vec<StatusCount>,
    /// The same for each theme.
    pub by_theme: Vec<ThemeCounts>,
    /// Where the stated targets are going.
    pub directions: Vec<DirectionCounts>,
    /// Each council's attendance, the lowest last; without constructed registers.
    pub attendance: Vec<CouncilShare>,
    /// What attendance counts and leaves out, or why there is none.
    pub about_attendance: String,
    /// What is due and missing, by owner.
    pub overdue: Vec<OwnerDebt>,
    /// Theme by theme, every target.
    pub themes: Vec<ThemePart>,
}

impl Document {
    /// Whose it is, and what it is called.
    pub fn full_title(&self) -> String {
        let association = self.association.iter().map(|name| format!("{name}: "));
        association.chain([self.title.clone()]).collect()
    }
}

/// A status as a badge: a colour, a shape and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    /// The status; none where nothing is coloured.
    pub status: Option<Status>,
    /// Its word.
    pub word: &'static str,
    /// Its shape.
    pub mark: &'static str,
}

impl Badge {
    /// The name its colours go by.
    pub fn class(&self) -> &'static str {
        self.status.map_or("none", Status::as_str)
    }
}

/// The worst colour of some targets, and how many of them have data.
#[derive(Debug, Clone, Copy)]
pub struct Worst {
    /// The colour.
    pub badge: Badge,
    /// How many of the stated targets have a figure.
    pub with_data: usize,
    /// How many stated targets there are.
    pub targets: usize,
}

impl Worst {
    /// `Green, 1 of 8 targets with data`.
    pub fn says(&self) -> String {
        let Self { badge, with_data, targets } = self;
        match targets {
            0 => badge.word.to_owned(),
            1 => format!("{}, {with_data} of 1 target with data", badge.word),
            _ => format!("{}, {with_data} of {targets} targets with data", badge.word),
        }
    }

    /// Whether most of its targets have no data.
    pub const fn is_partial(&self) -> bool {
        self.badge.status.is_some() && 2 * self.with_data < self.targets
    }
}

/// How many targets have a status.
#[derive(Debug, Clone)]
pub struct StatusCount {
    /// The status.
    pub badge: Badge,
    /// How many.
    pub count: i64,
}

/// A theme's stated targets by status.
#[derive(Debug)]
pub struct ThemeCounts {
    /// The theme.
    pub title: String,
    /// The part of the document that it is told in.
    pub anchor: String,
    /// The worst of its colours.
    pub worst: Worst,
    /// How many targets have each status, in the order of all themes.
    pub counts: Vec<StatusCount>,
    /// How many there are.
    pub targets: i64,
}

impl ThemeCounts {
    /// The counts in a sentence.
    pub fn says(&self) -> String {
        let some = self.counts.iter().filter(|status| status.count > 0);
        let said: Vec<String> =
            some.map(|status| format!("{} {}", status.count, status.badge.word)).collect();
        if said.is_empty() { "no targets".to_owned() } else { said.join(", ") }
    }
}

/// How many targets go which way.
#[derive(Debug)]
pub struct DirectionCounts {
    /// What they are compared with.
    pub against: &'static str,
    /// Better.
    pub improved: i64,
    /// The same.
    pub same: i64,
    /// Worse.
    pub declined: i64,
    /// Without anything to compare.
    pub none: i64,
}

impl DirectionCounts {
    /// The counts in a sentence.
    pub fn says(&self) -> String {
        let Self { improved, same, declined, none, .. } = self;
        format!("{improved} improved, {same} the same, {declined} declined, {none} with nothing to compare")
    }
}

/// A council's attendance.
#[derive(Debug)]
pub struct CouncilShare {
    /// Its name.
    pub name: String,
    /// Attended.
    pub attended: i64,
    /// Expected.
    pub expected: i64,
    /// `59.09 %`.
    pub percent: String,
    /// The same as a number; none where nobody was expected.
    pub share: Option<Percent>,
}

/// What an owner still owes.
#[derive(Debug)]
pub struct OwnerDebt {
    /// The owner.
    pub owner: String,
    /// What is missing.
    pub missing: String,
    /// For how many targets.
    pub targets: usize,
}

/// A theme.
#[derive(Debug)]
pub struct ThemePart {
    /// Where links to it lead.
    pub anchor: String,
    /// The theme.
    pub title: String,
    /// The worst of its colours.
    pub worst: Worst,
    /// Its outcomes.
    pub outcomes: Vec<OutcomePart>,
}

/// An outcome.
#[derive(Debug)]
pub struct OutcomePart {
    /// The outcome.
    pub title: String,
    /// The worst of its colours.
    pub worst: Worst,
    /// Its actions.
    pub actions: Vec<ActionPart>,
}
