//! Metrics of the server itself, which `/metrics` returns: counters, gauges and histograms.
//!
//! In all other modules, a metric is a figure of a target.

pub use metrics::{counter, gauge, histogram};
