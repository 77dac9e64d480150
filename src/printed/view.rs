//! The document in words: every text as it is read, in order, before anything is laid out.

use rust_decimal::Decimal;

use super::trend::Trend;
use crate::metrics::model::Status;
use crate::values::{Day, Percent};

/// A framework on a day.
#[derive(Debug)]
pub struct Document {
    /// What the framework is called.
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
    /// Each council's attendance, the lowest last.
    pub attendance: Vec<CouncilShare>,
    /// What is due and missing, by owner.
    pub overdue: Vec<OwnerDebt>,
    /// Theme by theme, every target.
    pub themes: Vec<ThemePart>,
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
    pub badge: Badge,
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
    pub badge: Badge,
    /// Its outcomes.
    pub outcomes: Vec<OutcomePart>,
}

/// An outcome.
#[derive(Debug)]
pub struct OutcomePart {
    /// The outcome.
    pub title: String,
    /// The worst of its colours.
    pub badge: Badge,
    /// Its actions.
    pub actions: Vec<ActionPart>,
}

/// An action.
#[derive(Debug)]
pub struct ActionPart {
    /// The printed reference, or the code where none is printed.
    pub reference: String,
    /// The action.
    pub title: String,
    /// Its targets.
    pub targets: Vec<TargetRow>,
}

/// A target.
#[derive(Debug)]
pub struct TargetRow {
    /// Its stable key.
    pub code: String,
    /// What is promised.
    pub title: String,
    /// Whether only the action's wording implies it.
    pub is_implied: bool,
    /// What it is held to, and what else is agreed about it.
    pub promise: Vec<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How often it is read, and from what.
    pub monitoring: Vec<String>,
    /// The value, or that there is none.
    pub value: String,
    /// The numerator and the denominator, or why there is no value.
    pub parts: Option<String>,
    /// Its figures as numbers.
    pub amounts: Amounts,
    /// What is still to come in.
    pub provisional: Option<String>,
    /// How it stands.
    pub badge: Badge,
    /// Why.
    pub reason: String,
    /// Where it is going.
    pub directions: Vec<Way>,
    /// Month by month.
    pub trend: Trend,
    /// What people say about it.
    pub remarks: Vec<Remark>,
}

impl TargetRow {
    /// What is agreed about it, who answers for it among that.
    pub fn agreed(&self) -> impl Iterator<Item = String> {
        let owner = self.owner.iter().map(|owner| format!("Owner: {owner}"));
        self.promise.iter().cloned().chain(owner)
    }

    /// Among which targets it is counted.
    pub const fn counted_as(&self) -> &'static str {
        if self.is_implied { "Implied" } else { "Stated" }
    }

    /// That it is provisional, and what is still to come in.
    pub fn still_to_come(&self) -> Option<String> {
        self.provisional.as_ref().map(|missing| format!("Provisional. Still to come: {missing}"))
    }

    /// Month by month in words, if any month has a figure.
    pub fn month_by_month(&self) -> Option<&str> {
        (!self.trend.readings.is_empty()).then_some(self.trend.says.as_str())
    }
}

/// A target's figures, for a form whose reader calculates with them.
#[derive(Debug)]
pub struct Amounts {
    /// The value; none where it is a word or missing.
    pub value: Option<Amount>,
    /// Its numerator.
    pub numerator: Option<i64>,
    /// Its denominator.
    pub denominator: Option<i64>,
    /// What it is held to; of a milestone the day it is due.
    pub threshold: Option<Amount>,
}

/// An exact figure with what it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Per cent.
    Percent(Decimal),
    /// Money, in pence.
    Pence(Decimal),
    /// A number of things.
    Count(Decimal),
    /// A day.
    Day(Day),
}

/// A direction of travel.
#[derive(Debug)]
pub struct Way {
    /// An arrow.
    pub mark: &'static str,
    /// In words.
    pub says: String,
}

impl Way {
    /// The arrow and the words.
    pub fn line(&self) -> String {
        format!("{} {}", self.mark, self.says)
    }
}

/// Something that stands beside the derived figure.
#[derive(Debug)]
pub struct Remark {
    /// What it is: `Claimed, as printed`.
    pub label: String,
    /// What it says.
    pub text: String,
    /// Whether it is a figure that nobody derived.
    pub is_claim: bool,
}

impl Remark {
    /// What it is, and what it says.
    pub fn line(&self) -> String {
        format!("{}: {}", self.label, self.text)
    }
}
