//! Accounts: the clients (systems) and users (people) who may ask, how a client comes by a token, and who may of those
//! that an outside identity provider vouches for.

pub mod answers;
pub mod assertion;
pub mod failures;
pub mod form;
pub mod hashing;
pub mod keys;
pub mod login;
pub mod mappings;
pub mod model;
pub mod passwords;
pub mod queries;
pub mod routes;
pub mod secrets;
pub mod sessions;
