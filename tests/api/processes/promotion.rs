//! Clients write while the primary crashes and its standby is promoted: each acknowledged row is
//! present exactly once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::node::Node;
use super::server::Server;
use crate::support::{Caller, MAX_WAIT, poll_until};

/// The number of groups that are acknowledged before the crash, and after the promotion.
const GROUPS: usize = 40;

/// Creates groups with idempotency keys, and retries each until it is acknowledged. Returns their
/// codes.
async fn create_groups(
    caller: Caller,
    prefix: usize,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
) -> Vec<String> {
    let mut codes = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let code = format!("w{prefix}n{}", codes.len());
        let body = json!({ "code": code, "name": code });
        loop {
            let request = caller.request(Method::POST, "/v1/groups").json(&body);
            let response = request.header("Idempotency-Key", &code).timeout(MAX_WAIT).send().await;
            match response.map(|response| response.status().as_u16()) {
                Ok(201) => break,
                Ok(409 | 503) | Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                Ok(status) => panic!("{code}: {status}"),
            }
        }
        acknowledged.fetch_add(1, Ordering::Relaxed);
        codes.push(code);
    }
    codes
}

#[tokio::test]
async fn a_promotion_loses_no_acknowledged_row() {
    let mut primary = Node::primary(&[]);
    let standby = primary.standby("follower");
    // Commits wait for the standby only from now on, because the standby has been copied.
    primary.run("ALTER SYSTEM SET synchronous_standby_names = 'follower'").await;
    primary.run("SELECT pg_reload_conf()").await;
    let mut serve = primary.serve(&[]);
    let hosts = format!("host='{},{}'", primary.socket_dir(), standby.socket_dir());
    let both = format!("{hosts} user=postgres dbname=outturn target_session_attrs=read-write");
    serve.env("DATABASE_URL", both).env("OUTTURN_READ_DATABASE_URL", standby.url());
    let server = Server::launch(serve);
    server.log_line("reads use the standby");
    let officer = server.caller(primary.data(), "officer");

    let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writers = (0..4).map(|n| create_groups(officer.clone(), n, stop.clone(), acknowledged.clone()));
    let writers: Vec<_> = writers.map(tokio::spawn).collect();
    let wait_for = async |count| {
        poll_until(async || acknowledged.load(Ordering::Relaxed), |acknowledged| *acknowledged >= count).await
    };
    wait_for(GROUPS).await;
    primary.crash();
    let before = acknowledged.load(Ordering::Relaxed);
    standby.run("SELECT pg_promote()").await;
    wait_for(before + GROUPS).await;
    stop.store(true, Ordering::Relaxed);

    let mut codes = Vec::new();
    for writer in writers {
        codes.extend(writer.await.expect("a writer"));
    }
    let mut stored: BTreeMap<String, usize> = BTreeMap::new();
    for group in officer.all("/v1/groups").await {
        *stored.entry(group["code"].as_str().expect("a code").to_owned()).or_default() += 1;
    }
    let expected: BTreeMap<String, usize> = codes.into_iter().map(|code| (code, 1)).collect();
    assert_eq!(stored, expected);
    let line = server.log_line("reads use the primary");
    assert!(line["reason"].is_string(), "{line}");
    officer.get("/health/ready").await.expect(200);
}

/// Without its synchronous standby, a primary commits only locally. The commit becomes visible when
/// the primary restarts.
#[tokio::test]
async fn a_write_that_no_standby_has_is_not_acknowledged() {
    let mut primary = Node::primary(&[]);
    let mut serve = primary.serve(&[]);
    serve.env("OUTTURN_STATEMENT_TIMEOUT", "1s");
    let server = Server::launch(serve);
    let officer = server.caller(primary.data(), "officer");
    primary.run("ALTER SYSTEM SET synchronous_standby_names = 'absent'").await;
    primary.run("SELECT pg_reload_conf()").await;
    // A connection that the crash has closed may give a 503 once.
    let count = async || {
        let groups = officer.get("/v1/groups?limit=500").await;
        groups.body["data"].as_array().map_or(0, Vec::len)
    };
    let create = async |code: &str| {
        let request = officer.request(Method::POST, "/v1/groups").header("Idempotency-Key", code);
        officer.send(request.json(&json!({ "code": code, "name": code }))).await
    };
    // The setting applies to a session soon, so the first writes may succeed.
    let mut n = 0;
    let last = async || {
        n += 1;
        create(&format!("n{n}")).await.status
    };
    poll_until(last, |status| *status == 503).await;
    let code = format!("n{n}");
    assert_eq!((create(&code).await.expect(409).code(), count().await), ("request_in_progress", n - 1));

    primary.crash();
    primary.restart();
    poll_until(count, |count| *count == n).await;
    // A retry waits for the standby like the first request. It stops waiting after a time limit.
    loop {
        let began = Instant::now();
        let retried = create(&code).await;
        assert!([409, 503].contains(&retried.status), "{}", retried.text);
        if began.elapsed() > Duration::from_secs(2) {
            break;
        }
    }
    primary.run("ALTER SYSTEM RESET synchronous_standby_names").await;
    primary.run("SELECT pg_reload_conf()").await;
    let response = poll_until(async || create(&code).await, |response| response.status == 201).await;
    assert_eq!(response.header("idempotent-replayed"), "true");
    assert_eq!(count().await, n);
}
