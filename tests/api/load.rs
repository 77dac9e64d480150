//! More requests than the database can serve: those that would wait in vain are sent away at once.

use std::time::Instant;

use nix::sys::signal::Signal;
use outturn::app::Timing;
use serde_json::json;

use crate::processes::server::{Server, command, data_dir};
use crate::support::{App, Made, PATIENCE, Person, id, metric, run_alone, until};

/// How many requests of a server thread wait for each of its connections.
const QUEUE: usize = 32;

/// A request that waits for the lock of a group, and so keeps a connection.
fn rename(person: &Person, path: &str) -> tokio::task::JoinHandle<u16> {
    let (person, path) = (person.clone(), path.to_owned());
    tokio::spawn(async move { person.patch(&path, 1, json!({ "name": "New" })).await.status })
}

#[tokio::test]
async fn beyond_the_queue_it_is_503_at_once_and_who_was_accepted_is_served() {
    let timing = Timing { connection: 10 * PATIENCE, ..Timing::default() };
    let app = App::timed(&[("OUTTURN_POOL_SIZE", "1")], timing);
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let path = format!("/v1/groups/{}", id(&group));
    let mut lock = app.holding("SELECT FROM groups FOR UPDATE").await;
    let holder = rename(&made.0, &path);
    app.until_blocked(1).await;
    // The counter is that of all servers of this process; no other test fills a queue.
    let shed =
        async || metric(&app.stranger().get("/metrics").await.expect(200).text, "db_requests_shed_total");
    let shed_before = shed().await;
    let asked: Vec<_> = (0..QUEUE + 18)
        .map(|_| {
            let (person, path) = (made.0.clone(), path.clone());
            tokio::spawn(async move { person.get(&path).await })
        })
        .collect();
    let ended = || asked.iter().filter(|task| task.is_finished()).count();
    until(async || ended(), |ended| *ended == 18).await;
    // Another server of this process may set the gauges to its own figures in between.
    let gauges = async || {
        let text = app.stranger().get("/metrics").await.expect(200).text;
        let names =
            ["db_requests_waiting", "db_connections{state=\"open\"}", "db_connections{state=\"free\"}"];
        names.map(|name| metric(&text, name))
    };
    until(gauges, |gauges| *gauges == [QUEUE as f64, 1.0, 0.0]).await;
    assert_eq!(shed().await - shed_before, 18.0);
    assert_eq!((ended(), holder.is_finished()), (18, false), "they were refused while the others wait");
    run_alone(&mut lock, "ROLLBACK").await;
    assert_eq!(holder.await.expect("an answer"), 200);
    let mut served = 0;
    for answer in asked {
        let answer = answer.await.expect("an answer");
        if answer.status == 200 {
            served += 1;
            continue;
        }
        let answer = answer.expect(503);
        assert_eq!((answer.code(), answer.header("retry-after")), ("busy", "2"));
    }
    assert_eq!(served, QUEUE);
}

/// Whether both a request in hand and one in the queue for a connection were served, although the server was asked to
/// stop; none where the queued one was refused because it had waited for its three seconds.
async fn stop_amid_a_queue() -> Option<(u16, u16)> {
    let (app, data) = (App::new(), data_dir());
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url()).env("OUTTURN_WORKERS", "1").env("OUTTURN_POOL_SIZE", "1");
    let server = Server::launch(serve);
    let made = Made(server.person(data.path(), "officer"));
    let group = made.group(json!({})).await;
    let path = format!("/v1/groups/{}", id(&group));
    let mut lock = app.holding("SELECT FROM groups FOR UPDATE").await;
    let holder = rename(&made.0, &path);
    app.until_blocked(1).await;
    let (began, person) = (Instant::now(), made.0.clone());
    let queued = tokio::spawn(async move { person.get(&path).await.status });
    until(async || server.metric("db_requests_waiting").await, |waiting| *waiting == 1.0).await;
    server.ask_to_stop(Signal::SIGTERM);
    server.until_closed();
    run_alone(&mut lock, "ROLLBACK").await;
    let statuses = (holder.await.expect("an answer"), queued.await.expect("an answer"));
    let is_slow = statuses.1 == 503 && began.elapsed() >= Timing::default().connection;
    drop((lock, made));
    assert_eq!(server.ended(), 0);
    (!is_slow).then_some(statuses)
}

#[tokio::test]
async fn what_is_in_hand_and_the_queue_with_it_are_served_before_a_stop() {
    let statuses = until(stop_amid_a_queue, Option::is_some).await;
    assert_eq!(statuses, Some((200, 200)));
}
