//! The body of every error response.

use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;
use crate::values::{FieldError, field_error};

/// The body of every error response (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A URI that names the type of problem.
    #[serde(rename = "type")]
    #[schema(
        max_length = 200,
        pattern = "^urn:outturn:problem:[a-z_]+$",
        example = "urn:outturn:problem:invalid"
    )]
    type_: String,
    /// The name of the HTTP status, as HTTP defines it.
    #[schema(max_length = 100, pattern = "^[A-Z][A-Za-z ]+$", example = "Unprocessable Entity")]
    title: String,
    /// The HTTP status code of the response.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// What went wrong, in a sentence for people.
    #[schema(
        max_length = 1000,
        pattern = "^[^\\x00]*$",
        example = "The request violates a rule of this operation. `errors` lists what is wrong."
    )]
    detail: String,
    /// The path of the request.
    #[schema(max_length = 8000, pattern = "^/[^\\x00]*$", example = "/v1/councils")]
    instance: String,
    /// A stable error code for programs.
    #[schema(max_length = 64, pattern = "^[a-z_]+$", example = "invalid")]
    code: String,
    /// The id of the request. X-Request-Id and the log also contain it.
    #[schema(
        max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$",
        example = "0198c5b0-0000-7000-8000-000000000000"
    )]
    request_id: String,
    /// The first 1,000 field errors of the request.
    #[schema(max_items = 1000)]
    errors: Vec<FieldError>,
}

impl Problem {
    pub fn body(&self, request_id: &str, path: &str) -> ProblemBody {
        ProblemBody {
            type_: format!("urn:outturn:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone().into_owned(),
            instance: path.to_owned(),
            code: self.code.clone().into_owned(),
            request_id: request_id.to_owned(),
            errors: self.field_errors.iter().take(field_error::MAX_FIELD_ERRORS).cloned().collect(),
        }
    }
}
