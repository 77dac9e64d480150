//! Webhook deliveries. A delivery is the sending of one event to one webhook, with its status and
//! attempts.

pub mod model;
pub mod queries;
pub mod routes;
