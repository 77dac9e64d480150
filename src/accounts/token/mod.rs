//! The token endpoint. It issues access tokens to clients and for sessions.

pub mod routes;
