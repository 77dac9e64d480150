//! Successors: the draft framework of the next year, made from this one, with baselines from this
//! year's outturns.

mod draft;
pub mod model;
pub mod queries;
pub mod routes;
