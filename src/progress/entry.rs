//! The content of an entry: a value of the kind that the target's measure takes, or a text about
//! it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::values::{Number, Prose, ShortText, tagged, text_enum};

tagged! {
    /// The content of an entry. A valued entry must be of the kind that the target's measure takes;
    /// narrative, judgement and claim fit every measure.
    pub enum Entry {
        /// Whether a council is covered.
        Coverage(Coverage) = "coverage" as "CoverageEntry",
        /// A number to add to a total.
        Count(Count) = "count" as "CountEntry",
        /// A numerator and a denominator.
        Ratio(RatioReading) = "ratio" as "RatioEntry",
        /// Income and cost of an area.
        Money(Money) = "money" as "MoneyEntry",
        /// The state of a milestone.
        Milestone(MilestoneReading) = "milestone" as "MilestoneEntry",
        /// Free text.
        Narrative(NarrativeText) = "narrative" as "NarrativeEntry",
        /// A status set by a person, shown beside the derived one.
        Judgement(Judgement) = "judgement" as "JudgementEntry",
        /// A figure as published, shown beside the derived one.
        Claim(Claim) = "claim" as "ClaimEntry",
    }
}

text_enum! {
    /// The state of a milestone.
    pub enum MilestoneState {
        /// Not started.
        Planned = "planned",
        /// Started.
        Started = "started",
        /// Reached.
        Achieved = "achieved",
        /// Given up, or too late.
        Missed = "missed",
    }
}

text_enum! {
    /// A status that a person can set.
    pub enum JudgedStatus {
        /// As it should be.
        Green = "green",
        /// At risk.
        Amber = "amber",
        /// Not as it should be.
        Red = "red",
    }
}

text_enum! {
    /// The unit of a value.
    pub enum Unit {
        /// Per cent.
        Percent = "percent",
        /// A count.
        Count = "count",
        /// Pence.
        Pence = "pence",
        /// Without a unit.
        None = "none",
    }
}

/// Whether a council is covered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Id of the council.
    pub council_id: Uuid,
    /// Whether the council is covered.
    pub covered: bool,
}

/// A number to add to a total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// The number to add.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub count: i64,
}

/// A numerator and a denominator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatioReading {
    /// The numerator.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 32)]
    pub numerator: i64,
    /// The denominator.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 34)]
    pub denominator: i64,
}

/// Income and cost of an area, in pence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The area that the target measures. A figure of the whole association is a claim.
    #[schema(example = "talent-bank-commercialisation")]
    pub area: ShortText,
    /// Income, in pence.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 12_500_000)]
    pub income_pence: i64,
    /// Cost, in pence.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 11_900_000)]
    pub cost_pence: i64,
}

/// The state of a milestone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneReading {
    /// The state that the milestone has reached.
    pub state: MilestoneState,
}

/// Free text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NarrativeText {
    /// The text.
    pub text: Prose,
}

/// A status set by a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// The status.
    pub status: JudgedStatus,
    /// The reason for the status.
    pub reason: Prose,
}

/// A figure as published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The text as printed.
    #[schema(example = "91%")]
    pub printed: Prose,
    /// The value, if one is printed.
    #[serde(default)]
    pub value: Option<Number>,
    /// The unit of the value.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// The numerator, if one is printed.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub numerator: Option<i64>,
    /// The denominator, if one is printed.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub denominator: Option<i64>,
}

impl Entry {
    /// Returns the council of a coverage entry.
    pub fn council(&self) -> Option<Uuid> {
        match self {
            Self::Coverage(coverage) => Some(coverage.council_id),
            _ => None,
        }
    }
}
