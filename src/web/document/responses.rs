//! What every operation answers besides its own: errors, headers, conditional requests.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;

use crate::db;
use crate::policy;
use crate::values::Fault;
use crate::web::{Endpoint, Problem, body, idempotency, limits, precondition};

/// An id for examples.
const SOME_ID: &str = "0198c5b0-0000-7000-8000-000000000000";

/// Every error an operation can answer with: name, status, meaning, whether it asks to try again or to log in.
const ERRORS: [(&str, &str, &str); 17] = [
    (
        "Malformed",
        "400",
        "The request cannot be read: broken JSON or encoding, or a query parameter that is unknown or out of its bounds.",
    ),
    ("Unauthenticated", "401", "There is no access token, or none that counts."),
    ("Forbidden", "403", "The caller may see this, but not do it."),
    ("NotFound", "404", "There is no such resource, or none the caller may see."),
    ("TooSlow", "408", "The body did not arrive in the time that one may take; nothing was done."),
    (
        "Conflict",
        "409",
        "The state of this resource, or of another one, stands against it; `code` says which.",
    ),
    ("Gone", "410", "The token leads nowhere any more: begin anew without one."),
    ("Stale", "412", "The resource has changed since the version in If-Match."),
    ("BodyTooLarge", "413", "The body is larger than the server takes, as it is sent or decoded."),
    (
        "UnsupportedMediaType",
        "415",
        "The body is not of a media type this operation takes, or is compressed where only `gzip` and `deflate` are taken, or nothing is (`unsupported_coding`).",
    ),
    ("Invalid", "422", "The request was read and breaks the schema or a rule; `errors` lists every fault."),
    (
        "LinesFailed",
        "422",
        "Lines failed and the request was to be applied whole, so nothing was written; or the request as a whole breaks its schema, and `result` is null.",
    ),
    ("VersionRequired", "428", "A change needs If-Match with the version it starts from."),
    (
        "RateLimited",
        "429",
        "The caller has asked as often as it may for now (`rate_limited`), has too many requests (`too_many_at_once`) or downloads (`too_many_downloads`) in progress, or has failed to sign in too often (`too_many_failures`); try again after Retry-After.",
    ),
    ("InternalError", "500", "A fault of ours; the request id finds it in the log."),
    (
        "Unavailable",
        "503",
        "The database is away, too slow, read-only, or busy with the same rows; nothing was changed. Where waiting helps, Retry-After says how long; `code` says which it is.",
    ),
    (
        "StorageFull",
        "507",
        "The server's storage is full; nothing was written, and the operator has to free space.",
    ),
];

/// The statuses an operation can answer with, by its method and path.
fn errors_of(endpoint: &Endpoint) -> Vec<&'static str> {
    let mut statuses = vec!["400", "401", "429", "500", "503", "507"];
    if policy::is_public(&endpoint.id) {
        statuses.extend_from_slice(match endpoint.http_method() {
            Method::POST if takes_json(endpoint) => &["408", "413", "415", "422"],
            Method::POST => &["408", "413", "415"],
            _ => &["403"],
        });
        return statuses;
    }
    statuses.push("403");
    if endpoint.path.contains('{') {
        statuses.push("404");
    }
    statuses.extend_from_slice(match endpoint.http_method() {
        Method::POST => &["408", "409", "413", "415", "422", "507"],
        Method::PATCH => &["408", "409", "412", "413", "415", "422", "428", "507"],
        Method::DELETE => &["409", "412", "428", "507"],
        _ => &[],
    });
    statuses.sort_unstable();
    statuses
}

fn takes_json(endpoint: &Endpoint) -> bool {
    match &endpoint.operation.request_body {
        Some(RefOr::T(body)) => body.content.contains_key("application/json"),
        _ => false,
    }
}

