//! The document's row for a target.

use super::amount::Amount;
use super::badge::Badge;
use super::trend::Trend;

#[derive(Debug)]
pub struct TargetRow {
    pub code: String,
    pub title: String,
    /// Whether the target follows only from the text of an action, and is not in the plan's table
    /// of targets.
    pub is_implied: bool,
    /// Sentences about the target's threshold, baseline, amount expected by now, and forecast.
    pub terms: Vec<String>,
    pub owner: Option<String>,
    pub monitoring: Vec<String>,
    pub value: String,
    /// The numerator and denominator as text, or the reason why there is no value.
    pub value_note: Option<String>,
    /// Sentences about records that the value lacks, and about registers that were constructed.
    /// Empty if there are none of either.
    pub completeness: Vec<String>,
    pub amounts: Amounts,
    /// A text about the records that are due and missing; `None` if no record is missing.
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

    /// Returns how the summary counts the target: `Stated` or `Implied`.
    pub const fn counted_as(&self) -> &'static str {
        if self.is_implied { "Implied" } else { "Stated" }
    }

    /// Returns a note that lists the records that are due and missing. Returns `None` if no record
    /// is missing.
    pub fn provisional_note(&self) -> Option<String> {
        self.missing_records.as_ref().map(|records| format!("Provisional. Still to come: {records}"))
    }

    /// Returns the monthly figures as text. Returns `None` if no month has a figure.
    pub fn trend_text(&self) -> Option<&str> {
        (!self.trend.months.is_empty()).then_some(self.trend.text.as_str())
    }
}

/// The value and the threshold of a target as numbers, for workbooks in which readers calculate.
#[derive(Debug)]
pub struct Amounts {
    /// The value; `None` if the target has a word or nothing as its value.
    pub value: Option<Amount>,
    pub numerator: Option<i64>,
    pub denominator: Option<i64>,
    /// The threshold, or the due date of a milestone.
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

/// A text beside a derived figure: a revision, a judgement, a claim or a narrative.
#[derive(Debug)]
pub struct Remark {
    pub label: String,
    pub text: String,
    /// Whether the remark is a claim: a figure that was printed somewhere and not derived.
    pub is_claim: bool,
}

impl Remark {
    pub fn line(&self) -> String {
        format!("{}: {}", self.label, self.text)
    }
}
