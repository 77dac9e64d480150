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
pub use rag::{Aim, Bar, Colour, Inequality, Operator, Tolerance};
pub use rate::{Quantity, Rate};

/// The version of these rules. It increases when the same rows would give another value or status.
pub const VERSION: &str = "2";