/// An operation with its errors, headers and conditions.
pub(super) fn complete(mut operation: Value, endpoint: &Endpoint) -> Value {
    let is_public = policy::is_public(&endpoint.id);
    let is_read = endpoint.http_method() == Method::GET;
    let is_bulk = policy::is_bulk(&endpoint.id);
    let makes_no_row = |status: &str| endpoint.http_method() == Method::POST && status == "200" && !is_public;
    let is_paged = has_parameter(&operation, &["cursor"]);
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        let mut headers = common_headers();
        if status != "204" && !makes_no_row(status) && !is_public {
            headers["ETag"] = header(if endpoint.is_view() { "WeakETag" } else { "ETag" });
        }
        if status == "201" {
            headers["Location"] = header("Location");
        }
        if makes_no_row(status) || (status == "201" && !policy::tells_secrets(&endpoint.id)) {
            headers["Idempotent-Replayed"] = header("IdempotentReplayed");
        }
        if is_paged {
            headers["Link"] = header("Link");
        }
        response["headers"] = headers;
    }
    if is_read {
        let unchanged = if endpoint.is_view() { "ViewNotModified" } else { "NotModified" };
        operation["responses"]["304"] = json!({ "$ref": format!("#/components/responses/{unchanged}") });
    }
    let asks = |names: &[&str], status| (is_read && has_parameter(&operation, names)).then_some(status);
    let by_parameter: Vec<&str> = [asks(&["known_at", "from", "interval"], "422"), asks(&["after"], "410")]
        .into_iter()
        .flatten()
        .collect();
    for status in errors_of(endpoint).into_iter().chain(by_parameter) {
        let fits = |name: &str| status != "422" || (name == "LinesFailed") == is_bulk;
        // What an operation says itself about a status holds.
        if operation["responses"].get(status).is_none()
            && let Some((name, ..)) = ERRORS.iter().find(|error| error.1 == status && fits(error.0))
        {
            operation["responses"][status] = json!({ "$ref": format!("#/components/responses/{name}") });
        }
    }
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.sort_keys();
    }
    add_parameters(&mut operation, endpoint);
    operation["security"] = match () {
        () if is_public => json!([]),
        () if policy::takes_report_keys(&endpoint.id) => {
            json!([{ "access_token": [] }, { "report_key": [] }])
        }
        () => json!([{ "access_token": [] }]),
    };
    operation
}

/// Whether an operation has one of these parameters. An instant that is still to come, a day behind another and what a
/// dataset does not take are refused by a rule, and not for their form.
fn has_parameter(operation: &Value, names: &[&str]) -> bool {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.filter_map(|parameter| parameter["name"].as_str()).any(|name| names.contains(&name))
}

fn add_parameters(operation: &mut Value, endpoint: &Endpoint) {
    let shared = match endpoint.http_method() {
        Method::GET => vec!["IfNoneMatch"],
        Method::POST if policy::is_bulk(&endpoint.id) => vec!["RequiredIdempotencyKey"],
        Method::POST if policy::tells_secrets(&endpoint.id) => vec![],
        Method::POST => vec!["IdempotencyKey"],
        Method::PATCH | Method::DELETE if !policy::is_public(&endpoint.id) => vec!["IfMatch"],
        _ => vec![],
    };
    let mut parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    if endpoint.path.contains("{id}") {
        parameters.insert(0, json!({ "$ref": "#/components/parameters/Id" }));
    }
    parameters.extend(shared.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })));
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
}

