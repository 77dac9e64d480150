//! The rules by which figures are derived. They are pure and exact, and use no database, HTTP,
//! clock or floating point. Layer 0 of the architecture.
//!
//! docs/metrics.md describes the same rules in words.

pub mod measure;
pub mod period;
pub mod profile;
pub mod rag;
pub mod ranges;
pub mod rate;
pub mod rounding;
pub mod rule_text;
pub mod threshold_defaults;
pub mod trend;

pub use measure::Measure;
pub use period::{Frequency, PlanPeriod, ReadingLag};
pub use rag::{Aim, Colour, Inequality, Operator, ThresholdRule, Tolerance};
pub use rate::{Quantity, Rate};

/// The version of the rules by which figures are derived. If a change of the rules gives the same
/// rows another value or status, the version increases.
pub const VERSION: &str = "3";
