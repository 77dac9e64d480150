//! Engagement: the attendance and coverage of councils over the years, and a ranking of councils by
//! the change of their attendance.

mod drift;
mod history;
pub mod model;
pub mod queries;
pub mod routes;
