//! Responses of the token endpoint, as RFC 6749 defines them.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::access::Role;
use crate::auth::{Tokens, token};
use crate::web::{Problem, trace};

/// The response with an access token.
#[derive(Serialize, ToSchema)]
pub struct TokenAnswer {
    /// The access token. Send it as `Authorization: Bearer`.
    #[schema(
        min_length = 1,
        max_length = 8000,
        pattern = "^[A-Za-z0-9_.-]+$",
        example = "eyJ0eXAiOiJhdCtqd3QifQ.e30.c2ln"
    )]
    access_token: String,
    /// The type of the token, always `Bearer`.
    #[schema(min_length = 6, max_length = 6, pattern = "^Bearer$", example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(minimum = 1, maximum = 900, example = 900)]
    expires_in: u64,
}

impl TokenAnswer {
    pub fn mint(
        tokens: &Tokens,
        account: Uuid,
        role: Role,
        councils: &[Uuid],
        session: Option<Uuid>,
    ) -> Result<Self, Problem> {
        let minted = tokens.mint_for(account, role, councils, session);
        let access_token = minted.map_err(|error| Problem::internal(error.to_string()))?;
        Ok(Self { access_token, token_type: "Bearer", expires_in: token::LIFETIME.as_secs() })
    }
}

/// The response with an access token and the next refresh token. The request had its refresh token
/// in the form.
#[derive(Serialize, ToSchema)]
pub struct RefreshedAnswer {
    /// The access token, as in a response that has no refresh token.
    #[serde(flatten)]
    pub token: TokenAnswer,
    /// The next refresh token. It replaces the refresh token in the request, which is no longer
    /// valid.
    #[schema(
        min_length = 75,
        max_length = 75,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "0198c5b000007000800000000000000079b5b0tOGNyZWQtYW5kLXNob3duLW9uY2UtYW5kLW5v"
    )]
    pub refresh_token: String,
    /// Seconds until the refresh token expires if it is not used.
    #[schema(minimum = 0, maximum = 43200, example = 43200)]
    pub refresh_expires_in: i64,
}

pub struct AnyAnswer;

impl PartialSchema for AnyAnswer {
    fn schema() -> RefOr<Schema> {
        let either = [RefreshedAnswer::name(), TokenAnswer::name()];
        let either = either.into_iter().map(Ref::from_schema_name);
        either.fold(AnyOfBuilder::new(), AnyOfBuilder::item).into()
    }
}

impl ToSchema for AnyAnswer {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((RefreshedAnswer::name().into(), RefreshedAnswer::schema()));
        schemas.push((TokenAnswer::name().into(), TokenAnswer::schema()));
    }
}

/// An error response of the token endpoint (RFC 6749).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRefusal {
    /// A stable error code for programs.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z_]+$", example = "invalid_client")]
    error: &'static str,
    /// What is wrong with the request, for people.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[ -~]+$",
        example = "Client authentication failed. The client is unknown, or its secret or assertion is not valid."
    )]
    error_description: &'static str,
}

impl TokenRefusal {
    const fn new(error: &'static str, error_description: &'static str) -> Self {
        Self { error, error_description }
    }

    /// Converts the error to an HTTP response. The status is 401 if client authentication failed,
    /// and 400 for every other error.
    pub fn response(self) -> HttpResponse {
        let mut response = if self.error == INVALID_CLIENT.error {
            let mut response = HttpResponse::build(StatusCode::UNAUTHORIZED);
            response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"outturn\""));
            response
        } else {
            HttpResponse::BadRequest()
        };
        let mut response = forbid_caching(&mut response).json(self);
        response.extensions_mut().insert(trace::KeepBody);
        response
    }
}

/// Adds the headers with which caches do not store a response that contains tokens.
pub fn forbid_caching(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response.insert_header((CACHE_CONTROL, "no-store"))
}

/// The error for a malformed form. It is incomplete, repeats a field, or does not contain exactly
/// one client authentication.
pub const INVALID_REQUEST: TokenRefusal = TokenRefusal::new(
    "invalid_request",
    "Send a form with grant_type and each field at most once. Send one client authentication, either in the form or in the header Authorization.",
);
pub const UNSUPPORTED_GRANT_TYPE: TokenRefusal =
    TokenRefusal::new("unsupported_grant_type", "grant_type must be client_credentials or refresh_token.");
/// The error for a failed client authentication. Every cause has the same response, which therefore
/// does not reveal which clients exist.
pub const INVALID_CLIENT: TokenRefusal = TokenRefusal::new(
    "invalid_client",
    "Client authentication failed. The client is unknown, or its secret or assertion is not valid.",
);
/// The error for a refresh token that is not valid. Every cause has the same response.
pub const INVALID_GRANT: TokenRefusal =
    TokenRefusal::new("invalid_grant", "The refresh token is not valid or has expired. Sign in again.");
/// The error for a session cookie that comes from a page of an origin that is not allowed.
pub const ORIGIN_NOT_ALLOWED: TokenRefusal = TokenRefusal::new(
    "invalid_request",
    "The session cookie was sent from an origin that is not allowed. Send it from a page of this server or of an allowed origin.",
);
