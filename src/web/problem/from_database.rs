//! Converts database errors to problems.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;

use super::{Problem, RETRY_SECONDS};
use crate::db;
use crate::values::FieldError;

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Missing => Self::not_found(),
            db::Error::Stale => {
                let detail = "The resource has changed since the version in If-Match. Read it again.";
                Self::new(StatusCode::PRECONDITION_FAILED, "stale_version", detail)
            }
            db::Error::Forbidden(detail) => Self::forbidden(detail),
            db::Error::Conflict { code, detail, field_errors } => {
                Self { field_errors, ..Self::new(StatusCode::CONFLICT, code, detail) }
            }
            db::Error::Invalid(field_errors) => Self::invalid(field_errors),
            db::Error::BadCursor => {
                let detail = "The cursor is not valid. Send the `next_cursor` of a page, or no cursor.";
                Self::malformed(vec![FieldError::parameter("cursor", "bad_cursor", detail)])
            }
            db::Error::Unavailable(cause) => Self::unavailable(
                "database_unavailable",
                "The database is unavailable. Try again shortly.",
                cause,
            ),
            db::Error::ReadOnly(cause) => {
                let detail = "The database does not accept writes at the moment. Try again shortly.";
                Self::unavailable("database_read_only", detail, cause)
            }
            db::Error::TooManyConnections(cause) => {
                let detail = "The database accepts no further connections at the moment. Try again shortly.";
                Self::unavailable("too_many_connections", detail, cause)
            }
            db::Error::StorageFull(cause) => Self::storage_full(cause),
            db::Error::Misconfigured(cause) => {
                let detail = "The database is misconfigured. The operator has to correct the configuration.";
                Self { header: None, ..Self::unavailable("database_misconfigured", detail, cause) }
            }
            db::Error::NewerSchema(cause) => {
                let detail = "A newer version of the server has migrated the database. The operator has to upgrade this server.";
                Self { header: None, ..Self::unavailable("schema_newer", detail, cause) }
            }
            db::Error::InProgress => Self {
                header: Some((RETRY_AFTER, RETRY_SECONDS)),
                ..Self::new(
                    StatusCode::CONFLICT,
                    "request_in_progress",
                    "A request with this Idempotency-Key is in progress. Retry to get the response of that request.",
                )
            },
            db::Error::KeyReused => {
                let detail = "Another request used this Idempotency-Key. Send a new key with a new request.";
                Self::invalid(vec![FieldError::header("Idempotency-Key", "idempotency_key_reused", detail)])
            }
            db::Error::Busy => Self::busy("no database connection became free in time"),
            db::Error::Slow => {
                let detail = "The database took too long. Try again shortly, or request less data.";
                Self::unavailable("statement_timeout", detail, "statement canceled (SQLSTATE 57014)".into())
            }
            db::Error::Contended => {
                let detail =
                    "Another request was changing the same data, so this request changed nothing. Try again.";
                Self::unavailable("write_conflict", detail, "conflict with another transaction".into())
            }
            db::Error::Internal(cause) => Self::internal(cause),
        }
    }
}
