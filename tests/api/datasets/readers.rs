//! Slow and disconnected readers use no database connection and do not block other callers.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outturn::access::Role;
use serde_json::json;

use crate::support::{App, MAX_WAIT, days_from_now, metric, poll_until};

/// The number of councils. Their dataset exceeds the buffers between the server and a reader.
const ROWS: usize = 60_000;

/// Starts a server with one database connection and [`ROWS`] councils. Also returns a token.
async fn setup() -> (App, String) {
    setup_with("1").await
}

/// Like [`setup`], with this number of database connections.
async fn setup_with(connections: &str) -> (App, String) {
    let app = App::configured(&[("OUTTURN_POOL_SIZE", connections)]);
    let councils = format!(
        "SET session_replication_role = replica;
         INSERT INTO councils (id, name, kind)
         SELECT lpad(to_hex(n), 32, '0')::uuid, repeat('x', 200), 'district' FROM generate_series(1, {ROWS}) n"
    );
    let mut conn = app.connection().await;
    for sql in councils.split(';') {
        crate::support::execute_sql(&mut conn, sql).await;
    }
    let token = app.tokens().mint("slow", Role::Reporter, &[], 10 * MAX_WAIT).expect("a token");
    (app, token)
}

/// Requests the dataset with a token. Returns the connection without reading the response.
fn request_dataset(app: &App, token: &str) -> TcpStream {
    request_dataset_as(app, &format!("Bearer {token}"), "json")
}

/// Like [`request_dataset`], with this `Authorization` header and format.
fn request_dataset_as(app: &App, authorization: &str, format: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).expect("a connection");
    let head = format!(
        "GET /v1/datasets/councils?format={format} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("send the request");
    stream
}

#[tokio::test]
async fn a_slow_reader_uses_no_connection_and_gets_the_whole_dataset() {
    let (app, token) = setup().await;
    let readers: Vec<TcpStream> = (0..3).map(|_| request_dataset(&app, &token)).collect();
    let mut first = [0; 1];
    for mut reader in &readers {
        reader.read_exact(&mut first).expect("the first byte of the response");
    }
    app.reporter().get("/v1/councils?limit=1").await.expect(200);
    for mut reader in readers {
        let mut rest = String::from("H");
        reader.read_to_string(&mut rest).expect("the rest of the response");
        let (head, body) = rest.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let dataset: serde_json::Value = serde_json::from_str(body).expect("a JSON document");
        assert_eq!(dataset["data"].as_array().map(Vec::len), Some(ROWS));
    }
}

#[tokio::test]
async fn clients_that_disconnect_during_a_download_leave_the_server_usable() {
    let (app, token) = setup().await;
    for n in 0..6 {
        let stream = request_dataset(&app, &token);
        std::thread::sleep(Duration::from_millis(60 * n));
        drop(stream);
    }
    let reporter = app.reporter();
    for _ in 0..3 {
        let dataset = reporter.read("/v1/datasets/councils").await;
        assert_eq!(dataset["data"].as_array().map(Vec::len), Some(ROWS));
    }
    reporter.get("/v1/councils?limit=1").await.expect(200);
}

#[tokio::test]
async fn a_query_is_cancelled_when_its_client_disconnects() {
    let app = App::configured(&[("OUTTURN_POOL_SIZE", "1"), ("OUTTURN_STATEMENT_TIMEOUT", "1h")]);
    let token = app.tokens().mint("hasty", Role::Reporter, &[], 10 * MAX_WAIT).expect("a token");
    let _lock = app.begin_and_execute("LOCK TABLE councils IN ACCESS EXCLUSIVE MODE").await;
    let reader = request_dataset(&app, &token);
    app.wait_until_blocked(1).await;
    drop(reader);
    // The only connection is free again, although the statement timeout is one hour.
    let reporter = app.reporter();
    poll_until(async || reporter.get("/v1/groups?limit=1").await.status, |status| *status == 200).await;
    let cancelled = r#"http_requests_total{operation="getDataset",status="499"}"#;
    let count = async || metric(&app.anonymous().get("/metrics").await.expect(200).text, cancelled);
    poll_until(count, |count| *count >= 1.0).await;
}

