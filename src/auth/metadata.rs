//! Publishes the metadata for OAuth clients (RFC 8414), such as the address of the token endpoint.

use actix_web::HttpRequest;
use actix_web::web::{self, Data, ServiceConfig};
use serde_json::json;

use super::Tokens;
use crate::web::{Problem, Reply, reply, route};

pub fn register(config: &mut ServiceConfig) {
    config.service(
        web::resource("/.well-known/oauth-authorization-server")
            .route(web::get().to(metadata))
            .route(web::head().to(metadata))
            .default_service(route::fallback(&["GET", "HEAD", "OPTIONS"])),
    );
}

/// Returns the metadata for OAuth clients. Fails with 404 if the server does not know its public
/// address.
async fn metadata(request: HttpRequest, tokens: Data<Tokens>) -> Reply {
    let (Some(address), Some(endpoint)) = (tokens.address(), tokens.endpoint()) else {
        return Err(Problem::not_found());
    };
    let metadata = json!({
        "issuer": tokens.issuer(),
        "token_endpoint": endpoint,
        "jwks_uri": format!("{address}/.well-known/jwks.json"),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["EdDSA", "ES256", "RS256"],
    });
    reply::view(&request, &metadata)
}
