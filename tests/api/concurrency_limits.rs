//! The number of requests of one caller that the server processes at once.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use outturn::access::Role;
use outturn::app::Timing;
use outturn::web::concurrency_limits::{MAX_WAITING, WAIT_TIMEOUT};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::support::{ApiResponse, App, Caller, Fixtures, MAX_WAIT, execute_sql, id, poll_until};

const ONE_AT_ONCE: [(&str, &str); 4] = [
    ("OUTTURN_CONCURRENT_LOGIN", "1"),
    ("OUTTURN_CONCURRENT_BULK", "1"),
    ("OUTTURN_CONCURRENT_EXPORT", "1"),
    ("OUTTURN_CONCURRENT_REST", "1"),
];

/// A server that processes one request of each caller and class at a time. Others wait so long that
/// a test fails if they never get a permit.
fn one_at_once() -> App {
    App::with_timing(&ONE_AT_ONCE, Timing { turn: 10 * MAX_WAIT, ..Timing::default() })
}

fn reporter(app: &App, name: &str) -> Caller {
    let token = app.tokens().mint(name, Role::Reporter, &[], 10 * MAX_WAIT);
    app.bearer(&token.expect("a token"))
}

/// Sends `count` equal requests, each in a separate task.
fn send(caller: &Caller, path: &str, count: usize) -> Vec<JoinHandle<ApiResponse>> {
    let spawn_request = |_| {
        let (caller, path) = (caller.clone(), path.to_owned());
        tokio::spawn(async move { caller.get(&path).await })
    };
    (0..count).map(spawn_request).collect()
}

/// Waits until at least `count` tasks have finished.
async fn wait_until_finished(tasks: &[JoinHandle<ApiResponse>], count: usize) {
    poll_until(async || finished_count(tasks), |finished| *finished >= count).await;
}

fn finished_count(tasks: &[JoinHandle<ApiResponse>]) -> usize {
    tasks.iter().filter(|task| task.is_finished()).count()
}

#[tokio::test]
async fn requests_over_the_limit_wait_in_a_queue_of_their_caller_or_get_429() {
    let app = one_at_once();
    let (caller, other) = (app.reporter(), app.officer());
    let mut lock = app.begin_and_execute("LOCK TABLE groups").await;
    let requests = send(&caller, "/v1/groups", 1 + MAX_WAITING + 5);
    wait_until_finished(&requests, 5).await;
    other.get("/v1/councils").await.expect(200);
    // Another class of the same caller is not affected.
    caller.get("/v1/frameworks/0198c5b0-0000-7000-8000-000000000000/tree").await.expect(404);
    assert_eq!(finished_count(&requests), 5, "both requests were served while the others wait");
    execute_sql(&mut lock, "ROLLBACK").await;
    let (mut served, mut refused) = (0, 0);
    for response in requests {
        let response = response.await.expect("a response");
        if response.status == 200 {
            served += 1;
            continue;
        }
        let response = response.expect(429);
        assert_eq!((response.code(), response.header("retry-after")), ("too_many_at_once", "2"));
        refused += 1;
    }
    assert_eq!((served, refused), (1 + MAX_WAITING, 5));
    caller.get("/v1/groups").await.expect(200);
    let metrics = other.get("/metrics").await.text;
    assert!(metrics.contains("http_requests_over_concurrency_total{bucket=\"rest\"}"), "{metrics}");
}

#[tokio::test]
async fn a_queued_request_waits_no_longer_than_documented() {
    assert_eq!((Timing::default().turn, WAIT_TIMEOUT), (Duration::from_secs(5), Duration::from_secs(5)));
    let turn = Duration::from_millis(500);
    let app = App::with_timing(&ONE_AT_ONCE, Timing { turn, ..Timing::default() });
    let caller = app.reporter();
    let mut lock = app.begin_and_execute("LOCK TABLE groups").await;
    let first = send(&caller, "/v1/groups", 1);
    app.wait_until_blocked(1).await;
    let started = Instant::now();
    assert_eq!(caller.get("/v1/councils").await.expect(429).code(), "too_many_at_once");
    assert!(started.elapsed() >= turn, "{:?}", started.elapsed());
    assert_eq!(finished_count(&first), 0, "the second request was refused while the first is in progress");
    execute_sql(&mut lock, "ROLLBACK").await;
    for response in first {
        response.await.expect("a response").expect(200);
    }
    caller.get("/v1/councils").await.expect(200);
}

#[tokio::test]
async fn six_concurrent_exports_of_a_caller_are_served() {
    let app = App::configured(&[("OUTTURN_CONCURRENT_EXPORT", "2")]);
    let fixtures = Fixtures(app.officer());
    let framework = fixtures.framework(json!({})).await;
    for response in send(&fixtures.0, &format!("/v1/frameworks/{}/metrics", id(&framework)), 6) {
        response.await.expect("a response").expect(200);
    }
}

