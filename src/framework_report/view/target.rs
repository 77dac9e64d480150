//! The part of the document for a target.

use rust_decimal::Decimal;

use super::Badge;
use crate::framework_report::trend::Trend;
use crate::values::Day;

/// The row of a target.
#[derive(Debug)]
pub struct TargetRow {
    /// The stable key.
    pub code: String,
    /// The title.
    pub title: String,
    /// Whether the target is only implied by an action's text.
    pub is_implied: bool,
    /// The threshold, and the other agreed terms.
    pub promise: Vec<String>,
    /// The owner.
    pub owner: Option<String>,
    /// The reporting frequency and the sources.
    pub monitoring: Vec<String>,
    /// The value, or the text that there is none.
    pub value: String,
    /// The numerator and denominator, or why there is no value.
    pub parts: Option<String>,
    /// The part of the records on which the value is based, if it is not based on all of them.
    pub basis: Vec<String>,
    /// The figures as numbers.
    pub amounts: Amounts,
    /// The missing records, if the value is provisional.
    pub provisional: Option<String>,
    /// The status.
    pub badge: Badge,
    /// The reason for the status.
    pub reason: String,
    /// The directions of travel.
    pub directions: Vec<Way>,
    /// The trend.
    pub trend: Trend,
    /// Revisions, judgements and claims.
    pub remarks: Vec<Remark>,
}

impl TargetRow {
    /// Returns the agreed terms, including the owner.
    pub fn agreed(&self) -> impl Iterator<Item = String> {
        let owner = self.owner.iter().map(|owner| format!("Owner: {owner}"));
        self.promise.iter().cloned().chain(owner)
    }

    /// Returns the group of targets in which the target is counted.
    pub const fn counted_as(&self) -> &'static str {
        if self.is_implied { "Implied" } else { "Stated" }
    }

    /// Returns a note with the missing records, if the value is provisional.
    pub fn still_to_come(&self) -> Option<String> {
        self.provisional.as_ref().map(|missing| format!("Provisional. Still to come: {missing}"))
    }

    /// Returns the trend in words, if a month has a figure.
    pub fn month_by_month(&self) -> Option<&str> {
        (!self.trend.readings.is_empty()).then_some(self.trend.says.as_str())
    }
}

/// A target's figures as numbers, for formats in which readers calculate.
#[derive(Debug)]
pub struct Amounts {
    /// The value, or `None` if it is a word or missing.
    pub value: Option<Amount>,
    /// The numerator.
    pub numerator: Option<i64>,
    /// The denominator.
    pub denominator: Option<i64>,
    /// The threshold, or the due date of a milestone.
    pub threshold: Option<Amount>,
}

/// An exact figure with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Per cent.
    Percent(Decimal),
    /// An amount of money, in pence.
    Pence(Decimal),
    /// A count.
    Count(Decimal),
    /// A day.
    Day(Day),
}

/// A direction of travel.
#[derive(Debug)]
pub struct Way {
    /// The arrow.
    pub mark: &'static str,
    /// The direction in words.
    pub says: String,
}

impl Way {
    /// Formats the arrow and the words.
    pub fn line(&self) -> String {
        format!("{} {}", self.mark, self.says)
    }
}

/// A remark beside the derived figure: a revision, a judgement, a claim or a narrative.
#[derive(Debug)]
pub struct Remark {
    /// The label, such as `Claimed, as printed`.
    pub label: String,
    /// The text.
    pub text: String,
    /// Whether the remark is a claim, which is not derived.
    pub is_claim: bool,
}

impl Remark {
    /// Formats the label and the text.
    pub fn line(&self) -> String {
        format!("{}: {}", self.label, self.text)
    }
}
