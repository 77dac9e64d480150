//! The database as the server finds it: its errors, its state, and what is between.

mod connecting;
mod errors;
mod identity;
mod pooler;
