//! The token endpoint: access tokens for clients and for sessions.

pub mod routes;
