//! Readers that are slow or leave: they hold no connection, and others are served.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outturn::policy::Role;
use serde_json::json;

use crate::support::{App, PATIENCE, in_days, metric, until};

/// More than all buffers between server and reader hold.
const ROWS: usize = 60_000;

/// A server with one connection to a database with so many councils.
async fn scene() -> (App, String) {
    scene_with("1").await
}

/// The same, with so many connections.
async fn scene_with(connections: &str) -> (App, String) {
    let app = App::configured(&[("OUTTURN_POOL_SIZE", connections)]);
    let councils = format!(
        "SET session_replication_role = replica;
         INSERT INTO councils (id, name, kind)
         SELECT lpad(to_hex(n), 32, '0')::uuid, repeat('x', 200), 'district' FROM generate_series(1, {ROWS}) n"
    );
    let mut conn = app.connection().await;
    for sql in councils.split(';') {
        crate::support::run_alone(&mut conn, sql).await;
    }
    let token = app.tokens().mint("slow", Role::Reporter, &[], 10 * PATIENCE).expect("a token");
    (app, token)
}

/// A connection on which a report is asked for.
fn asked(app: &App, token: &str) -> TcpStream {
    asked_as(app, &format!("Bearer {token}"), "json")
}

/// The same, with whatever authorization and in this format.
fn asked_as(app: &App, authorization: &str, format: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).expect("a connection");
    let head = format!(
        "GET /v1/datasets/councils?format={format} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream
}

#[tokio::test]
async fn a_slow_reader_holds_no_connection_and_gets_the_whole_report() {
    let (app, token) = scene().await;
    let readers: Vec<TcpStream> = (0..3).map(|_| asked(&app, &token)).collect();
    let mut first = [0; 1];
    for mut reader in &readers {
        reader.read_exact(&mut first).expect("it has begun");
    }
    app.reporter().get("/v1/councils?limit=1").await.expect(200);
    for mut reader in readers {
        let mut rest = String::from("H");
        reader.read_to_string(&mut rest).expect("all of it");
        let (head, body) = rest.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let report: serde_json::Value = serde_json::from_str(body).expect("one document");
        assert_eq!(report["data"].as_array().map(Vec::len), Some(ROWS));
    }
}

#[tokio::test]
async fn who_leaves_while_a_report_is_written_leaves_nothing_behind() {
    let (app, token) = scene().await;
    for n in 0..6 {
        let stream = asked(&app, &token);
        std::thread::sleep(Duration::from_millis(60 * n));
        drop(stream);
    }
    let reporter = app.reporter();
    for _ in 0..3 {
        let report = reporter.read("/v1/datasets/councils").await;
        assert_eq!(report["data"].as_array().map(Vec::len), Some(ROWS));
    }
    reporter.get("/v1/councils?limit=1").await.expect(200);
}

#[tokio::test]
async fn a_report_is_not_read_on_for_a_client_that_has_left() {
    let app = App::configured(&[("OUTTURN_POOL_SIZE", "1"), ("OUTTURN_STATEMENT_TIMEOUT", "1h")]);
    let token = app.tokens().mint("hasty", Role::Reporter, &[], 10 * PATIENCE).expect("a token");
    let _lock = app.holding("LOCK TABLE councils IN ACCESS EXCLUSIVE MODE").await;
    let reader = asked(&app, &token);
    app.until_blocked(1).await;
    drop(reader);
    // The one connection is free again, although the statement would wait for an hour.
    let reporter = app.reporter();
    until(async || reporter.get("/v1/groups?limit=1").await.status, |status| *status == 200).await;
    let ended = r#"http_requests_total{operation="getDataset",status="499"}"#;
    let count = async || metric(&app.stranger().get("/metrics").await.expect(200).text, ended);
    until(count, |count| *count >= 1.0).await;
}

#[tokio::test]
async fn what_goes_wrong_in_reading_is_an_error_and_no_broken_report() {
    let (app, _) = scene().await;
    app.sql("ALTER TABLE council_memberships RENAME TO memberships").await;
    let failed = app.reporter().get("/v1/datasets/councils?format=csv").await.expect(500);
    assert_eq!(failed.code(), "internal_error");
    app.sql("ALTER TABLE memberships RENAME TO council_memberships").await;
    app.reporter().get("/v1/datasets/councils?format=csv").await.expect(200);
}

/// The status and the code, where there is one, of each answer; the rest of it is not read.
fn statuses(readers: &[TcpStream]) -> BTreeMap<String, usize> {
    let mut statuses = BTreeMap::new();
    for mut reader in readers {
        reader.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        let mut head = [0; 16 << 10];
        let read = reader.read(&mut head).expect("a head");
        let head = String::from_utf8_lossy(&head[..read]).into_owned();
        let retry = if head.to_ascii_lowercase().contains("\r\nretry-after: ") { " retry" } else { "" };
        *statuses.entry(format!("{}{retry}", &head[9..12])).or_default() += 1;
    }
    statuses
}

/// Somebody at another address gets the dataset. The downloads of the others are in progress as long as nobody reads them.
async fn another_is_served(app: &App) {
    let client =
        reqwest::Client::builder().local_address(IpAddr::from([127, 0, 0, 2])).build().expect("a client");
    let token = app.tokens().mint("other", Role::Reporter, &[], 10 * PATIENCE).expect("a token");
    let began = Instant::now();
    let request = client.get(format!("{}/v1/datasets/councils?format=csv", app.base)).bearer_auth(token);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.expect("all of it").len() > ROWS * 200);
    println!("another caller had its dataset after {:?}", began.elapsed());
}

#[tokio::test]
async fn many_slow_downloads_of_one_key_or_one_address_take_nobody_elses() {
    let (app, _) = scene_with("4").await;
    let admin = app.admin();
    let key = admin.make("/v1/dataset-keys", json!({ "name": "greedy", "expires_at": in_days(30) })).await;
    let pair =
        format!("{}:{}", key["id"].as_str().expect("an id"), key["secret"].as_str().expect("a secret"));
    let basic = format!("Basic {}", STANDARD.encode(pair));
    let greedy: Vec<TcpStream> = (0..32).map(|_| asked_as(&app, &basic, "csv")).collect();
    assert_eq!(statuses(&greedy), BTreeMap::from([("200".into(), 4), ("429 retry".into(), 28)]));
    another_is_served(&app).await;

    let bearer = |n: usize| {
        let token = app.tokens().mint(&format!("k{n}"), Role::Reporter, &[], 10 * PATIENCE);
        format!("Bearer {}", token.expect("a token"))
    };
    let more: Vec<TcpStream> = (0..32).map(|n| asked_as(&app, &bearer(n), "csv")).collect();
    assert_eq!(statuses(&more), BTreeMap::from([("200".into(), 4), ("429 retry".into(), 28)]));
    another_is_served(&app).await;

    let again = || async {
        let answer = app.stranger().request(reqwest::Method::GET, "/v1/datasets/meetings");
        app.stranger().send(answer.header("Authorization", &basic)).await
    };
    assert_eq!(again().await.expect(429).code(), "too_many_downloads");
    drop((greedy, more));
    until(async || again().await.status, |status| *status == 200).await;
}
