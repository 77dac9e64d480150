//! What the token endpoint answers, as RFC 6749 has it.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::policy::Role;
use crate::web::{Problem, Tokens, token, trace};

/// A token.
#[derive(Serialize, ToSchema)]
pub struct TokenAnswer {
    /// The token: send it as `Authorization: Bearer`.
    #[schema(
        min_length = 1,
        max_length = 8000,
        pattern = "^[A-Za-z0-9_.-]+$",
        example = "eyJ0eXAiOiJhdCtqd3QifQ.e30.c2ln"
    )]
    access_token: String,
    /// How to send it.
    #[schema(min_length = 6, max_length = 6, pattern = "^Bearer$", example = "Bearer")]
    token_type: &'static str,
    /// Seconds until it ends.
    #[schema(minimum = 1, maximum = 900, example = 900)]
    expires_in: u64,
}

impl TokenAnswer {
    /// A fresh token for an account.
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

/// A token and, for a refresh token that came in the form, the one that counts from now on.
#[derive(Serialize, ToSchema)]
pub struct RefreshedAnswer {
    /// The token, as in a plain answer.
    #[serde(flatten)]
    pub token: TokenAnswer,
    /// The refresh token that counts from now on; the one that was sent does not count again.
    #[schema(
        min_length = 75,
        max_length = 75,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "0198c5b000007000800000000000000079b5b0tOGNyZWQtYW5kLXNob3duLW9uY2UtYW5kLW5v"
    )]
    pub refresh_token: String,
    /// Seconds until it ends if it is not used.
    #[schema(minimum = 0, maximum = 43200, example = 43200)]
    pub refresh_expires_in: i64,
}

/// Either answer to who asks for a token.
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

/// Why there is no token (RFC 6749).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRefusal {
    /// A stable word for programs.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z_]+$", example = "invalid_client")]
    error: &'static str,
    /// What is wrong, for people.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[ -~]+$",
        example = "The client is not known, or this does not prove that it asks."
    )]
    error_description: &'static str,
}

impl TokenRefusal {
    const fn new(error: &'static str, error_description: &'static str) -> Self {
        Self { error, error_description }
    }

    /// The answer: 401 to who is not known, else 400.
    pub fn response(self) -> HttpResponse {
        let mut response = if self.error == BAD_CLIENT.error {
            let mut response = HttpResponse::build(StatusCode::UNAUTHORIZED);
            response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"outturn\""));
            response
        } else {
            HttpResponse::BadRequest()
        };
        let mut response = unkept(&mut response).json(self);
        response.extensions_mut().insert(trace::AsItIs);
        response
    }
}

/// Nobody on the way keeps an answer about tokens.
pub fn unkept(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response.insert_header((CACHE_CONTROL, "no-store"))
}

/// The form does not say who asks, or says it twice.
pub const BAD_FORM: TokenRefusal = TokenRefusal::new(
    "invalid_request",
    "Send a form: grant_type, each field once, and one proof of who asks, there or in Authorization.",
);
/// The grant is none of ours.
pub const BAD_GRANT: TokenRefusal =
    TokenRefusal::new("unsupported_grant_type", "The grant is client_credentials or refresh_token.");
/// The client did not prove itself. One answer for all that can be wrong.
pub const BAD_CLIENT: TokenRefusal =
    TokenRefusal::new("invalid_client", "The client is not known, or this does not prove that it asks.");
/// The refresh token does not count. One answer for all that can be wrong.
pub const BAD_TOKEN: TokenRefusal = TokenRefusal::new(
    "invalid_grant",
    "The refresh token does not count, or counts no longer: sign in again.",
);
/// A page of elsewhere sent the cookie.
pub const BAD_PAGE: TokenRefusal =
    TokenRefusal::new("invalid_request", "This page may not act with the session's cookie.");
