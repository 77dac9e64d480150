//! Readers that are slow or leave: they hold no connection, and others are served.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use outturn::policy::Role;

use crate::support::App;

/// More than all buffers between server and reader hold.
const ROWS: usize = 60_000;

/// A server with one connection to a database with so many councils.
async fn scene() -> (App, String) {
    let app = App::configured(&[("OUTTURN_POOL_SIZE", "1")]);
    let councils = format!(
        "SET session_replication_role = replica;
         INSERT INTO councils (id, name, kind)
         SELECT lpad(to_hex(n), 32, '0')::uuid, repeat('x', 200), 'district' FROM generate_series(1, {ROWS}) n"
    );
    let mut conn = app.connection().await;
    for sql in councils.split(';') {
        crate::support::run_alone(&mut conn, sql).await;
    }
    let token = app.tokens().mint("slow", Role::Reporter, &[], Duration::from_secs(600)).expect("a token");
    (app, token)
}

/// A connection on which a report is asked for.
fn asked(app: &App, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).expect("a connection");
    let head = format!(
        "GET /v1/reports/councils?format=json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
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
    let began = Instant::now();
    app.reporter().get("/v1/councils?limit=1").await.expect(200);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
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
        let report = reporter.read("/v1/reports/councils").await;
        assert_eq!(report["data"].as_array().map(Vec::len), Some(ROWS));
    }
    reporter.get("/v1/councils?limit=1").await.expect(200);
}

#[tokio::test]
async fn what_goes_wrong_in_reading_is_an_error_and_no_broken_report() {
    let (app, _) = scene().await;
    app.sql("ALTER TABLE council_memberships RENAME TO memberships").await;
    let failed = app.reporter().get("/v1/reports/councils?format=csv").await.expect(500);
    assert_eq!(failed.code(), "internal_error");
    app.sql("ALTER TABLE memberships RENAME TO council_memberships").await;
    app.reporter().get("/v1/reports/councils?format=csv").await.expect(200);
}