/// What every answer carries.
fn common_headers() -> Value {
    json!({
        "X-Request-Id": header("RequestId"),
        "RateLimit": header("RateLimit"),
        "RateLimit-Policy": header("RateLimitPolicy"),
        "Access-Control-Allow-Origin": header("Access-Control-Allow-Origin")
    })
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// The error responses, as components.
pub(super) fn shared() -> Value {
    let unchanged = |description: &str, tag: &str| {
        let mut headers = common_headers();
        headers["ETag"] = header(tag);
        json!({ "description": description, "headers": headers })
    };
    let mut responses = json!({
        "NotModified": unchanged("The caller has the current version already.", "ETag"),
        "ViewNotModified": unchanged("The caller has the current answer already.", "WeakETag")
    });
    for (name, status, meaning) in ERRORS {
        let mut headers = common_headers();
        match status {
            "401" => headers["WWW-Authenticate"] = header("Challenge"),
            "409" | "429" | "503" => headers["Retry-After"] = header("RetryAfter"),
            _ => {}
        }
        responses[name] = json!({
            "description": meaning,
            "headers": headers,
            "content": { "application/problem+json": {
                "schema": { "$ref": schema_of(name) }, "example": example(name, status)
            } }
        });
    }
    responses
}

/// Every error is a problem; a refused bulk request's says what became of each line.
fn schema_of(name: &str) -> &'static str {
    if name == "LinesFailed" { "#/components/schemas/BulkProblem" } else { "#/components/schemas/Problem" }
}

/// The schema of a bulk request's 422: a problem with a result.
pub(super) fn bulk_problem(problem: &Value) -> Value {
    let mut schema = problem.clone();
    schema["description"] = json!("What a bulk request is answered where nothing was written (RFC 9457).");
    schema["properties"]["result"] = json!({
        "description": "What became of each line; null where the request as a whole could not be taken.",
        "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/BulkResult" }]
    });
    schema["required"].as_array_mut().into_iter().for_each(|required| required.push(json!("result")));
    schema
}

/// An error of this name and status, as the server sends it.
fn example(name: &str, status: &str) -> Value {
    let mut example = json!(problem(status).body(SOME_ID, &format!("/v1/councils/{SOME_ID}")));
    if name == "LinesFailed" {
        example["result"] = Value::Null;
    }
    example
}

fn problem(status: &str) -> Problem {
    match status {
        "400" => {
            Problem::malformed(vec![Fault::parameter("limit", "out_of_range", "This must be at most 500.")])
        }
        "401" => Problem::unauthenticated(""),
        "403" => Problem::forbidden("Your role may not do this."),
        "404" => Problem::not_found(),
        "408" => Problem::of_status(StatusCode::REQUEST_TIMEOUT),
        "409" => db::Error::in_use("attendance").into(),
        "412" => db::Error::Stale.into(),
        "413" => Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE),
        "415" => body::unsupported_media_type(&["application/json".to_owned()]),
        "428" => precondition::version_required(),
        "429" => Problem::rate_limited(2),
        "500" => Problem::internal(""),
        "503" => db::Error::Away(String::new()).into(),
        "507" => Problem::storage_full(""),
        _ => Problem::invalid(vec![Fault::body(
            "/exists_until",
            "out_of_order",
            "The end must be later than the start; ranges are half-open.",
        )]),
    }
}

