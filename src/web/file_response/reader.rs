//! The client that reads a download.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::web::{Caller, Problem, limits};

/// The client that reads a download, as the limits identify the client.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The account id or the token's subject.
    pub caller: String,
    pub address: IpAddr,
}

impl FromRequest for Reader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().map(Caller::identity);
        let caller = caller.ok_or_else(|| Problem::internal("a route without authentication has no caller"));
        ready(caller.and_then(|caller| Ok(Self { caller, address: limits::address(request)? })))
    }
}
