//! More requests than the database can serve: requests over the queue are refused at once.

use std::time::Instant;

use nix::sys::signal::Signal;
use outturn::app::Timing;
use serde_json::json;

use crate::processes::server::{Server, command, data_dir};
use crate::support::{App, Caller, Fixtures, MAX_WAIT, execute_sql, id, metric, poll_until};

/// Requests of a server thread that may wait for each of its connections.
const QUEUE: usize = 32;

/// Sends a request that waits for the lock of a group and so occupies a connection.
fn rename(caller: &Caller, path: &str) -> tokio::task::JoinHandle<u16> {
    let (caller, path) = (caller.clone(), path.to_owned());
    tokio::spawn(async move { caller.patch(&path, 1, json!({ "name": "New" })).await.status })
}

#[tokio::test]
async fn requests_over_the_queue_get_503_at_once_and_queued_ones_are_served() {
    let timing = Timing { connection: 10 * MAX_WAIT, ..Timing::default() };
    let app = App::with_timing(&[("OUTTURN_POOL_SIZE", "1")], timing);
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let path = format!("/v1/groups/{}", id(&group));
    let mut lock = app.begin_and_execute("SELECT FROM groups FOR UPDATE").await;
    let holder = rename(&fixtures.0, &path);
    app.wait_until_blocked(1).await;
    // All servers of this process share the counter, but no other test fills a queue.
    let shed_total =
        async || metric(&app.anonymous().get("/metrics").await.expect(200).text, "db_requests_shed_total");
    let shed_before = shed_total().await;
    let requests: Vec<_> = (0..QUEUE + 18)
        .map(|_| {
            let (caller, path) = (fixtures.0.clone(), path.clone());
            tokio::spawn(async move { caller.get(&path).await })
        })
        .collect();
    let finished_count = || requests.iter().filter(|task| task.is_finished()).count();
    poll_until(async || finished_count(), |finished| *finished == 18).await;
    // Another server of this process may set the gauges in between.
    let gauges = async || {
        let text = app.anonymous().get("/metrics").await.expect(200).text;
        let names =
            ["db_requests_waiting", "db_connections{state=\"open\"}", "db_connections{state=\"free\"}"];
        names.map(|name| metric(&text, name))
    };
    poll_until(gauges, |gauges| *gauges == [QUEUE as f64, 1.0, 0.0]).await;
    assert_eq!(shed_total().await - shed_before, 18.0);
    assert_eq!(
        (finished_count(), holder.is_finished()),
        (18, false),
        "requests over the queue were refused while the others wait"
    );
    execute_sql(&mut lock, "ROLLBACK").await;
    assert_eq!(holder.await.expect("a response"), 200);
    let mut served = 0;
    for response in requests {
        let response = response.await.expect("a response");
        if response.status == 200 {
            served += 1;
            continue;
        }
        let response = response.expect(503);
        assert_eq!((response.code(), response.header("retry-after")), ("busy", "2"));
    }
    assert_eq!(served, QUEUE);
}

/// Stops a server while one request is running and one is queued for a connection, and returns
/// their statuses. Returns `None` if the queued request was refused because it waited too long.
async fn stop_with_running_and_queued_requests() -> Option<(u16, u16)> {
    let (app, data) = (App::new(), data_dir());
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url()).env("OUTTURN_WORKERS", "1").env("OUTTURN_POOL_SIZE", "1");
    let server = Server::launch(serve);
    let fixtures = Fixtures(server.caller(data.path(), "officer"));
    let group = fixtures.group(json!({})).await;
    let path = format!("/v1/groups/{}", id(&group));
    let mut lock = app.begin_and_execute("SELECT FROM groups FOR UPDATE").await;
    let holder = rename(&fixtures.0, &path);
    app.wait_until_blocked(1).await;
    let (started, caller) = (Instant::now(), fixtures.0.clone());
    let queued = tokio::spawn(async move { caller.get(&path).await.status });
    poll_until(async || server.metric("db_requests_waiting").await, |waiting| *waiting == 1.0).await;
    server.ask_to_stop(Signal::SIGTERM);
    server.until_closed();
    execute_sql(&mut lock, "ROLLBACK").await;
    let statuses = (holder.await.expect("a response"), queued.await.expect("a response"));
    let has_timed_out = statuses.1 == 503 && started.elapsed() >= Timing::default().connection;
    drop((lock, fixtures));
    assert_eq!(server.ended(), 0);
    (!has_timed_out).then_some(statuses)
}

#[tokio::test]
async fn running_and_queued_requests_are_served_before_a_shutdown() {
    let statuses = poll_until(stop_with_running_and_queued_requests, Option::is_some).await;
    assert_eq!(statuses, Some((200, 200)));
}