/// The headers, as components.
pub(super) fn headers() -> Value {
    let text = |description: &str, pattern: &str, max_length: u32, example: &str| {
        json!({
            "description": description,
            "schema": { "type": "string", "pattern": pattern, "maxLength": max_length, "examples": [example] }
        })
    };
    json!({
        "RequestId": text("The request's id, also in the log and in every problem. A caller may send its own.", "^[A-Za-z0-9._-]+$", 64, SOME_ID),
        "RateLimit": text("The bucket this counts against, how many requests are left in it (r), and the seconds until it is full again (t).", "^\"(login|failures|bulk|export|rest)\";r=[0-9]+;t=[0-9]+$", 64, "\"rest\";r=2999;t=1"),
        "RateLimitPolicy": text("How many requests the bucket holds (q), and the seconds in which an empty one fills again, steadily (w).", "^\"(login|failures|bulk|export|rest)\";q=[0-9]+;w=[0-9]+$", 64, "\"rest\";q=3000;w=60"),
        "Access-Control-Allow-Origin": text("The caller's origin, where the server is configured to allow it.", "^(https?://[^ ]+|\\*)$", 300, "https://app.example.org"),
        "ETag": text("The resource's version: send it in If-Match to change the resource.", "^\"[0-9]+\"$", 24, "\"3\""),
        "WeakETag": text("A digest of the answer: send it in If-None-Match to be told 304 while it holds.", "^W/\"[A-Za-z0-9_-]+\"$", 40, "W/\"kYf1vTtYQ0mN1Zr0m3m1Jg\""),
        "Location": text("Where the new resource is.", "^/v1/[a-z-]+/[0-9a-f-]{36}$", 100, "/v1/councils/0198c5b0-0000-7000-8000-000000000000"),
        "Link": text("The next page, rel=next (RFC 8288), where there is one.", "^<[^>]+>; rel=\"next\"$", 4000, "</v1/councils?limit=50&cursor=eyJib3VuZF90byI6IiJ9>; rel=\"next\""),
        "IdempotentReplayed": {
            "description": "Where the Idempotency-Key was answered before: this is that answer, and nothing was done.",
            "schema": { "type": "string", "enum": ["true"], "examples": ["true"] }
        },
        "Challenge": text("The scheme to authenticate with (RFC 6750); reports offer Basic as well (RFC 7617).", "^Bearer .*$", 300, "Bearer realm=\"outturn\""),
        "RetryAfter": {
            "description": "Seconds to wait before trying again.",
            "schema": { "type": "integer", "format": "int32", "minimum": 1, "maximum": limits::LONGEST_WAIT, "examples": [2] }
        }
    })
}

/// The parameters that many operations share, as components.
pub(super) fn parameters() -> Value {
    let key = |required: bool| {
        json!({
            "name": "Idempotency-Key", "in": "header", "required": required,
            "description": "A key of the client's own, fresh for each new request and the same for each retry of it, bare or in quotes: within seven days the same request is answered as it was, and does nothing.",
            "schema": { "type": "string", "pattern": "^(\"[!#-\\[\\]-~]+\"|[!#-\\[\\]-~]+)$", "minLength": 1, "maxLength": idempotency::LONGEST + 2, "examples": [SOME_ID] }
        })
    };
    json!({
        "IdempotencyKey": key(false),
        "RequiredIdempotencyKey": key(true),
        "Id": {
            "name": "id", "in": "path", "required": true, "description": "The resource's id.",
            "schema": { "type": "string", "format": "uuid" },
            "example": SOME_ID
        },
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": true,
            "description": "The version the change starts from, as the ETag gave it; `version` of a list's row in quotes is the same.",
            "schema": { "type": "string", "pattern": "^(W/)?\"[^\",]*\"(, *(W/)?\"[^\",]*\")*$", "minLength": 2, "maxLength": precondition::LONGEST },
            "example": "\"3\""
        },
        "WebhookId": {
            "name": "webhook-id", "in": "header", "required": true,
            "description": "The event's id: the same whenever it is sent again, so that it can be told that it came before.",
            "schema": { "type": "string", "format": "uuid" },
            "example": SOME_ID
        },
        "WebhookTimestamp": {
            "name": "webhook-timestamp", "in": "header", "required": true,
            "description": "When this attempt was made, in seconds since 1970: what is older than five minutes is to be refused.",
            "schema": { "type": "string", "pattern": "^[0-9]+$", "minLength": 1, "maxLength": 12 },
            "example": "1767225600"
        },
        "WebhookSignature": {
            "name": "webhook-signature", "in": "header", "required": true,
            "description": "HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` under the webhook's secret, as Standard Webhooks has it; for a day after a new secret was made, a second one under the secret before, or several where several were made.",
            "schema": { "type": "string", "pattern": "^v1,[A-Za-z0-9+/=]+( v1,[A-Za-z0-9+/=]+)*$", "minLength": 47, "maxLength": 480 },
            "example": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "Tags the caller has: 304 while one of them holds.",
            "schema": { "type": "string", "pattern": "^(\\*|(W/)?\"[^\",]*\"(, *(W/)?\"[^\",]*\")*)$", "minLength": 1, "maxLength": precondition::LONGEST, "examples": ["\"3\""] }
        }
    })
}
