//! Next year: a draft that carries a framework on, with baselines taken from its outturns.

mod carry;
pub mod model;
pub mod queries;
pub mod routes;
