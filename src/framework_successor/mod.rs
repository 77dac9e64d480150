//! Successors of frameworks: the draft of the next plan period, with the framework's outturns as
//! baselines.

mod draft;
pub mod model;
pub mod queries;
pub mod routes;
