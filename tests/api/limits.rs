//! What one client may ask in a time, and what it is told about it.

use std::time::{Duration, Instant};

use outturn::api;
use outturn::policy::Bucket;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Made, Person, id, until};

/// The parameter of a rate-limit header: `r` or `t` of RateLimit, `q` or `w` of RateLimit-Policy.
pub fn parameter(answer: &Answer, header: &str, name: &str) -> u64 {
    let text = answer.header(header);
    let value = text.split(';').find_map(|part| part.strip_prefix(&format!("{name}=")));
    value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {header}: {text:?}"))
}

fn left(answer: &Answer) -> u64 {
    parameter(answer, "ratelimit", "r")
}

/// A server that gives each client five requests, one more in two minutes.
fn five() -> App {
    App::configured(&[("OUTTURN_RATE_REST", "5/10m"), ("OUTTURN_RATE_EXPORT", "2/4m")])
}

async fn from(person: &Person, path: &str, forwarded_for: &str) -> Answer {
    person.send(person.request(Method::GET, path).header("X-Forwarded-For", forwarded_for)).await
}

#[tokio::test]
async fn every_answer_of_an_operation_says_what_is_left() {
    // One request more in two minutes, the slowest rate there is.
    let app = App::configured(&[("OUTTURN_RATE_REST", "100/200m")]);
    let officer = app.officer();
    let wanted = [
        (officer.get("/v1/councils").await.expect(200), 99),
        (officer.get("/v1/councils?x=1").await.expect(400), 98),
        (officer.get("/v1/councils/0198c5b0-0000-7000-8000-000000000000").await.expect(404), 97),
        (officer.post("/v1/groups", json!({})).await.expect(422), 96),
        (officer.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(201), 95),
        (app.reporter().post("/v1/groups", json!({})).await.expect(403), 99),
        (app.stranger().get("/v1/councils").await.expect(401), 99),
    ];
    for (answer, n) in wanted {
        assert_eq!(left(&answer), n, "{}", answer.status);
        assert_eq!(answer.header("ratelimit-policy"), "\"rest\";q=100;w=12000");
        assert!(answer.header("ratelimit").starts_with("\"rest\";r="), "{}", answer.header("ratelimit"));
        let full_in = parameter(&answer, "ratelimit", "t");
        assert!(full_in > (100 - n - 1) * 120 && full_in <= (100 - n) * 120, "{full_in} s to fill {n}");
    }
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again_and_nobody_else_is() {
    let app = five();
    let officer = app.officer();
    let began = Instant::now();
    for n in (0..5).rev() {
        assert_eq!(left(&officer.get("/v1/councils").await.expect(200)), n);
    }
    let refused = officer.get("/v1/councils").await.expect(429);
    assert_eq!((refused.code(), left(&refused)), ("rate_limited", 0));
    let wait: u64 = refused.header("retry-after").parse().expect("an integer");
    assert!((119_u64.saturating_sub(began.elapsed().as_secs())..=120).contains(&wait), "{wait}");
    officer.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(429);
    assert_eq!(app.council(&[]).all("/v1/groups").await.len(), 0, "what was refused was not done");
    app.stranger().get("/v1/councils").await.expect(401);
}

#[tokio::test]
async fn a_bucket_fills_again_as_retry_after_says() {
    let app = App::configured(&[("OUTTURN_RATE_REST", "2/2s")]);
    let officer = app.officer();
    for _ in 0..2 {
        officer.get("/v1/councils").await.expect(200);
    }
    // On a slow machine the bucket fills while the requests are sent.
    let refused = until(async || officer.get("/v1/councils").await, |answer| answer.status == 429).await;
    assert_eq!(refused.header("retry-after"), "1");
    tokio::time::sleep(Duration::from_secs(1)).await;
    officer.get("/v1/councils").await.expect(200);
}

#[tokio::test]
async fn of_many_at_once_no_more_are_served_than_the_bucket_holds() {
    let app = five();
    let officer = app.officer();
    let asked: Vec<_> = (0..40)
        .map(|_| {
            let officer = officer.clone();
            tokio::spawn(async move { officer.get("/v1/groups").await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for answer in asked {
        statuses.push(answer.await.expect("an answer"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[200; 5].as_slice(), &[429; 35]].concat());
}

#[tokio::test]
async fn a_304_is_free() {
    let app = five();
    let officer = app.officer();
    let group = officer.make("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    for path in ["/v1/groups".to_owned(), format!("/v1/groups/{}", id(&group))] {
        let read = officer.get(&path).await.expect(200);
        for _ in 0..20 {
            let request = officer.request(Method::GET, &path).header("If-None-Match", read.header("etag"));
            let unchanged = officer.send(request).await.expect(304);
            assert_eq!(left(&unchanged), left(&read));
        }
    }
    let request = officer.request(Method::GET, "/v1/groups").header("If-None-Match", "\"no-such\"");
    assert_eq!(left(&officer.send(request).await.expect(200)), 1, "only what was sent was counted");
}

#[tokio::test]
async fn exports_have_a_bucket_of_their_own() {
    let app = five();
    let made = Made(app.officer());
    let framework: Value = made.framework(json!({})).await;
    let path = format!("/v1/frameworks/{}/metrics", id(&framework));
    for n in [1, 0] {
        let answer = made.0.get(&path).await.expect(200);
        assert_eq!((answer.header("ratelimit-policy"), left(&answer)), ("\"export\";q=2;w=240", n));
    }
    made.0.get(&path).await.expect(429);
    made.0.get("/v1/frameworks").await.expect(200);
}

#[test]
fn an_operation_counts_where_its_access_says() {
    let rules = api::rules();
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
    assert_eq!(access("getTargetMetric").bucket(true), Bucket::Export, "a look-back");
    assert_eq!(access("bulkAttendance").bucket(true), Bucket::Bulk);
}

#[tokio::test]
async fn what_is_no_operation_is_not_limited() {
    let app = App::configured(&[("OUTTURN_RATE_REST", "1/1m")]);
    for _ in 0..5 {
        for path in ["/health/live", "/health/ready", "/openapi.json"] {
            assert_eq!(app.stranger().get(path).await.expect(200).header("ratelimit"), "");
        }
    }
}

#[tokio::test]
async fn strangers_are_counted_by_address_which_only_a_known_proxy_may_name() {
    let app = five();
    for n in (0..5).rev() {
        let answer = from(&app.stranger(), "/v1/councils", &format!("192.0.2.{n}")).await;
        assert_eq!(left(&answer.expect(401)), n);
    }
    from(&app.bearer("no.such.token"), "/v1/councils", "192.0.2.9").await.expect(429);
    app.officer().get("/v1/councils").await.expect(200);

    let app = App::configured(&[
        ("OUTTURN_RATE_REST", "5/10m"),
        ("OUTTURN_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.1"),
    ]);
    let left_for = async |hops: &str| left(&from(&app.stranger(), "/v1/councils", hops).await.expect(401));
    assert_eq!(left_for("192.0.2.1").await, 4);
    assert_eq!(left_for("198.51.100.7, 192.0.2.1").await, 3, "what a client says itself does not count");
    assert_eq!(left_for("192.0.2.1, 10.0.0.1").await, 2, "proxies behind proxies are passed over");
    assert_eq!(left_for("192.0.2.2").await, 4);
    assert_eq!(left_for("2001:db8:1:1::1").await, 4);
    assert_eq!(left_for("2001:db8:1:1::2").await, 3, "a subscriber's network is one client");
    assert_eq!(left_for("2001:db8:1:2::1").await, 4);
    assert_eq!(left_for("nonsense").await, 4, "then it is the proxy");
}

#[tokio::test]
async fn what_was_refused_is_counted() {
    let app = App::configured(&[("OUTTURN_RATE_EXPORT", "1/2m")]);
    let officer = app.officer();
    let path = "/v1/frameworks/0198c5b0-0000-7000-8000-000000000000/tree";
    officer.get(path).await.expect(404);
    officer.get(path).await.expect(429);
    let metrics = app.stranger().get("/metrics").await.expect(200).text;
    assert!(metrics.contains("http_requests_limited_total{bucket=\"export\"}"), "{metrics}");
    assert!(
        metrics.contains("http_requests_total{operation=\"getFrameworkTree\",status=\"429\"}"),
        "{metrics}"
    );
}
