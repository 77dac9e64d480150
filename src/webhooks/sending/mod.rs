//! Sends webhook deliveries. A server leases the deliveries that are due, sends the messages and
//! stores the results. Each message is sent at least once. If a server fails before it stores a
//! result, another server sends the message again when the lease ends.

mod allowed_networks;
mod attempt;
mod client;
pub mod queries;
mod schedule;
pub mod sender;

pub use allowed_networks::AllowedNetworks;
pub use client::{Client, RESPONSE_TIMEOUT};
