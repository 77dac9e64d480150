//! Publishes the public keys that verify this server's tokens.

use actix_web::HttpRequest;
use actix_web::web::{self, Data, ServiceConfig};

use super::Tokens;
use crate::web::{Reply, reply, route};

pub fn register(config: &mut ServiceConfig) {
    config.service(
        web::resource("/.well-known/jwks.json")
            .route(web::get().to(jwks))
            .route(web::head().to(jwks))
            .default_service(route::fallback(&["GET", "HEAD", "OPTIONS"])),
    );
}

async fn jwks(request: HttpRequest, tokens: Data<Tokens>) -> Reply {
    reply::view(&request, &tokens.jwks())
}