#[tokio::test]
async fn a_failing_query_is_a_500_and_not_a_truncated_dataset() {
    let (app, _) = setup().await;
    app.sql("ALTER TABLE council_memberships RENAME TO memberships").await;
    let failed = app.reporter().get("/v1/datasets/councils?format=csv").await.expect(500);
    assert_eq!(failed.code(), "internal_error");
    app.sql("ALTER TABLE memberships RENAME TO council_memberships").await;
    app.reporter().get("/v1/datasets/councils?format=csv").await.expect(200);
}

/// Counts responses by status and presence of a `Retry-After` header. Does not read the bodies.
fn statuses(readers: &[TcpStream]) -> BTreeMap<String, usize> {
    let mut statuses = BTreeMap::new();
    for mut reader in readers {
        reader.set_read_timeout(Some(MAX_WAIT)).expect("set the read timeout");
        let mut head = [0; 16 << 10];
        let read = reader.read(&mut head).expect("a head");
        let head = String::from_utf8_lossy(&head[..read]).into_owned();
        let retry = if head.to_ascii_lowercase().contains("\r\nretry-after: ") { " retry" } else { "" };
        *statuses.entry(format!("{}{retry}", &head[9..12])).or_default() += 1;
    }
    statuses
}

/// Asserts that a caller at another address gets the dataset. The other downloads stay in progress
/// while nobody reads them.
async fn assert_another_caller_is_served(app: &App) {
    let client =
        reqwest::Client::builder().local_address(IpAddr::from([127, 0, 0, 2])).build().expect("a client");
    let token = app.tokens().mint("other", Role::Reporter, &[], 10 * MAX_WAIT).expect("a token");
    let started = Instant::now();
    let request = client.get(format!("{}/v1/datasets/councils?format=csv", app.base)).bearer_auth(token);
    let response = request.send().await.expect("a response");
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.expect("the whole body").len() > ROWS * 200);
    println!("another caller had its dataset after {:?}", started.elapsed());
}

#[tokio::test]
async fn slow_downloads_of_one_key_or_address_do_not_block_other_callers() {
    let (app, _) = setup_with("4").await;
    let admin = app.admin();
    let key =
        admin.create("/v1/dataset-keys", json!({ "name": "greedy", "expires_at": days_from_now(30) })).await;
    let credentials =
        format!("{}:{}", key["id"].as_str().expect("an id"), key["secret"].as_str().expect("a secret"));
    let basic = format!("Basic {}", STANDARD.encode(credentials));
    let by_key: Vec<TcpStream> = (0..32).map(|_| request_dataset_as(&app, &basic, "csv")).collect();
    assert_eq!(statuses(&by_key), BTreeMap::from([("200".into(), 4), ("429 retry".into(), 28)]));
    assert_another_caller_is_served(&app).await;

    let bearer = |n: usize| {
        let token = app.tokens().mint(&format!("k{n}"), Role::Reporter, &[], 10 * MAX_WAIT);
        format!("Bearer {}", token.expect("a token"))
    };
    let by_address: Vec<TcpStream> = (0..32).map(|n| request_dataset_as(&app, &bearer(n), "csv")).collect();
    assert_eq!(statuses(&by_address), BTreeMap::from([("200".into(), 4), ("429 retry".into(), 28)]));
    assert_another_caller_is_served(&app).await;

    let request_meetings = || async {
        let request = app.anonymous().request(reqwest::Method::GET, "/v1/datasets/meetings");
        app.anonymous().send(request.header("Authorization", &basic)).await
    };
    assert_eq!(request_meetings().await.expect(429).code(), "too_many_downloads");
    drop((by_key, by_address));
    poll_until(async || request_meetings().await.status, |status| *status == 200).await;
}
