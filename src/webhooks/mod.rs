//! Floor 3: webhooks. What happens is told to other systems as Standard Webhooks has it: `announce` turns the change log and
//! what the figures have become into `events`, each with a delivery to every webhook that wants it, in one transaction;
//! `deliver` sends what is due, signed, until it has arrived or is given up.

pub mod announce;
pub mod deliver;
pub mod deliveries;
pub mod events;
pub mod model;
pub mod queries;
pub mod routes;
mod session;
pub mod signing;
mod teller;

pub use teller::Teller;
