//! Successors of frameworks: the draft framework for next year, with this year's outturns as
//! baselines.

mod draft;
pub mod model;
pub mod queries;
pub mod routes;
