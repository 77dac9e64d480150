//! The row of the document for a target.

use super::amount::Amount;
use super::badge::Badge;
use super::trend::Trend;

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
    pub terms: Vec<String>,
    /// The owner.
    pub owner: Option<String>,
    /// The reporting frequency and the sources.
    pub monitoring: Vec<String>,
    /// The value, or the text that there is none.
    pub value: String,
    /// The numerator and denominator, or why there is no value.
    pub value_note: Option<String>,
    /// The part of the records on which the value is based, if it is not based on all of them.
    pub completeness: Vec<String>,
    /// The figures as numbers.
    pub amounts: Amounts,
    /// The missing records, if the value is provisional.
    pub missing_records: Option<String>,
    /// The status.
    pub badge: Badge,
    /// The reason for the status.
    pub reason: String,
    /// The directions of travel.
    pub directions: Vec<TravelDirection>,
    /// The trend.
    pub trend: Trend,
    /// Revisions, judgements and claims.
    pub remarks: Vec<Remark>,
}

impl TargetRow {
    /// Returns the agreed terms and the owner.
    pub fn terms_and_owner(&self) -> impl Iterator<Item = String> {
        let owner = self.owner.iter().map(|owner| format!("Owner: {owner}"));
        self.terms.iter().cloned().chain(owner)
    }

    /// Returns the group of targets in which the target is counted.
    pub const fn counted_as(&self) -> &'static str {
        if self.is_implied { "Implied" } else { "Stated" }
    }

    /// Returns a note with the missing records, if the value is provisional.
    pub fn provisional_note(&self) -> Option<String> {
        self.missing_records.as_ref().map(|records| format!("Provisional. Still to come: {records}"))
    }

    /// Returns the trend in words, if a month has a figure.
    pub fn trend_text(&self) -> Option<&str> {
        (!self.trend.months.is_empty()).then_some(self.trend.text.as_str())
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

/// A direction of travel.
#[derive(Debug)]
pub struct TravelDirection {
    /// The arrow.
    pub arrow: &'static str,
    /// The direction in words.
    pub text: String,
}

impl TravelDirection {
    /// Formats the arrow and the words.
    pub fn line(&self) -> String {
        format!("{} {}", self.arrow, self.text)
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
