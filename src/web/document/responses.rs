//! Adds the shared parts of operations: error responses, headers and conditional requests.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::db;
use crate::values::FieldError;
use crate::web::{Endpoint, Problem, idempotency, limits, media_type, position, precondition};

const SOME_ID: &str = "0198c5b0-0000-7000-8000-000000000000";

const POSITION_PATTERN: &str = "^[0-9a-f]{24}$";
const SOME_POSITION: &str = "00000001000000016b374d48";

/// The error responses of all operations: name, status and description.
const ERRORS: [(&str, &str, &str); 17] = [
    (
        "Malformed",
        "400",
        "The request cannot be parsed: its JSON or encoding is invalid, or a query parameter is unknown or out of bounds.",
    ),
    ("Unauthenticated", "401", "The access token is missing or not valid."),
    ("Forbidden", "403", "The caller may not perform this operation."),
    ("NotFound", "404", "The resource does not exist, or the caller may not see it."),
    ("TooSlow", "408", "The body did not arrive in time. Nothing was done."),
    (
        "Conflict",
        "409",
        "The state of this resource or of another one does not allow the operation; `code` contains the reason.",
    ),
    ("Gone", "410", "The token in `after` has expired. Start again without a token."),
    ("Stale", "412", "The resource has changed since the version in If-Match."),
    ("BodyTooLarge", "413", "The body is too large, either as it is sent or after decoding."),
    (
        "UnsupportedMediaType",
        "415",
        "The operation does not accept the body's media type, or its compression (`unsupported_coding`). At most `gzip` and `deflate` are accepted, and some operations accept no compression.",
    ),
    ("Invalid", "422", "The request breaks its schema or a rule; `errors` contains every field error."),
    (
        "LinesFailed",
        "422",
        "Lines failed and the request is atomic, so nothing was written; `result` contains the result of each line. If the request as a whole breaks its schema, `result` is null.",
    ),
    ("VersionRequired", "428", "A change needs the header If-Match with the version that it starts from."),
    (
        "RateLimited",
        "429",
        "The caller has reached its rate limit (`rate_limited`), has too many requests (`too_many_at_once`) or downloads (`too_many_downloads`) in progress, or has failed to sign in too often (`too_many_failures`). Retry after the seconds in Retry-After.",
    ),
    ("InternalError", "500", "An internal error. The log contains its cause under the request id."),
    (
        "Unavailable",
        "503",
        "The database is unavailable, too slow, read-only, or busy with the same rows. Nothing was changed, and `code` contains the reason. If a retry can help, Retry-After contains the seconds to wait.",
    ),
    (
        "StorageFull",
        "507",
        "The server's storage is full, so nothing was written. The operator has to free space.",
    ),
];

