//! Sends deliveries: a server leases those that are due, sends them and stores the results. A
//! message is sent at least once: if a server is killed before it stores the result, a server sends
//! the message again after the lease.

mod allowed_networks;
mod attempt;
mod client;
pub mod queries;
mod schedule;
pub mod sender;

pub use allowed_networks::AllowedNetworks;
pub use client::{Client, RESPONSE_TIMEOUT};
