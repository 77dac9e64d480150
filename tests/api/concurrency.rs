//! How many requests of one caller the server works on at once.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use outturn::app::Timing;
use outturn::policy::Role;
use outturn::web::concurrency::{LONGEST_WAIT, MOST_WAITING};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::support::{Answer, App, Made, PATIENCE, Person, id, run_alone, until};

const ONE_AT_ONCE: [(&str, &str); 4] = [
    ("OUTTURN_CONCURRENT_LOGIN", "1"),
    ("OUTTURN_CONCURRENT_BULK", "1"),
    ("OUTTURN_CONCURRENT_EXPORT", "1"),
    ("OUTTURN_CONCURRENT_REST", "1"),
];

/// A server that works on one request of each caller and class. Others wait for so long that a test fails where they wait
/// in vain.
fn one_at_once() -> App {
    App::timed(&ONE_AT_ONCE, Timing { turn: 10 * PATIENCE, ..Timing::default() })
}

fn reporter(app: &App, name: &str) -> Person {
    let token = app.tokens().mint(name, Role::Reporter, &[], 10 * PATIENCE);
    app.bearer(&token.expect("a token"))
}

/// Sends so many equal requests, each in a task of its own.
fn send(person: &Person, path: &str, count: usize) -> Vec<JoinHandle<Answer>> {
    let ask = |_| {
        let (person, path) = (person.clone(), path.to_owned());
        tokio::spawn(async move { person.get(&path).await })
    };
    (0..count).map(ask).collect()
}

/// Waits until so many tasks have ended.
async fn wait_for_ended(tasks: &[JoinHandle<Answer>], count: usize) {
    until(async || ended(tasks), |ended| *ended >= count).await;
}

fn ended(tasks: &[JoinHandle<Answer>]) -> usize {
    tasks.iter().filter(|task| task.is_finished()).count()
}

#[tokio::test]
async fn above_the_bound_a_caller_waits_in_a_queue_of_its_own_and_above_the_queue_it_is_429() {
    let app = one_at_once();
    let (greedy, other) = (app.reporter(), app.officer());
    let mut lock = app.holding("LOCK TABLE groups").await;
    let asked = send(&greedy, "/v1/groups", 1 + MOST_WAITING + 5);
    wait_for_ended(&asked, 5).await;
    other.get("/v1/councils").await.expect(200);
    // Another class of the same caller is not affected.
    greedy.get("/v1/frameworks/0198c5b0-0000-7000-8000-000000000000/tree").await.expect(404);
    assert_eq!(ended(&asked), 5, "both were served while the others wait");
    run_alone(&mut lock, "ROLLBACK").await;
    let (mut served, mut refused) = (0, 0);
    for answer in asked {
        let answer = answer.await.expect("an answer");
        if answer.status == 200 {
            served += 1;
            continue;
        }
        let answer = answer.expect(429);
        assert_eq!((answer.code(), answer.header("retry-after")), ("too_many_at_once", "2"));
        refused += 1;
    }
    assert_eq!((served, refused), (1 + MOST_WAITING, 5));
    greedy.get("/v1/groups").await.expect(200);
    let metrics = other.get("/metrics").await.text;
    assert!(metrics.contains("http_requests_over_concurrency_total{bucket=\"rest\"}"), "{metrics}");
}

#[tokio::test]
async fn a_request_waits_for_its_turn_no_longer_than_it_is_documented() {
    assert_eq!((Timing::default().turn, LONGEST_WAIT), (Duration::from_secs(5), Duration::from_secs(5)));
    let turn = Duration::from_millis(500);
    let app = App::timed(&ONE_AT_ONCE, Timing { turn, ..Timing::default() });
    let greedy = app.reporter();
    let mut lock = app.holding("LOCK TABLE groups").await;
    let first = send(&greedy, "/v1/groups", 1);
    app.until_blocked(1).await;
    let started = Instant::now();
    assert_eq!(greedy.get("/v1/councils").await.expect(429).code(), "too_many_at_once");
    assert!(started.elapsed() >= turn, "{:?}", started.elapsed());
    assert_eq!(ended(&first), 0, "the second was refused while the first is in progress");
    run_alone(&mut lock, "ROLLBACK").await;
    for answer in first {
        answer.await.expect("an answer").expect(200);
    }
    greedy.get("/v1/councils").await.expect(200);
}