/// Returns the statuses of the errors that an operation can return.
fn errors_of(endpoint: &Endpoint, operation: &Value) -> Vec<&'static str> {
    let mut statuses = vec!["400", "401", "429", "500", "503", "507"];
    if endpoint.rule.access.is_public() {
        statuses.extend_from_slice(match endpoint.http_method() {
            Method::POST if takes_json(operation) => &["408", "413", "415", "422"],
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

fn takes_json(operation: &Value) -> bool {
    operation["requestBody"]["content"].get("application/json").is_some()
}

/// Adds error responses, headers and parameters for conditional requests to an operation.
pub(super) fn complete(mut operation: Value, endpoint: &Endpoint) -> Value {
    let is_public = endpoint.rule.access.is_public();
    let is_read = endpoint.http_method() == Method::GET;
    let is_bulk = endpoint.rule.access.is_bulk();
    let makes_no_row = |status: &str| endpoint.http_method() == Method::POST && status == "200" && !is_public;
    let is_paged = has_parameter(&operation, &["cursor"]);
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        let mut headers = common_headers();
        if status != "204" && !makes_no_row(status) && !is_public {
            headers["ETag"] = header(if endpoint.is_view() { "WeakETag" } else { "ETag" });
        }
        if !is_read && !is_public {
            headers[position::NAME] = header("Position");
        }
        if status == "201" {
            headers["Location"] = header("Location");
        }
        if makes_no_row(status) || (status == "201" && !endpoint.rule.access.has_secrets) {
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
    for status in errors_of(endpoint, &operation).into_iter().chain(by_parameter) {
        let fits = |name: &str| status != "422" || (name == "LinesFailed") == is_bulk;
        // A response that the operation itself declares is kept.
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
        () if endpoint.rule.access.takes_dataset_keys => {
            json!([{ "access_token": [] }, { "dataset_key": [] }])
        }
        () => json!([{ "access_token": [] }]),
    };
    operation
}

/// Returns whether an operation has at least one of the parameters `names`. The schema does not
/// express all rules for their values, for example that an instant must not be in the future.
fn has_parameter(operation: &Value, names: &[&str]) -> bool {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.filter_map(|parameter| parameter["name"].as_str()).any(|name| names.contains(&name))
}

fn add_parameters(operation: &mut Value, endpoint: &Endpoint) {
    let shared = match endpoint.http_method() {
        Method::GET if endpoint.rule.access.is_public() => vec!["IfNoneMatch"],
        Method::GET => vec!["IfNoneMatch", "Position"],
        Method::POST if endpoint.rule.access.is_bulk() => vec!["RequiredIdempotencyKey"],
        Method::POST if endpoint.rule.access.has_secrets => vec![],
        Method::POST => vec!["IdempotencyKey"],
        Method::PATCH | Method::DELETE if !endpoint.rule.access.is_public() => vec!["IfMatch"],
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

pub(super) fn shared() -> Value {
    let unchanged = |description: &str, tag: &str| {
        let mut headers = common_headers();
        headers["ETag"] = header(tag);
        json!({ "description": description, "headers": headers })
    };
    let mut responses = json!({
        "NotModified": unchanged("The client already has the current version.", "ETag"),
        "ViewNotModified": unchanged("The client already has the current response.", "WeakETag")
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

/// Returns the reference to the schema of an error. The error for a bulk request has a schema with
/// the results of the lines.
fn schema_of(name: &str) -> &'static str {
    if name == "LinesFailed" { "#/components/schemas/BulkProblem" } else { "#/components/schemas/Problem" }
}

/// Returns the schema of the 422 response to a bulk request. It is a problem that also has the
/// results of the lines.
pub(super) fn bulk_problem(problem: &Value) -> Value {
    let mut schema = problem.clone();
    schema["description"] =
        json!("The error response to a bulk request of which nothing was written (RFC 9457).");
    schema["properties"]["result"] = json!({
        "description": "The result of each line; null if the request as a whole is not valid.",
        "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/BulkResult" }]
    });
    schema["required"].as_array_mut().into_iter().for_each(|required| required.push(json!("result")));
    schema
}

/// Returns an example of an error response, in the form that the server sends.
fn example(name: &str, status: &str) -> Value {
    let mut example = json!(problem(status).body(SOME_ID, &format!("/v1/councils/{SOME_ID}")));
    if name == "LinesFailed" {
        example["result"] = Value::Null;
    }
    example
}

fn problem(status: &str) -> Problem {
    match status {
        "400" => Problem::malformed(vec![FieldError::parameter(
            "limit",
            "out_of_range",
            "The value must be at most 500.",
        )]),
        "401" => Problem::unauthenticated(""),
        "403" => Problem::forbidden("Your role does not allow this operation."),
        "404" => Problem::not_found(),
        "408" => Problem::of_status(StatusCode::REQUEST_TIMEOUT),
        "409" => db::Error::in_use("attendance").into(),
        "412" => db::Error::Stale.into(),
        "413" => Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE),
        "415" => media_type::unsupported(&["application/json".to_owned()]),
        "428" => precondition::version_required(),
        "429" => Problem::rate_limited(2),
        "500" => Problem::internal(""),
        "503" => db::Error::Unavailable(String::new()).into(),
        "507" => Problem::storage_full(""),
        _ => Problem::invalid(vec![FieldError::body(
            "/exists_until",
            "out_of_order",
            "The end must be later than the start. The range does not include the end.",
        )]),
    }
}

pub(super) fn headers() -> Value {
    let text = |description: &str, pattern: &str, max_length: u32, example: &str| {
        json!({
            "description": description,
            "schema": { "type": "string", "pattern": pattern, "maxLength": max_length, "examples": [example] }
        })
    };
    json!({
        "RequestId": text("The id of the request, which the log and every problem also contain. A client may send its own.", "^[A-Za-z0-9._-]+$", 64, SOME_ID),
        "RateLimit": text("The bucket that the request counts against, the number of requests that are left in it (r), and the seconds until it is full again (t).", "^\"(login|failures|bulk|export|rest)\";r=[0-9]+;t=[0-9]+$", 64, "\"rest\";r=2999;t=1"),
        "RateLimitPolicy": text("The capacity of the bucket in requests (q), and the seconds in which an empty bucket fills steadily (w).", "^\"(login|failures|bulk|export|rest)\";q=[0-9]+;w=[0-9]+$", 64, "\"rest\";q=3000;w=60"),
        "Access-Control-Allow-Origin": text("The origin of the caller's page, if the server is configured to allow it.", "^(https?://[^ ]+|\\*)$", 300, "https://app.example.org"),
        "ETag": text("The version of the resource. Send it in If-Match to change the resource.", "^\"[0-9]+\"$", 24, "\"3\""),
        "WeakETag": text("A digest of the response. Send it in If-None-Match to get 304 while the response is the same.", "^W/\"[A-Za-z0-9_-]+\"$", 40, "W/\"kYf1vTtYQ0mN1Zr0m3m1Jg\""),
        "Position": text("The position of this write in the database's log, if the server reads from a standby. Send it with a later request to read this write.", POSITION_PATTERN, 24, SOME_POSITION),
        "Location": text("The path of the new resource.", "^/v1/[a-z-]+/[0-9a-f-]{36}$", 100, "/v1/councils/0198c5b0-0000-7000-8000-000000000000"),
        "Link": text("The next page with rel=next (RFC 8288), if there is one.", "^<[^>]+>; rel=\"next\"$", 4000, "</v1/councils?limit=50&cursor=eyJib3VuZF90byI6IiJ9>; rel=\"next\""),
        "IdempotentReplayed": {
            "description": "Present if this is a stored response: the Idempotency-Key was used before, and nothing was done.",
            "schema": { "type": "string", "enum": ["true"], "examples": ["true"] }
        },
        "Challenge": text("The authentication scheme (RFC 6750). Operations that accept dataset keys also offer Basic (RFC 7617).", "^Bearer .*$", 300, "Bearer realm=\"outturn\""),
        "RetryAfter": {
            "description": "The seconds to wait before a retry.",
            "schema": { "type": "integer", "format": "int32", "minimum": 1, "maximum": limits::MAX_RETRY_SECONDS, "examples": [2] }
        }
    })
}

pub(super) fn parameters() -> Value {
    let key = |required: bool| {
        json!({
            "name": "Idempotency-Key", "in": "header", "required": required,
            "description": "A key that the client chooses, bare or in quotes: a new one for each new request, and the same one for each retry. Within seven days, a retry of the same request gets the stored response and has no further effect.",
            "schema": { "type": "string", "pattern": "^(\"[!#-\\[\\]-~]+\"|[!#-\\[\\]-~]+)$", "minLength": 1, "maxLength": idempotency::MAX_KEY_LENGTH + 2, "examples": [SOME_ID] }
        })
    };
    json!({
        "IdempotencyKey": key(false),
        "RequiredIdempotencyKey": key(true),
        "Id": {
            "name": "id", "in": "path", "required": true, "description": "The id of the resource.",
            "schema": { "type": "string", "format": "uuid" },
            "example": SOME_ID
        },
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": true,
            "description": "The version that you last read: the ETag of that response. For a row of a list, send its `version` in double quotes.",
            "schema": { "type": "string", "pattern": "^(W/)?\"[^\",]*\"(, *(W/)?\"[^\",]*\")*$", "minLength": 2, "maxLength": precondition::MAX_LENGTH },
            "example": "\"3\""
        },
        "WebhookId": {
            "name": "webhook-id", "in": "header", "required": true,
            "description": "The id of the event. It is the same in every delivery attempt, so that the receiver can detect a repeated event.",
            "schema": { "type": "string", "format": "uuid" },
            "example": SOME_ID
        },
        "WebhookTimestamp": {
            "name": "webhook-timestamp", "in": "header", "required": true,
            "description": "When this delivery attempt was made, in seconds since 1970. The receiver should refuse a message that is older than five minutes.",
            "schema": { "type": "string", "pattern": "^[0-9]+$", "minLength": 1, "maxLength": 12 },
            "example": "1767225600"
        },
        "WebhookSignature": {
            "name": "webhook-signature", "in": "header", "required": true,
            "description": "HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` with the webhook's secret, as Standard Webhooks defines it. For a day after a new secret was created, a second signature uses the previous secret; if several were created, there are several signatures.",
            "schema": { "type": "string", "pattern": "^v1,[A-Za-z0-9+/=]+( v1,[A-Za-z0-9+/=]+)*$", "minLength": 47, "maxLength": 480 },
            "example": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
        },
        "Position": {
            "name": position::NAME, "in": "header", "required": false,
            "description": "The Outturn-Position of a write. The response then includes the write. Without it, the response can be some seconds old if the server reads from a standby.",
            "schema": { "type": "string", "pattern": POSITION_PATTERN, "minLength": 24, "maxLength": 24, "examples": [SOME_POSITION] }
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "Entity tags that the client has. The response is 304 while one of them matches.",
            "schema": { "type": "string", "pattern": "^(\\*|(W/)?\"[^\",]*\"(, *(W/)?\"[^\",]*\")*)$", "minLength": 1, "maxLength": precondition::MAX_LENGTH, "examples": ["\"3\""] }
        }
    })
}
