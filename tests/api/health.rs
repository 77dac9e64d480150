//! Health checks, metrics, the OpenAPI document, and headers of every response.

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::support::{App, Fixtures};

#[tokio::test]
async fn health_checks_and_metrics_need_no_authentication() {
    let app = App::new();
    let anonymous = app.anonymous();
    assert_eq!(anonymous.get("/health/live").await.expect(200).body["status"], "live");
    assert_eq!(anonymous.get("/health/ready").await.expect(200).body["status"], "ready");
    app.officer().get("/v1/councils").await.expect(200);
    app.officer().get("/v1/councils?x=1").await.expect(400);
    let metrics = anonymous.get("/metrics").await.expect(200);
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
    for line in [
        "http_requests_total{operation=\"listCouncils\",status=\"200\"}",
        "http_request_duration_seconds_count{operation=\"listCouncils\"}",
        "http_requests_total{operation=\"none\",status=\"200\"}",
    ] {
        assert!(metrics.text.contains(line), "{line} in\n{}", metrics.text);
    }
}

#[tokio::test]
async fn the_committed_openapi_document_is_served_without_authentication() {
    let app = App::new();
    let served = app.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(served.header("content-type"), "application/json");
    let committed = std::fs::read_to_string("openapi/openapi.json").expect("the committed document");
    assert!(served.text == committed, "run `cargo run -- openapi --write` and look at the diff");
}

#[tokio::test]
async fn swagger_ui_is_served_at_docs_without_external_resources() {
    let app = App::new();
    let page = app.anonymous().get("/docs/").await.expect(200);
    assert!(page.text.contains("swagger-ui"), "{}", page.text);
    for file in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert!(page.text.contains(file), "{file}");
        app.anonymous().get(&format!("/docs/{file}")).await.expect(200);
    }
    let initializer = app.anonymous().get("/docs/swagger-initializer.js").await.expect(200);
    assert!(initializer.text.contains("/openapi.json"));
    assert!(!page.text.contains("https://"), "the page loads no external resources");
}

/// Asserts the headers that the OWASP REST Security Cheat Sheet recommends.
fn assert_security_headers(headers: &HeaderMap, label: &str) {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!(header("x-content-type-options"), "nosniff", "{label}");
    assert_eq!(header("x-frame-options"), "DENY", "{label}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{label}");
    assert!(header("strict-transport-security").starts_with("max-age="), "{label}");
    assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{label}");
    assert!(!header("cache-control").is_empty() && !header("x-request-id").is_empty(), "{label}");
}

#[tokio::test]
async fn routes_outside_the_api_allow_get_head_and_options_only() {
    let app = App::new();
    let anonymous = app.anonymous();
    for path in
        ["/docs/", "/docs/swagger-ui.css", "/openapi.json", "/health/live", "/health/ready", "/metrics"]
    {
        let head = anonymous.send(anonymous.request(Method::HEAD, path)).await.expect(200);
        assert!(head.text.is_empty(), "{path}");
        let options = anonymous.send(anonymous.request(Method::OPTIONS, path)).await.expect(204);
        let refused = anonymous.send(anonymous.request(Method::DELETE, path)).await.expect(405);
        for response in [options, refused] {
            assert_eq!(response.headers["allow"], "GET, HEAD, OPTIONS", "{path}");
        }
    }
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let app = App::new();
    let officer = app.officer();
    for path in [
        "/v1/councils",
        "/v1/councils?x=1",
        "/v1/councils/x",
        "/nowhere",
        "/openapi.json",
        "/docs/",
        "/docs",
        "/health/live",
        "/metrics",
    ] {
        for caller in [&officer, &app.anonymous()] {
            assert_security_headers(&caller.get(path).await.headers, path);
        }
    }
    let put = officer.send(officer.request(Method::PUT, "/v1/councils")).await;
    assert_security_headers(&put.headers, "405");
}

#[tokio::test]
async fn a_valid_request_id_is_returned_and_an_invalid_one_is_replaced() {
    let app = App::new();
    let officer = app.officer();
    let request_id_for = async |id: &str| {
        let response = officer
            .send(officer.request(Method::GET, "/nowhere").header("X-Request-Id", id))
            .await
            .expect(404);
        response.header("x-request-id").to_owned()
    };
    assert_eq!(request_id_for("import-2018-03.31_7").await, "import-2018-03.31_7");
    for id in ["short", "with space", &"x".repeat(65), "a\"b;c{d}e"] {
        let fresh = request_id_for(id).await;
        assert_ne!(fresh, id);
        assert_eq!(fresh.len(), 36);
    }
}

#[tokio::test]
async fn configured_origins_may_send_cross_origin_requests_and_others_may_not() {
    let app = App::configured(&[("OUTTURN_CORS_ORIGINS", "https://app.example.org")]);
    let officer = app.officer();
    let preflight = async |origin: &str, method: &str, headers: &str| {
        let request = officer.request(Method::OPTIONS, "/v1/councils").header("Origin", origin);
        officer
            .send(
                request
                    .header("Access-Control-Request-Method", method)
                    .header("Access-Control-Request-Headers", headers),
            )
            .await
    };
    let configured =
        preflight("https://app.example.org", "PATCH", "authorization, if-match, content-type").await;
    assert_eq!(
        (configured.status, configured.header("access-control-allow-origin")),
        (200, "https://app.example.org")
    );
    for tracing in ["traceparent", "tracestate", "baggage", "sentry-trace"] {
        let allowed = preflight("https://app.example.org", "GET", &format!("authorization, {tracing}")).await;
        assert_eq!(allowed.status, 200, "{tracing}: {}", allowed.text);
        let allowed_headers = allowed.header("access-control-allow-headers").to_lowercase();
        assert!(allowed_headers.split(',').any(|name| name.trim() == tracing), "{allowed_headers}");
    }
    preflight("https://app.example.org", "GET", "x-unknown").await.expect(400);
    let unknown = preflight("https://evil.example.org", "PATCH", "authorization").await.expect(400);
    assert_eq!(unknown.header("access-control-allow-origin"), "");

    let get = officer.request(Method::GET, "/v1/councils").header("Origin", "https://app.example.org");
    let response = officer.send(get).await.expect(200);
    assert_eq!(response.header("access-control-allow-origin"), "https://app.example.org");
    let exposed = response.header("access-control-expose-headers").to_lowercase();
    for header in [
        "etag",
        "link",
        "location",
        "retry-after",
        "ratelimit",
        "x-request-id",
        "idempotent-replayed",
        "content-disposition",
    ] {
        assert!(exposed.contains(header), "{header} in {exposed}");
    }
    let refused = officer
        .send(officer.request(Method::GET, "/v1/councils?x=1").header("Origin", "https://app.example.org"))
        .await
        .expect(400);
    assert_eq!(
        refused.header("access-control-allow-origin"),
        "https://app.example.org",
        "a page of a configured origin can read the error"
    );
}

#[tokio::test]
async fn without_configured_origins_responses_have_no_cors_headers() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    fixtures.council(serde_json::json!({})).await;
    let get = fixtures.0.request(Method::GET, "/v1/councils").header("Origin", "https://app.example.org");
    let response = fixtures.0.send(get).await.expect(200);
    assert!(
        !response.headers.keys().any(|name| name.as_str().starts_with("access-control-")),
        "{:?}",
        response.headers
    );
}
