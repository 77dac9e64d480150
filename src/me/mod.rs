//! The caller: its identity, as its token states it, and what it may do.

pub mod routes;
