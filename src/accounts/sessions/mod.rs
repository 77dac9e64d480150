//! Sessions of people: signing in, refreshing access tokens and signing out.

mod cookie;
pub mod model;
pub mod queries;
pub mod routes;

pub(super) use cookie::{expired_cookie, read_cookie, token_cookie};
