//! The operation with which a caller gets its identity, role and permitted operations.

pub mod routes;
