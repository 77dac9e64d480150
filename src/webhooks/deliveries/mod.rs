//! Deliveries: events on their way to webhooks, and what became of them.

pub mod model;
pub mod queries;
pub mod routes;
