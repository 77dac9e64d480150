//! What the machinery around asks, and what every answer carries.

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::support::{App, Made};

#[tokio::test]
async fn it_lives_is_ready_and_tells_how_it_is_doing_to_anybody() {
    let app = App::new();
    let anybody = app.stranger();
    assert_eq!(anybody.get("/health/live").await.expect(200).body["status"], "live");
    assert_eq!(anybody.get("/health/ready").await.expect(200).body["status"], "ready");
    app.officer().get("/v1/councils").await.expect(200);
    app.officer().get("/v1/councils?x=1").await.expect(400);
    let metrics = anybody.get("/metrics").await.expect(200);
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
async fn the_document_is_served_to_anybody_as_it_is_committed() {
    let app = App::new();
    let served = app.stranger().get("/openapi.json").await.expect(200);
    assert_eq!(served.header("content-type"), "application/json");
    let committed = std::fs::read_to_string("openapi/openapi.json").expect("the committed document");
    assert!(served.text == committed, "run `cargo run -- openapi --write` and look at the diff");
}

#[tokio::test]
async fn swagger_ui_is_at_docs_and_brings_everything_along() {
    let app = App::new();
    let page = app.stranger().get("/docs/").await.expect(200);
    assert!(page.text.contains("swagger-ui"), "{}", page.text);
    for file in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert!(page.text.contains(file), "{file}");
        app.stranger().get(&format!("/docs/{file}")).await.expect(200);
    }
    let initializer = app.stranger().get("/docs/swagger-initializer.js").await.expect(200);
    assert!(initializer.text.contains("/openapi.json"));
    assert!(!page.text.contains("https://"), "nothing from elsewhere");
}

/// The headers that the OWASP REST sheet asks for.
fn assert_guarded(headers: &HeaderMap, what: &str) {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header("x-frame-options"), "DENY", "{what}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{what}");
    assert!(header("strict-transport-security").starts_with("max-age="), "{what}");
    assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{what}");
    assert!(!header("cache-control").is_empty() && !header("x-request-id").is_empty(), "{what}");
}

#[tokio::test]
async fn what_is_no_operation_keeps_to_its_methods_too() {
    let app = App::new();
    let stranger = app.stranger();
    for path in
        ["/docs/", "/docs/swagger-ui.css", "/openapi.json", "/health/live", "/health/ready", "/metrics"]
    {
        let head = stranger.send(stranger.request(Method::HEAD, path)).await.expect(200);
        assert!(head.text.is_empty(), "{path}");
        let options = stranger.send(stranger.request(Method::OPTIONS, path)).await.expect(204);
        let refused = stranger.send(stranger.request(Method::DELETE, path)).await.expect(405);
        for answer in [options, refused] {
            assert_eq!(answer.headers["allow"], "GET, HEAD, OPTIONS", "{path}");
        }
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
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
        for person in [&officer, &app.stranger()] {
            assert_guarded(&person.get(path).await.headers, path);
        }
    }
    let put = officer.send(officer.request(Method::PUT, "/v1/councils")).await;
    assert_guarded(&put.headers, "405");
}

#[tokio::test]
async fn a_sane_request_id_comes_back_and_another_gets_a_fresh_one() {
    let app = App::new();
    let officer = app.officer();
    let ask = async |id: &str| {
        let answer = officer
            .send(officer.request(Method::GET, "/nowhere").header("X-Request-Id", id))
            .await
            .expect(404);
        answer.header("x-request-id").to_owned()
    };
    assert_eq!(ask("import-2018-03.31_7").await, "import-2018-03.31_7");
    for id in ["short", "with space", &"x".repeat(65), "a\"b;c{d}e"] {
        let fresh = ask(id).await;
        assert_ne!(fresh, id);
        assert_eq!(fresh.len(), 36);
    }
}

#[tokio::test]
async fn pages_of_known_origins_may_call_and_others_may_not() {
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
    let known = preflight("https://app.example.org", "PATCH", "authorization, if-match, content-type").await;
    assert_eq!((known.status, known.header("access-control-allow-origin")), (200, "https://app.example.org"));
    for tracing in ["traceparent", "tracestate", "baggage", "sentry-trace"] {
        let allowed = preflight("https://app.example.org", "GET", &format!("authorization, {tracing}")).await;
        assert_eq!(allowed.status, 200, "{tracing}: {}", allowed.text);
        let named = allowed.header("access-control-allow-headers").to_lowercase();
        assert!(named.split(',').any(|name| name.trim() == tracing), "{named}");
    }
    preflight("https://app.example.org", "GET", "x-unknown").await.expect(400);
    let unknown = preflight("https://evil.example.org", "PATCH", "authorization").await.expect(400);
    assert_eq!(unknown.header("access-control-allow-origin"), "");

    let get = officer.request(Method::GET, "/v1/councils").header("Origin", "https://app.example.org");
    let answer = officer.send(get).await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.org");
    let exposed = answer.header("access-control-expose-headers").to_lowercase();
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
        "a page can read what went wrong"
    );
}

#[tokio::test]
async fn without_configured_origins_no_page_may_call_and_nothing_is_said_of_it() {
    let app = App::new();
    let made = Made(app.officer());
    made.council(serde_json::json!({})).await;
    let get = made.0.request(Method::GET, "/v1/councils").header("Origin", "https://app.example.org");
    let answer = made.0.send(get).await.expect(200);
    assert!(
        !answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")),
        "{:?}",
        answer.headers
    );
}
