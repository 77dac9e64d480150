//! Cross-origin requests (CORS).

use actix_cors::Cors;

use crate::web::position;

pub(super) fn cors(origins: &[String]) -> Cors {
    const EXPOSED: [&str; 10] = [
        "ETag",
        "Link",
        "Location",
        "Retry-After",
        "RateLimit",
        "RateLimit-Policy",
        "X-Request-Id",
        "Idempotent-Replayed",
        "Content-Disposition",
        position::NAME,
    ];
    const SENT: [&str; 12] = [
        "Authorization",
        "Content-Type",
        "Accept",
        "If-Match",
        "If-None-Match",
        "Idempotency-Key",
        position::NAME,
        "X-Request-Id",
        // Request headers of browser tracing: W3C Trace Context and Baggage, and Sentry.
        "traceparent",
        "tracestate",
        "baggage",
        "sentry-trace",
    ];
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
        .allowed_headers(SENT)
        .expose_headers(EXPOSED)
        // A page of an allowed origin on the same site may send the session cookie.
        .supports_credentials()
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
