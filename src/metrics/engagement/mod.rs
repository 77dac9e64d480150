//! How councils engage with the association: one council's history, and which councils are drifting away.

mod drift;
mod history;
pub mod model;
pub mod queries;
pub mod routes;