#[tokio::test]
async fn exports_of_many_callers_leave_connections_for_other_requests() {
    let app = App::configured(&[("OUTTURN_CONCURRENT_EXPORT", "2"), ("OUTTURN_CONCURRENT_REST", "8")]);
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let framework = fixtures.framework(json!({})).await;
    let mut lock = app.begin_and_execute("LOCK TABLE targets").await;
    let path = |n| format!("/v1/frameworks/{}/metrics?as_at=2018-01-0{n}", id(&framework));
    let exports: Vec<_> = (1..7).flat_map(|n| send(&reporter(&app, &format!("r{n}")), &path(n), 1)).collect();
    // The exports use three of the four connections of the thread.
    app.wait_until_blocked(3).await;
    for _ in 0..10 {
        fixtures.0.read(&format!("/v1/councils/{}", id(&council))).await;
    }
    assert_eq!(finished_count(&exports), 0, "other requests were served while every export waits");
    execute_sql(&mut lock, "ROLLBACK").await;
    for response in exports {
        response.await.expect("a response").expect(200);
    }
}

#[tokio::test]
async fn every_kind_of_response_releases_its_permit() {
    let app = one_at_once();
    let officer = app.officer();
    let group = officer.create("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let path = format!("/v1/groups/{}", id(&group));
    // A request would get no response if an earlier one had not released its permit.
    for path in ["/v1/groups", path.as_str()] {
        let read = officer.get(path).await.expect(200);
        officer.send(officer.request(Method::HEAD, path)).await.expect(200);
        officer.send(officer.request(Method::OPTIONS, path)).await.expect(204);
        let unchanged = officer.request(Method::GET, path).header("If-None-Match", read.header("etag"));
        officer.send(unchanged).await.expect(304);
        officer.send(officer.request(Method::PUT, path)).await.expect(405);
        officer.get(&format!("{path}?surprise=1")).await.expect(400);
    }
    officer.post("/v1/groups", json!({})).await.expect(422);
    app.reporter().post("/v1/groups", json!({})).await.expect(403);
    officer.patch(&path, 7, json!({ "name": "H" })).await.expect(412);
    officer.get("/v1/datasets/councils?format=csv").await.expect(200);
    officer.get("/v1/datasets/councils?format=csv").await.expect(200);
    officer.get("/v1/groups").await.expect(200);
}

#[tokio::test]
async fn disconnected_clients_release_their_permits() {
    let app = one_at_once();
    let caller = app.reporter();
    let mut lock = app.begin_and_execute("LOCK TABLE groups").await;
    let aborted = send(&caller, "/v1/groups", 10);
    app.wait_until_blocked(1).await;
    for task in aborted {
        task.abort();
        assert!(task.await.is_err(), "the request was in progress");
    }
    execute_sql(&mut lock, "ROLLBACK").await;
    for response in send(&caller, "/v1/groups", 20) {
        response.await.expect("a response").expect(200);
    }
}

/// Opens a connection and sends a request without the rest of its body.
fn begin_request(app: &App, path: &str, token: Option<&str>) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).expect("a connection");
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\n{authorization}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).expect("a sent request");
    stream
}

/// The number of connections on which a response has arrived.
fn response_count(streams: &[TcpStream]) -> usize {
    let has_response = |stream: &&TcpStream| {
        stream.set_nonblocking(true).expect("non-blocking mode");
        stream.peek(&mut [0]).is_ok_and(|read| read > 0)
    };
    streams.iter().filter(has_response).count()
}

#[tokio::test]
async fn unauthenticated_requests_take_no_permits_of_authenticated_callers() {
    let app = one_at_once();
    let officer = app.officer();
    // One request is in progress, the queue is full, and one request is refused.
    let anonymous: Vec<_> =
        (0..1 + MAX_WAITING + 1).map(|_| begin_request(&app, "/v1/auth/sessions", None)).collect();
    let invalid_tokens: Vec<_> =
        (0..20).map(|_| begin_request(&app, "/v1/groups", Some("no.such.token"))).collect();
    poll_until(
        async || (response_count(&anonymous), response_count(&invalid_tokens)),
        |counts| *counts == (1, 20),
    )
    .await;
    officer.get("/v1/groups").await.expect(200);
    for response in send(&app.bearer("no.such.token"), "/v1/groups", 10) {
        response.await.expect("a response").expect(401);
    }
    assert_eq!(response_count(&anonymous), 1, "the officer was served while the other requests wait");
}
