//! The body of every error response.

use serde::Serialize;
use utoipa::ToSchema;

use crate::values::FieldError;

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
    pub(super) type_: String,
    /// The status in words, as HTTP defines them.
    #[schema(max_length = 100, pattern = "^[A-Z][A-Za-z ]+$", example = "Unprocessable Entity")]
    pub(super) title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    pub(super) status: u16,
    /// What went wrong, in a sentence for people.
    #[schema(
        max_length = 1000,
        pattern = "^[^\\x00]*$",
        example = "The request breaks the rules of this operation; see errors."
    )]
    pub(super) detail: String,
    /// The path of the request.
    #[schema(max_length = 8000, pattern = "^/[^\\x00]*$", example = "/v1/councils")]
    pub(super) instance: String,
    /// A stable code for programs.
    #[schema(max_length = 64, pattern = "^[a-z_]+$", example = "invalid")]
    pub(super) code: String,
    /// The id of the request. X-Request-Id and the log also contain it.
    #[schema(
        max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$",
        example = "0198c5b0-0000-7000-8000-000000000000"
    )]
    pub(super) request_id: String,
    /// The field errors that were found, up to the first 1,000.
    #[schema(max_items = 1000)]
    pub(super) errors: Vec<FieldError>,
}
