//! More requests than the database can serve: those that would wait in vain are sent away at once.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;

use crate::processes::server::{Server, command, data_dir};
use crate::support::{App, Made, id, run_alone};

/// The value of a line of the metrics.
fn metric(text: &str, name: &str) -> f64 {
    let line =
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}\n{text}"));
    line.trim().parse().expect("a number")
}

#[tokio::test]
async fn beyond_the_queue_it_is_503_at_once_and_who_was_accepted_is_served() {
    let app = App::configured(&[("OUTTURN_STATEMENT_TIMEOUT", "30s")]);
    let data = data_dir();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url()).env("OUTTURN_WORKERS", "1").env("OUTTURN_POOL_SIZE", "1");
    serve.env("OUTTURN_CONCURRENT_REST", "100");
    let server = Server::launch(serve);
    let made = Made(server.person(data.path(), "officer"));
    let group = made.group(json!({})).await;
    let path = format!("/v1/groups/{}", id(&group));
    let mut lock = app.connection().await;
    run_alone(&mut lock, "BEGIN").await;
    run_alone(&mut lock, "SELECT FROM groups FOR UPDATE").await;
    let (person, held) = (made.0.clone(), path.clone());
    let holder = tokio::spawn(async move { person.patch(&held, 1, json!({ "name": "New" })).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let asked: Vec<_> = (0..50)
        .map(|_| {
            let (person, path) = (made.0.clone(), path.clone());
            tokio::spawn(async move {
                let asked = Instant::now();
                (person.get(&path).await, asked.elapsed())
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(1000)).await;
    let metrics = made.0.get("/metrics").await.expect(200).text;
    assert_eq!(metric(&metrics, "db_requests_waiting"), 32.0);
    assert_eq!(metric(&metrics, "db_requests_shed_total"), 18.0);
    assert_eq!(metric(&metrics, "db_connections{state=\"open\"}"), 1.0);
    assert_eq!(metric(&metrics, "db_connections{state=\"free\"}"), 0.0);
    // What is in hand is finished, and the queue with it, even when the server is asked to stop.
    server.ask_to_stop(Signal::SIGTERM);
    tokio::time::sleep(Duration::from_millis(200)).await;
    run_alone(&mut lock, "ROLLBACK").await;
    holder.await.expect("an answer").expect(200);
    let mut served = 0;
    for answer in asked {
        let (answer, took) = answer.await.expect("an answer");
        if answer.status == 200 {
            served += 1;
            continue;
        }
        let answer = answer.expect(503);
        assert_eq!((answer.code(), answer.header("retry-after")), ("busy", "2"));
        assert!(took < Duration::from_millis(900), "{took:?}");
    }
    assert_eq!(served, 32);
    drop(lock);
    assert_eq!(server.ended(), 0);
}
