//! Accounts: the clients (systems) and users (people) who may ask, and how a client comes by a token.

pub mod answers;
pub mod assertion;
pub mod form;
pub mod keys;
pub mod login;
pub mod model;
pub mod queries;
pub mod routes;
pub mod secrets;
pub mod sessions;
