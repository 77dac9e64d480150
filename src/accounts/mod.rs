//! Accounts: the clients (systems) and users (people) that may call the API, and how they get
//! access tokens. Role mappings give access to callers of an external identity provider.

pub mod answers;
pub mod assertion;
pub mod failures;
pub mod form;
pub mod hashing;
pub mod keys;
pub mod mappings;
pub mod model;
pub mod passwords;
pub mod queries;
pub mod routes;
pub mod secrets;
pub mod sessions;
pub mod token;
