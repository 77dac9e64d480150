//! Webhooks. The server sends events to external systems as Standard Webhooks defines.
//! `detect_events` derives events from the change log and from changed figures. In the same
//! transaction it creates a delivery for each subscribed webhook. `sending` signs deliveries and
//! sends them with retries. Layer 3 of the architecture.

pub mod deliveries;
pub mod detect_events;
pub mod event_types;
pub mod model;
pub mod queries;
pub mod routes;
pub mod sending;
mod session;
pub mod signing;
mod worker;

pub use worker::WebhookWorker;
