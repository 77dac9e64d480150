//! Webhook deliveries: the sending of an event to a webhook, with its status and attempts.

pub mod model;
pub mod queries;
pub mod routes;
