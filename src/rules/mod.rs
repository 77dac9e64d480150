//! Floor 0: what the facts mean. Pure and exact: no database, no HTTP, no clock, no floating point.
//!
//! docs/metrics.md tells the same in words.

pub mod measure;
pub mod period;
pub mod promise;
pub mod rag;
pub mod ranges;
pub mod rate;
pub mod travel;
pub mod words;

pub use measure::Measure;
pub use period::{Frequency, PlanYear};
pub use rag::{Aim, Bar, Colour, Inequality, Operator, Tolerance};
pub use rate::{Quantity, Rate};

/// The version of these rules. It goes up when the same rows would give another value or status.
pub const VERSION: &str = "2";
