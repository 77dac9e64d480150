//! Builders of targets and facts. A row of a table sets only the values that matter to it.

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

pub use super::facts_builder::{Entry, Facts, attendance, coverage, entries, entry, meetings, nothing};
pub use super::meeting_builder::{Meeting, meeting};
pub use super::target_builder::{Target, target};

/// The last day of the plan period.
pub const LAST_DAY: &str = "2018-03-31";

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a value")
}

pub const fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}
