//! Conditional requests: If-Match before a change, If-None-Match before an answer is sent again.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};

use super::Problem;
use crate::values::Fault;

/// The versions a change may start from. Without the header it is 428; a version that no row has is left to the
/// statement, which finds the row stale.
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
        return Err(required("Send the version you change: If-Match: \"3\"."));
    }
    let tags = tags(request.headers(), IF_MATCH).ok_or_else(|| {
        Problem::malformed(vec![Fault::header(
            "If-Match",
            "bad_format",
            "A list of quoted entity tags is expected.",
        )])
    })?;
    if tags.iter().any(|tag| tag == "*") {
        return Err(required("Name the version: * would change whatever is there."));
    }
    let strong = tags.iter().filter_map(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    Ok(IfMatch(strong.collect()))
}

fn required(detail: &'static str) -> Problem {
    let fault = Fault::header("If-Match", "required", detail);
    Problem {
        faults: vec![fault],
        ..Problem::new(StatusCode::PRECONDITION_REQUIRED, "version_required", detail)
    }
}

/// Whether the caller already has what `etag` names (weak comparison).
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").to_owned();
    let known = tags(headers, IF_NONE_MATCH).unwrap_or_default();
    known.iter().any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

/// The entity tags of a header; none when one is not well formed.
fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    for line in headers.get_all(name) {
        for tag in line.to_str().ok()?.split(',') {
            let tag = tag.trim();
            let bare = tag.strip_prefix("W/").unwrap_or(tag);
            let quoted = bare.len() >= 2 && bare.starts_with('"') && bare.ends_with('"');
            if !quoted && tag != "*" {
                return None;
            }
            tags.push(tag.to_owned());
        }
    }
    Some(tags)
}