#[tokio::test]
async fn a_page_with_six_exports_at_once_is_served() {
    let app = App::configured(&[("OUTTURN_CONCURRENT_EXPORT", "2")]);
    let made = Made(app.officer());
    let framework = made.framework(json!({})).await;
    for answer in send(&made.0, &format!("/v1/frameworks/{}/metrics", id(&framework)), 6) {
        answer.await.expect("an answer").expect(200);
    }
}

#[tokio::test]
async fn exports_of_many_callers_leave_connections_for_others() {
    let app = App::configured(&[("OUTTURN_CONCURRENT_EXPORT", "2"), ("OUTTURN_CONCURRENT_REST", "8")]);
    let made = Made(app.officer());
    let council = made.council(json!({})).await;
    let framework = made.framework(json!({})).await;
    let mut lock = app.holding("LOCK TABLE targets").await;
    let path = format!("/v1/frameworks/{}/metrics", id(&framework));
    let exports: Vec<_> = (0..6).flat_map(|n| send(&reporter(&app, &format!("r{n}")), &path, 1)).collect();
    // Three of the thread's four connections.
    app.until_blocked(3).await;
    for _ in 0..10 {
        made.0.read(&format!("/v1/councils/{}", id(&council))).await;
    }
    assert_eq!(ended(&exports), 0, "others were served while every export waits");
    run_alone(&mut lock, "ROLLBACK").await;
    for answer in exports {
        answer.await.expect("an answer").expect(200);
    }
}

#[tokio::test]
async fn every_kind_of_answer_gives_its_permit_back() {
    let app = one_at_once();
    let officer = app.officer();
    let group = officer.make("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let path = format!("/v1/groups/{}", id(&group));
    // A request that waited for a permit that is not given back would get no answer.
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
async fn clients_that_leave_before_their_answer_give_their_permits_back() {
    let app = one_at_once();
    let greedy = app.reporter();
    let mut lock = app.holding("LOCK TABLE groups").await;
    let left = send(&greedy, "/v1/groups", 10);
    app.until_blocked(1).await;
    for task in left {
        task.abort();
        assert!(task.await.is_err(), "the request was under way");
    }
    run_alone(&mut lock, "ROLLBACK").await;
    for answer in send(&greedy, "/v1/groups", 20) {
        answer.await.expect("an answer").expect(200);
    }
}

/// A connection on which a request has begun whose body does not arrive.
fn begin(app: &App, path: &str, token: Option<&str>) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).expect("a connection");
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\n{authorization}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream
}

/// On how many connections an answer has arrived.
fn answered(streams: &[TcpStream]) -> usize {
    let has_answer = |stream: &&TcpStream| {
        stream.set_nonblocking(true).expect("a mode");
        stream.peek(&mut [0]).is_ok_and(|read| read > 0)
    };
    streams.iter().filter(has_answer).count()
}

#[tokio::test]
async fn nobody_without_a_token_takes_a_permit_of_an_identified_caller() {
    let app = one_at_once();
    let officer = app.officer();
    // One request is in progress, the queue is full, and one request is refused.
    let strangers: Vec<_> =
        (0..1 + MOST_WAITING + 1).map(|_| begin(&app, "/v1/auth/sessions", None)).collect();
    let forgers: Vec<_> = (0..20).map(|_| begin(&app, "/v1/groups", Some("no.such.token"))).collect();
    until(async || (answered(&strangers), answered(&forgers)), |answered| *answered == (1, 20)).await;
    officer.get("/v1/groups").await.expect(200);
    for answer in send(&app.bearer("no.such.token"), "/v1/groups", 10) {
        answer.await.expect("an answer").expect(401);
    }
    assert_eq!(answered(&strangers), 1, "the officer was served while the others wait");
}
