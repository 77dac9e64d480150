//! Authentication and authorization. [`middleware`] identifies the caller of each request and
//! checks the caller's permission. Layer 1 of the architecture.

pub mod dataset_key;
pub mod jwks;
pub mod jwt;
pub mod metadata;
pub mod middleware;
pub mod oidc;
mod queries;
pub mod token;

pub use queries::account_access;
pub use token::Tokens;
