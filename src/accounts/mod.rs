//! Accounts: the clients (systems) and users (people) that may call the API, how they get tokens,
//! and which callers an external identity provider may authenticate.

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
