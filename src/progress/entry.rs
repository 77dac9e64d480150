//! The content of a progress entry: a value for the target's measure, or a text about the target.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::values::{Figure, Number, Prose, ShortText, tagged, text_enum};

tagged! {
    /// What a progress entry states. An entry with a value must be of the kind that the target's
    /// measure uses. Narratives, judgements and claims are allowed for every measure.
    pub enum Entry {
        /// Whether a council has received or answered what the target counts.
        Coverage(Coverage) = "coverage" as "CoverageEntry",
        /// A number that is added to the target's running count.
        Count(Count) = "count" as "CountEntry",
        /// The numerator and the denominator of a ratio.
        Ratio(RatioReading) = "ratio" as "RatioEntry",
        /// A value that is stated as it is.
        Reading(StatedReading) = "reading" as "ReadingEntry",
        /// The income and the cost of an area of work.
        Money(Money) = "money" as "MoneyEntry",
        /// The state of a milestone.
        Milestone(MilestoneReading) = "milestone" as "MilestoneEntry",
        /// A text about the target.
        Narrative(NarrativeText) = "narrative" as "NarrativeEntry",
        /// A status that a person has set. Responses show it beside the derived status.
        Judgement(Judgement) = "judgement" as "JudgementEntry",
        /// A figure that was printed somewhere, such as in a report. Responses show it beside the
        /// derived figure.
        Claim(Claim) = "claim" as "ClaimEntry",
    }
}

text_enum! {
    /// How far a milestone has come.
    pub enum MilestoneState {
        /// The work has not started.
        Planned = "planned",
        /// The work has started.
        Started = "started",
        /// The milestone is reached.
        Achieved = "achieved",
        /// The milestone was given up, or it is too late to reach it.
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
        /// The unit that the measure of the target names, such as days.
        Named = "named",
        /// The value has no unit.
        None = "none",
    }
}

/// Whether a council has received or answered what the target counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Id of the council.
    pub council_id: Uuid,
    /// Whether the council has received or answered what the target counts.
    pub covered: bool,
}

/// A number that is added to the target's running count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// The number to add.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub count: i64,
}

/// The numerator and the denominator of a ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatioReading {
    /// The numerator. It must not exceed the denominator, unless the target's measure allows it.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 32)]
    pub numerator: i64,
    /// The denominator.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 34)]
    pub denominator: i64,
}

/// A value that is stated as it is, in the unit of the target's measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatedReading {
    /// The value.
    #[schema(example = 78.5)]
    pub value: Figure,
}

/// The income and the cost of an area of work, in pence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The area of work, which must be the area that the target measures. For a figure about the
    /// whole association, create a claim.
    #[schema(example = "talent-bank-commercialisation")]
    pub area: ShortText,
    /// Income, in pence.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 12_500_000)]
    pub income_pence: i64,
    /// Cost, in pence.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 11_900_000)]
    pub cost_pence: i64,
}

/// The state that a milestone has reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneReading {
    /// The state that the milestone has reached.
    pub state: MilestoneState,
}

/// A text about the target.
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

/// A figure that was printed somewhere, such as in a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The text of the figure, exactly as printed.
    #[schema(example = "91%")]
    pub printed: Prose,
    /// The number in the printed text; null if the text has no number.
    #[serde(default)]
    pub value: Option<Number>,
    /// The unit of the printed number.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// The printed numerator; null if no numerator is printed.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub numerator: Option<i64>,
    /// The printed denominator; null if no denominator is printed.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub denominator: Option<i64>,
}

impl Entry {
    pub fn council(&self) -> Option<Uuid> {
        match self {
            Self::Coverage(coverage) => Some(coverage.council_id),
            _ => None,
        }
    }
}
