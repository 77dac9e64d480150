//! Rate limits of clients and the headers that describe them.

use std::time::{Duration, Instant};

use outturn::access::Bucket;
use outturn::policy;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ApiResponse, App, Caller, Fixtures, id, poll_until};

/// A parameter of a rate-limit header: `r` or `t` of `RateLimit`, `q` or `w` of `RateLimit-Policy`.
pub fn parameter(response: &ApiResponse, header: &str, name: &str) -> u64 {
    let text = response.header(header);
    let value = text.split(';').find_map(|part| part.strip_prefix(&format!("{name}=")));
    value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {header}: {text:?}"))
}

fn remaining(response: &ApiResponse) -> u64 {
    parameter(response, "ratelimit", "r")
}

/// A server that allows five requests per client, and another one every two minutes.
fn app_with_five_requests() -> App {
    App::configured(&[("OUTTURN_RATE_REST", "5/10m"), ("OUTTURN_RATE_EXPORT", "2/4m")])
}

async fn get_forwarded(caller: &Caller, path: &str, forwarded_for: &str) -> ApiResponse {
    caller.send(caller.request(Method::GET, path).header("X-Forwarded-For", forwarded_for)).await
}

#[tokio::test]
async fn every_response_of_an_operation_states_the_remaining_requests() {
    // Another request every two minutes is the slowest rate that can be configured.
    let app = App::configured(&[("OUTTURN_RATE_REST", "100/200m")]);
    let officer = app.officer();
    let expected = [
        (officer.get("/v1/councils").await.expect(200), 99),
        (officer.get("/v1/councils?x=1").await.expect(400), 98),
        (officer.get("/v1/councils/0198c5b0-0000-7000-8000-000000000000").await.expect(404), 97),
        (officer.post("/v1/groups", json!({})).await.expect(422), 96),
        (officer.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(201), 95),
        (app.reporter().post("/v1/groups", json!({})).await.expect(403), 99),
        (app.anonymous().get("/v1/councils").await.expect(401), 99),
    ];
    for (response, n) in expected {
        assert_eq!(remaining(&response), n, "{}", response.status);
        assert_eq!(response.header("ratelimit-policy"), "\"rest\";q=100;w=12000");
        assert!(response.header("ratelimit").starts_with("\"rest\";r="), "{}", response.header("ratelimit"));
        let full_in = parameter(&response, "ratelimit", "t");
        assert!(full_in > (100 - n - 1) * 120 && full_in <= (100 - n) * 120, "{full_in} s to fill {n}");
    }
}

#[tokio::test]
async fn a_client_over_its_limit_gets_429_with_retry_after_and_others_do_not() {
    let app = app_with_five_requests();
    let officer = app.officer();
    let started = Instant::now();
    for n in (0..5).rev() {
        assert_eq!(remaining(&officer.get("/v1/councils").await.expect(200)), n);
    }
    let refused = officer.get("/v1/councils").await.expect(429);
    assert_eq!((refused.code(), remaining(&refused)), ("rate_limited", 0));
    let wait: u64 = refused.header("retry-after").parse().expect("an integer");
    assert!((119_u64.saturating_sub(started.elapsed().as_secs())..=120).contains(&wait), "{wait}");
    officer.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(429);
    assert_eq!(app.council(&[]).all("/v1/groups").await.len(), 0, "a refused request has no effect");
    app.anonymous().get("/v1/councils").await.expect(401);
}

#[tokio::test]
async fn a_bucket_allows_a_request_again_after_retry_after() {
    let app = App::configured(&[("OUTTURN_RATE_REST", "2/2s")]);
    let officer = app.officer();
    for _ in 0..2 {
        officer.get("/v1/councils").await.expect(200);
    }
    // On a slow machine the bucket fills while the requests are sent.
    let refused =
        poll_until(async || officer.get("/v1/councils").await, |response| response.status == 429).await;
    assert_eq!(refused.header("retry-after"), "1");
    tokio::time::sleep(Duration::from_secs(1)).await;
    officer.get("/v1/councils").await.expect(200);
}

