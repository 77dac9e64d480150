//! Measures whose values progress entries state, and measures without a value.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Day, Number, ShortText, text_enum};

text_enum! {
    /// How several readings of a ratio give one ratio.
    pub enum RatioAggregate {
        /// The sum of the numerators, divided by the sum of the denominators.
        Summed = "summed",
        /// The ratio in the latest reading.
        Latest = "latest",
        /// The lowest ratio in a reading. Of the readings on one occasion, the latest counts. If the
        /// aim is at least, every occasion must therefore meet the threshold.
        Minimum = "minimum",
        /// The highest ratio in a reading. Of the readings on one occasion, the latest counts. If
        /// the aim is at most, every occasion must therefore meet the threshold.
        Maximum = "maximum",
    }
}

text_enum! {
    /// How several readings give one value.
    pub enum ReadingAggregate {
        /// The latest reading.
        Latest = "latest",
        /// The sum of the readings.
        Sum = "sum",
        /// The mean of the readings. It is exact, and rounded once.
        Mean = "mean",
        /// The lowest reading. Of the readings on one occasion, the latest counts.
        Minimum = "minimum",
        /// The highest reading. Of the readings on one occasion, the latest counts.
        Maximum = "maximum",
    }
}

text_enum! {
    /// What the balance of income and cost must be.
    pub enum BalanceRequirement {
        /// The balance must be more than the threshold. Plans say "income or surplus".
        Surplus = "surplus",
        /// The balance must be at least the threshold. Plans say "full cost recovery".
        BreakEven = "break_even",
    }
}

/// The parameters of a running count, which adds the counts in progress entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountTotal {
    /// The name of what is counted.
    #[schema(example = "case studies")]
    pub unit_name: ShortText,
    /// The profile, which states how much is expected by which day. The days are in ascending order
    /// and within the plan period. No amount is more than the threshold of an at-least target.
    /// Without a profile, an even pace is expected from an at-least target. Without a profile, an
    /// at-most target is compared with its whole threshold on any day.
    #[serde(default)]
    #[schema(max_items = 24, example = json!([]))]
    pub profile: Vec<ProfilePoint>,
}

/// How much of a running count is expected by the end of a day. The list of these amounts is the
/// target's profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfilePoint {
    /// The day by whose end the amount is expected.
    pub by_on: Day,
    /// The amount that is expected since the start of the plan period.
    #[schema(minimum = 0, example = 5)]
    pub expected: Number,
}

/// The parameters of a ratio. Its value is `per` times the numerator, divided by the denominator:
/// with `per` 100 a percentage, with `per` 1,000 a number per thousand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// How several readings of the ratio give one ratio.
    #[serde(default = "summed")]
    pub aggregate: RatioAggregate,
    /// What the ratio is multiplied by. 220 days over 20 decisions are 11 days with `per` 1.
    #[serde(default = "hundred")]
    #[schema(minimum = 1, maximum = 1_000_000, example = 100)]
    pub per: i64,
    /// The name of the value's unit, such as `days`. Required if `per` is not 100. If `per` is 100,
    /// the unit is per cent, and this field is null.
    #[serde(default)]
    pub unit_name: Option<ShortText>,
    /// The number of decimal places to which the value is rounded for display. The status is
    /// derived from the exact value.
    #[serde(default = "two_decimals")]
    #[schema(minimum = 0, maximum = 4, example = 2)]
    pub decimals: u32,
    /// Whether a numerator may exceed its denominator. If `per` is not 100, it always may.
    #[serde(default)]
    pub may_exceed: bool,
}

impl Ratio {
    /// Returns whether a numerator may exceed its denominator.
    pub const fn may_exceed(&self) -> bool {
        self.may_exceed || self.per != 100
    }
}

fn summed() -> RatioAggregate {
    RatioAggregate::Summed
}

const fn hundred() -> i64 {
    100
}

const fn two_decimals() -> u32 {
    2
}

/// The parameters of a reading: a value without a numerator and a denominator. Responses show the
/// value as `reported`, because the server cannot derive it. Attendance, evaluation forms and
/// coverage have measures of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// How several readings give one value.
    #[serde(default = "latest")]
    pub aggregate: ReadingAggregate,
    /// The name of the readings' unit, such as `days`; null if the readings are percentages.
    #[serde(default)]
    pub unit_name: Option<ShortText>,
}

fn latest() -> ReadingAggregate {
    ReadingAggregate::Latest
}

/// The parameters of a financial balance, which is income less cost, in pence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinancialBalance {
    /// The area of the balance. Progress entries of other areas do not count.
    #[schema(example = "talent-bank-commercialisation")]
    pub area: ShortText,
    /// What the balance of income and cost must be.
    #[serde(default = "surplus")]
    pub requirement: BalanceRequirement,
}

fn surplus() -> BalanceRequirement {
    BalanceRequirement::Surplus
}

/// A milestone has no parameters. Its state must be reached by the target's due date. A target
/// without a due date has until the last day of the plan period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Milestone {}

/// A narrative has no parameters. A person judges the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Narrative {}
