//! Engagement: one council's attendance and coverage over the years, and the councils whose
//! attendance drops.

mod drift;
mod history;
pub mod model;
pub mod queries;
pub mod routes;
