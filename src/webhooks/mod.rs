//! Layer 3: webhooks. The server sends events to other systems as Standard Webhooks defines.
//! `detect_events` derives `events` from the change log and from changes of figures, and creates a
//! delivery for each subscribed webhook in the same transaction. `deliver` signs and sends the
//! deliveries that are due, until they succeed or have failed for good.

pub mod deliver;
pub mod deliveries;
pub mod detect_events;
pub mod events;
pub mod model;
pub mod queries;
pub mod routes;
mod session;
pub mod signing;
mod worker;

pub use worker::WebhookWorker;
