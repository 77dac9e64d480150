//! The client that downloads a spool file.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::web::{Caller, Problem, limits};

/// The client that downloads a spool file. The limits count spool files by caller and by client
/// address.
#[derive(Debug, Clone)]
pub struct Reader {
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
