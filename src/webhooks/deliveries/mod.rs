//! Deliveries of events to webhooks, and their outcomes.

pub mod model;
pub mod queries;
pub mod routes;
