//! The metrics of the server itself, which `/metrics` shows: counters, gauges and histograms.
//!
//! Elsewhere in the code, a metric is a figure of a target.

pub use metrics::{counter, gauge, histogram};
