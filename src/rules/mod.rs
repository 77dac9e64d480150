//! Layer 0: the rules by which figures are derived. They are pure and exact: no database, no HTTP,
//! no clock, no floating point.
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
pub use period::{Frequency, PlanYear};
pub use rag::{Aim, Colour, Inequality, Operator, ThresholdRule, Tolerance};
pub use rate::{Quantity, Rate};

/// The rule version. A change of the rules that gives the same rows another value or status
/// increases the version.
pub const VERSION: &str = "2";
