//! A target's part of the document.

use rust_decimal::Decimal;

use super::Badge;
use crate::printed::trend::Trend;
use crate::values::Day;

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
    /// How much of what there is the value rests on, where that is not all.
    pub basis: Vec<String>,
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
