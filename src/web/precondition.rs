//! Conditional requests: If-Match for changes, and If-None-Match for reads.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};

use super::Problem;
use crate::values::FieldError;

/// Extracts the row versions in the header If-Match. Fails with 428 if the header is absent. An old
/// version does not fail here, because the SQL statement of the write detects it.
#[derive(Debug)]
pub struct IfMatch(pub Vec<i64>);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(versions(request))
    }
}

fn versions(request: &HttpRequest) -> Result<IfMatch, Problem> {
    if !request.headers().contains_key(IF_MATCH) {
        return Err(version_required());
    }
    let tags = tags(request.headers(), IF_MATCH).unwrap_or_default();
    if tags.iter().any(|tag| tag == "*") {
        return Err(required("If-Match must not be *. Send the version you change, such as \"3\"."));
    }
    let strong = tags.iter().filter_map(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
    let versions =
        strong.filter_map(|tag| tag.parse().ok().filter(|version: &i64| version.to_string() == tag));
    Ok(IfMatch(versions.collect()))
}

/// Creates the 428 problem for a change without the header If-Match.
pub(super) fn version_required() -> Problem {
    required("The header If-Match is missing. Send the version that you change, such as If-Match: \"3\".")
}

fn required(detail: &'static str) -> Problem {
    let field_error = FieldError::header("If-Match", "required", detail);
    Problem {
        field_errors: vec![field_error],
        ..Problem::new(StatusCode::PRECONDITION_REQUIRED, "version_required", detail)
    }
}

/// Adds an explanation to a 412 problem if all entity tags of the request are weak. If-Match uses
/// strong comparison (RFC 9110, section 13.1.1), so a weak tag matches no version. Returns all
/// other problems unchanged.
pub(super) fn explain(problem: Problem, headers: &HeaderMap) -> Problem {
    let tags = tags(headers, IF_MATCH).unwrap_or_default();
    let weak: Option<Vec<&str>> = tags.iter().map(|tag| tag.strip_prefix("W/")).collect();
    match weak.as_deref() {
        Some([first, ..]) if problem.status == StatusCode::PRECONDITION_FAILED => {
            let is_version = first.trim_matches('"').parse::<i64>().is_ok();
            let strong = if is_version { *first } else { "\"3\"" };
            let detail = format!(
                "The header If-Match must not contain the weak entity tag W/{first}. \
                 Send the version as a strong entity tag: If-Match: {strong}."
            );
            let field_errors = vec![FieldError::header("If-Match", "weak_etag", detail.as_str())];
            Problem { detail: detail.into(), field_errors, ..problem }
        }
        _ => problem,
    }
}

pub const MAX_LENGTH: usize = 1000;

/// Returns the field errors of the headers If-Match and If-None-Match.
pub fn field_errors(headers: &HeaderMap) -> Vec<FieldError> {
    let read = [("If-Match", IF_MATCH), ("If-None-Match", IF_NONE_MATCH)];
    let field_error = |(shown, name): (&'static str, HeaderName)| {
        let length: usize = headers.get_all(&name).map(|line| line.len()).sum();
        match tags(headers, name) {
            _ if length > MAX_LENGTH => {
                Some(FieldError::header(shown, "too_long", "The list of entity tags is too long."))
            }
            None => Some(FieldError::header(
                shown,
                "bad_format",
                "The header must contain entity tags in quotes, such as \"3\".",
            )),
            Some(_) => None,
        }
    };
    read.into_iter().filter_map(field_error).collect()
}

/// Returns whether If-None-Match contains `etag` (weak comparison).
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").to_owned();
    let known = tags(headers, IF_NONE_MATCH).unwrap_or_default();
    known.iter().any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

/// Returns the entity tags in a header. Returns `None` if a tag is malformed or the header is
/// empty.
fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    for line in headers.get_all(&name) {
        for tag in line.to_str().ok()?.split(',') {
            let tag = tag.trim();
            if tag.is_empty() {
                continue;
            }
            let bare = tag.strip_prefix("W/").unwrap_or(tag);
            let inside = bare.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            if inside.is_none_or(|inside| inside.contains('"')) && tag != "*" {
                return None;
            }
            tags.push(tag.to_owned());
        }
    }
    let says_nothing = tags.is_empty() && headers.contains_key(&name);
    (!says_nothing).then_some(tags)
}
