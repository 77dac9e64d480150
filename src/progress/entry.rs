//! What an entry says: a value of the target's kind, or words about it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::values::{Line, Number, Prose, tagged, text_enum};

tagged! {
    /// What an entry says. A valued entry must be of the kind its target's measure takes; narrative, judgement and
    /// claim fit every measure.
    pub enum Entry {
        /// Whether a council has it.
        Coverage(Coverage) = "coverage" as "CoverageEntry",
        /// So many more.
        Count(Count) = "count" as "CountEntry",
        /// So many of so many.
        Ratio(RatioReading) = "ratio" as "RatioEntry",
        /// Income and cost of an area.
        Money(Money) = "money" as "MoneyEntry",
        /// How far a milestone is.
        Milestone(MilestoneReading) = "milestone" as "MilestoneEntry",
        /// Words.
        Narrative(NarrativeText) = "narrative" as "NarrativeEntry",
        /// A status set by a person: it stands beside the derived one.
        Judgement(Judgement) = "judgement" as "JudgementEntry",
        /// A figure as published: it stands beside the derived one.
        Claim(Claim) = "claim" as "ClaimEntry",
    }
}

text_enum! {
    /// How far a milestone is.
    pub enum MilestoneState {
        /// Not begun.
        Planned = "planned",
        /// Begun.
        Started = "started",
        /// Reached.
        Achieved = "achieved",
        /// Given up or too late.
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
        /// None.
        None = "none",
    }
}

/// Whether a council has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// The council.
    pub council_id: Uuid,
    /// Whether it does.
    pub covered: bool,
}

/// So many more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// How many.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub count: i64,
}

/// So many of so many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatioReading {
    /// How many of them.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 32)]
    pub numerator: i64,
    /// Out of how many.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 34)]
    pub denominator: i64,
}

/// Income and cost of an area, in pence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The area the target measures. A figure of the whole association is a claim.
    #[schema(example = "talent-bank-commercialisation")]
    pub area: Line,
    /// Income.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 12_500_000)]
    pub income_pence: i64,
    /// Cost.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 11_900_000)]
    pub cost_pence: i64,
}

/// How far a milestone is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneReading {
    /// The state it has reached.
    pub state: MilestoneState,
}

/// Words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NarrativeText {
    /// The words.
    pub text: Prose,
}

/// A status set by a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// The status.
    pub status: JudgedStatus,
    /// Why.
    pub reason: Prose,
}

/// A figure as published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The words as printed.
    #[schema(example = "91%")]
    pub printed: Prose,
    /// The value, where one is printed.
    #[serde(default)]
    pub value: Option<Number>,
    /// The value's unit.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// The numerator, where one is printed.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub numerator: Option<i64>,
    /// The denominator, where one is printed.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub denominator: Option<i64>,
}

impl Entry {
    /// The council whose coverage it reports.
    pub fn council(&self) -> Option<Uuid> {
        match self {
            Self::Coverage(coverage) => Some(coverage.council_id),
            _ => None,
        }
    }
}
