//! The caller: who the token says is asking, and what that caller may do.

pub mod routes;
