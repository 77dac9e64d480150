//! The content of a progress entry: a value for the target's measure, or a text about the target.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::values::{Number, Prose, ShortText, tagged, text_enum};

tagged! {
    /// The content of a progress entry. An entry with a value must be of the kind that the target's
    /// measure takes. Narratives, judgements and claims fit every measure.
    pub enum Entry {
        /// Whether a council is covered: whether the council has received or answered what the
        /// target counts.
        Coverage(Coverage) = "coverage" as "CoverageEntry",
        /// A number to add to a total.
        Count(Count) = "count" as "CountEntry",
        /// A numerator and a denominator.
        Ratio(RatioReading) = "ratio" as "RatioEntry",
        /// The income and the cost of an area.
        Money(Money) = "money" as "MoneyEntry",
        /// The state of a milestone.
        Milestone(MilestoneReading) = "milestone" as "MilestoneEntry",
        /// Free text.
        Narrative(NarrativeText) = "narrative" as "NarrativeEntry",
        /// A status that a person has set. Figures show the status beside the derived status.
        Judgement(Judgement) = "judgement" as "JudgementEntry",
        /// A figure that was printed somewhere. Responses show the figure beside the derived
        /// figure.
        Claim(Claim) = "claim" as "ClaimEntry",
    }
}

text_enum! {
    /// The state of a milestone.
    pub enum MilestoneState {
        /// The work has not started.
        Planned = "planned",
        /// The work has started.
        Started = "started",
        /// The milestone is reached.
        Achieved = "achieved",
        /// The milestone was given up or is too late.
        Missed = "missed",
    }
}

text_enum! {
    /// A status that a person can set.
    pub enum JudgedStatus {
        /// The target is as it should be.
        Green = "green",
        /// The target is at risk.
        Amber = "amber",
        /// The target is not as it should be.
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
        /// The value has no unit.
        None = "none",
    }
}

/// Whether a council is covered: whether the council has received or answered what the target
/// counts.
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

/// The income and the cost of an area, in pence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The area that the target measures. A figure about the whole association is a claim.
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

/// A status that a person has set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// The status.
    pub status: JudgedStatus,
    /// The reason for the status.
    pub reason: Prose,
}

/// A figure that was printed somewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The text, exactly as printed.
    #[schema(example = "91%")]
    pub printed: Prose,
    /// The value; null if no value is printed.
    #[serde(default)]
    pub value: Option<Number>,
    /// The unit of the value.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// The numerator; null if no numerator is printed.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub numerator: Option<i64>,
    /// The denominator; null if no denominator is printed.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub denominator: Option<i64>,
}

impl Entry {
    /// Returns the council that a coverage entry is about.
    pub fn council(&self) -> Option<Uuid> {
        match self {
            Self::Coverage(coverage) => Some(coverage.council_id),
            _ => None,
        }
    }
}
