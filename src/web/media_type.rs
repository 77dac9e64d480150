//! The media type of a request body.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;

use super::Problem;

/// Returns the media type in `Content-Type`, without parameters.
pub(super) fn of(request: &HttpRequest) -> Option<String> {
    let text = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Fails with 415 if the operation does not accept the media type.
pub(super) fn check(sent: Option<String>, accepted: &[String]) -> Result<String, Problem> {
    sent.filter(|sent| accepted.contains(sent)).ok_or_else(|| unsupported(accepted))
}

pub(super) fn unsupported(accepted: &[String]) -> Problem {
    let detail = format!("The Content-Type is not supported. Send the body as {}.", accepted.join(" or "));
    Problem::unsupported("Content-Type", "unsupported_media_type", detail)
}
