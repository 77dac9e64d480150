//! The caller's identity, role and permitted operations.

pub mod routes;
