//! The document's row for a target.

use super::amount::Amount;
use super::badge::Badge;
use super::trend::Trend;

#[derive(Debug)]
pub struct TargetRow {
    pub code: String,
    pub title: String,
    /// Whether the target follows from an action's text and not from the table of targets.
    pub is_implied: bool,
    /// Sentences about the threshold, the baseline, the expected amount and the forecast.
    pub terms: Vec<String>,
    pub owner: Option<String>,
    pub monitoring: Vec<String>,
    /// The value as text, or `No figure`.
    pub value: String,
    /// The numerator and the denominator, or the reason why there is no value.
    pub value_note: Option<String>,
    /// Sentences that state which records the value is based on. The list is empty if the value is
    /// based on all records.
    pub completeness: Vec<String>,
    pub amounts: Amounts,
    /// The missing records; `None` if the value is not provisional.
    pub missing_records: Option<String>,
    pub badge: Badge,
    pub reason: String,
    pub directions: Vec<TravelDirection>,
    pub trend: Trend,
    pub remarks: Vec<Remark>,
}

impl TargetRow {
    pub fn terms_and_owner(&self) -> impl Iterator<Item = String> {
        let owner = self.owner.iter().map(|owner| format!("Owner: {owner}"));
        self.terms.iter().cloned().chain(owner)
    }

    /// Returns the name of the counts in which the target is included.
    pub const fn counted_as(&self) -> &'static str {
        if self.is_implied { "Implied" } else { "Stated" }
    }

    /// Returns a note that lists the missing records; `None` if the value is not provisional.
    pub fn provisional_note(&self) -> Option<String> {
        self.missing_records.as_ref().map(|records| format!("Provisional. Still to come: {records}"))
    }

    /// Returns the trend as text; `None` if no month has a figure.
    pub fn trend_text(&self) -> Option<&str> {
        (!self.trend.months.is_empty()).then_some(self.trend.text.as_str())
    }
}

/// A target's figures as numbers, for workbooks in which readers calculate.
#[derive(Debug)]
pub struct Amounts {
    /// The value; `None` if the value is a word or missing.
    pub value: Option<Amount>,
    pub numerator: Option<i64>,
    pub denominator: Option<i64>,
    /// The threshold, or a milestone's due date.
    pub threshold: Option<Amount>,
}

#[derive(Debug)]
pub struct TravelDirection {
    pub arrow: &'static str,
    pub text: String,
}

impl TravelDirection {
    pub fn line(&self) -> String {
        format!("{} {}", self.arrow, self.text)
    }
}

/// A remark that is shown next to a derived figure: a revision, a judgement, a claim or a
/// narrative.
#[derive(Debug)]
pub struct Remark {
    pub label: String,
    pub text: String,
    /// Whether the remark is a claim. A claim was printed and not derived.
    pub is_claim: bool,
}

impl Remark {
    pub fn line(&self) -> String {
        format!("{}: {}", self.label, self.text)
    }
}