#[tokio::test]
async fn concurrent_requests_cannot_exceed_the_bucket() {
    let app = app_with_five_requests();
    let officer = app.officer();
    let requests: Vec<_> = (0..40)
        .map(|_| {
            let officer = officer.clone();
            tokio::spawn(async move { officer.get("/v1/groups").await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for response in requests {
        statuses.push(response.await.expect("a response"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[200; 5].as_slice(), &[429; 35]].concat());
}

#[tokio::test]
async fn a_304_response_does_not_count() {
    let app = app_with_five_requests();
    let officer = app.officer();
    let group = officer.create("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    for path in ["/v1/groups".to_owned(), format!("/v1/groups/{}", id(&group))] {
        let read = officer.get(&path).await.expect(200);
        for _ in 0..20 {
            let request = officer.request(Method::GET, &path).header("If-None-Match", read.header("etag"));
            let unchanged = officer.send(request).await.expect(304);
            assert_eq!(remaining(&unchanged), remaining(&read));
        }
    }
    let request = officer.request(Method::GET, "/v1/groups").header("If-None-Match", "\"no-such\"");
    assert_eq!(remaining(&officer.send(request).await.expect(200)), 1, "304 responses are not counted");
}

#[tokio::test]
async fn exports_have_a_separate_bucket() {
    let app = app_with_five_requests();
    let fixtures = Fixtures(app.officer());
    let framework: Value = fixtures.framework(json!({})).await;
    let path = format!("/v1/frameworks/{}/metrics", id(&framework));
    for n in [1, 0] {
        let response = fixtures.0.get(&path).await.expect(200);
        assert_eq!((response.header("ratelimit-policy"), remaining(&response)), ("\"export\";q=2;w=240", n));
    }
    fixtures.0.get(&path).await.expect(429);
    fixtures.0.get("/v1/frameworks").await.expect(200);
}

#[test]
fn each_operation_uses_the_bucket_of_its_access_rule() {
    let rules = policy::rules();
    let access = |operation| rules.of(operation).expect(operation).access;
    let bucket = |operation| access(operation).bucket(false);
    assert_eq!(bucket("issueToken"), Bucket::Login);
    assert_eq!(bucket("createSession"), Bucket::Login);
    assert_eq!(bucket("bulkAttendance"), Bucket::Bulk);
    assert_eq!(bucket("getFrameworkMetrics"), Bucket::Export);
    assert_eq!(bucket("getFrameworkSeries"), Bucket::Export);
    assert_eq!(bucket("getTargetSeries"), Bucket::Export);
    assert_eq!(bucket("getFramework"), Bucket::Rest);
    assert_eq!(bucket("getTargetMetric"), Bucket::Rest);
    assert_eq!(access("getTargetMetric").bucket(true), Bucket::Export, "an as-of query");
    assert_eq!(access("bulkAttendance").bucket(true), Bucket::Bulk);
}

#[tokio::test]
async fn routes_outside_the_api_are_not_rate_limited() {
    let app = App::configured(&[("OUTTURN_RATE_REST", "1/1m")]);
    for _ in 0..5 {
        for path in ["/health/live", "/health/ready", "/openapi.json"] {
            assert_eq!(app.anonymous().get(path).await.expect(200).header("ratelimit"), "");
        }
    }
}

#[tokio::test]
async fn anonymous_requests_are_limited_by_address_which_only_trusted_proxies_may_set() {
    let app = app_with_five_requests();
    for n in (0..5).rev() {
        let response = get_forwarded(&app.anonymous(), "/v1/councils", &format!("192.0.2.{n}")).await;
        assert_eq!(remaining(&response.expect(401)), n);
    }
    get_forwarded(&app.bearer("no.such.token"), "/v1/councils", "192.0.2.9").await.expect(429);
    app.officer().get("/v1/councils").await.expect(200);

    let app = App::configured(&[
        ("OUTTURN_RATE_REST", "5/10m"),
        ("OUTTURN_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.1"),
    ]);
    let remaining_for = async |hops: &str| {
        remaining(&get_forwarded(&app.anonymous(), "/v1/councils", hops).await.expect(401))
    };
    assert_eq!(remaining_for("192.0.2.1").await, 4);
    assert_eq!(
        remaining_for("198.51.100.7, 192.0.2.1").await,
        3,
        "addresses that a client sends are ignored"
    );
    assert_eq!(remaining_for("192.0.2.1, 10.0.0.1").await, 2, "addresses of trusted proxies are skipped");
    assert_eq!(remaining_for("192.0.2.2").await, 4);
    assert_eq!(remaining_for("2001:db8:1:1::1").await, 4);
    assert_eq!(remaining_for("2001:db8:1:1::2").await, 3, "an IPv6 /64 network is one client");
    assert_eq!(remaining_for("2001:db8:1:2::1").await, 4);
    assert_eq!(remaining_for("nonsense").await, 4, "an invalid address counts as the proxy");
}

#[tokio::test]
async fn refused_requests_are_counted_in_the_metrics() {
    let app = App::configured(&[("OUTTURN_RATE_EXPORT", "1/2m")]);
    let officer = app.officer();
    let path = "/v1/frameworks/0198c5b0-0000-7000-8000-000000000000/tree";
    officer.get(path).await.expect(404);
    officer.get(path).await.expect(429);
    let metrics = app.anonymous().get("/metrics").await.expect(200).text;
    assert!(metrics.contains("http_requests_limited_total{bucket=\"export\"}"), "{metrics}");
    assert!(
        metrics.contains("http_requests_total{operation=\"getFrameworkTree\",status=\"429\"}"),
        "{metrics}"
    );
}
