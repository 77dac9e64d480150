//! Accounts of the clients (external systems) and users (people) that may call the API. This module
//! also issues their access tokens. Role mappings give access to callers of an external identity
//! provider.

pub mod assertion;
pub mod client_keys;
pub mod failures;
pub mod hashing;
pub mod mappings;
pub mod model;
pub mod passwords;
pub mod queries;
pub mod routes;
pub mod secrets;
pub mod sessions;
pub mod token;
pub mod token_request;
pub mod token_responses;
