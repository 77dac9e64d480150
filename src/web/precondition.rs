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
        return Err(version_required());
    }
    let tags = tags(request.headers(), IF_MATCH).unwrap_or_default();
    if tags.iter().any(|tag| tag == "*") {
        return Err(required("Name the version: * would change whatever is there."));
    }
    let strong = tags.iter().filter_map(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
    let versions =
        strong.filter_map(|tag| tag.parse().ok().filter(|version: &i64| version.to_string() == tag));
    Ok(IfMatch(versions.collect()))
}

/// The answer to a change that names no version.
pub(super) fn version_required() -> Problem {
    required("Send the version you change: If-Match: \"3\".")
}

fn required(detail: &'static str) -> Problem {
    let fault = Fault::header("If-Match", "required", detail);
    Problem {
        faults: vec![fault],
        ..Problem::new(StatusCode::PRECONDITION_REQUIRED, "version_required", detail)
    }
}

/// The same refusal of a stale version, or what is wrong with a request whose tags are all weak: If-Match compares
/// strongly (RFC 9110, section 13.1.1), so a weak tag matches nothing.
pub(super) fn explain(problem: Problem, headers: &HeaderMap) -> Problem {
    let tags = tags(headers, IF_MATCH).unwrap_or_default();
    let weak: Option<Vec<&str>> = tags.iter().map(|tag| tag.strip_prefix("W/")).collect();
    match weak.as_deref() {
        Some([first, ..]) if problem.status == StatusCode::PRECONDITION_FAILED => {
            let is_version = first.trim_matches('"').parse::<i64>().is_ok();
            let strong = if is_version { *first } else { "\"3\"" };
            let detail = format!(
                "W/{first} is a weak tag, which cannot be used in If-Match; \
                 send the version as a strong one: If-Match: {strong}."
            );
            let faults = vec![Fault::header("If-Match", "weak_tag", detail.as_str())];
            Problem { detail: detail.into(), faults, ..problem }
        }
        _ => problem,
    }
}

/// The most characters a list of tags may have.
pub const LONGEST: usize = 1000;

/// What is wrong with the tags a request sends.
pub fn faults(headers: &HeaderMap) -> Vec<Fault> {
    let read = [("If-Match", IF_MATCH), ("If-None-Match", IF_NONE_MATCH)];
    let fault = |(shown, name): (&'static str, HeaderName)| {
        let length: usize = headers.get_all(&name).map(|line| line.len()).sum();
        match tags(headers, name) {
            _ if length > LONGEST => {
                Some(Fault::header(shown, "too_long", "The list of entity tags is too long."))
            }
            None => Some(Fault::header(shown, "bad_format", "A list of quoted entity tags is expected.")),
            Some(_) => None,
        }
    };
    read.into_iter().filter_map(fault).collect()
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
