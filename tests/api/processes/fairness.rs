//! One caller with many concurrent expensive requests does not delay other callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;

use super::server::{Server, command, data_dir, stdout_of};
use crate::support::{App, Caller, id, poll_until};

/// The as-of queries that the first caller has in progress.
const AS_OF_QUERIES: usize = 24;

/// The reads of the other caller that the test measures.
const READS: usize = 50;

/// The as-of queries that the server has answered and refused.
#[derive(Default)]
struct Counts {
    answered: AtomicUsize,
    refused: AtomicUsize,
}

/// Sends as-of queries one after the other until `stop` is set.
async fn repeat_as_of_query(caller: Caller, path: String, stop: Arc<AtomicBool>, counts: Arc<Counts>) {
    while !stop.load(Ordering::Relaxed) {
        let response = caller.get(&path).await;
        if response.status == 429 {
            let response = response.expect(429);
            assert_eq!((response.code(), response.header("retry-after")), ("too_many_at_once", "2"));
            counts.refused.fetch_add(1, Ordering::Relaxed);
        } else {
            response.expect(200);
            counts.answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_as_of_queries_of_one_caller_do_not_delay_other_callers() {
    let (app, data) = (App::with_sample(), data_dir());
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url());
    serve.env("OUTTURN_RATE_EXPORT", "1000000/1s").env("OUTTURN_RATE_REST", "1000000/1s");
    // Each query derives its figures.
    serve.env("OUTTURN_VIEW_CACHE_BYTES", "0");
    let server = Server::launch(serve);
    let [heavy, other] = ["reporter", "officer"].map(|role| {
        let token = stdout_of(data.path(), &["token", "--role", role, "--subject", role]);
        Caller::new(&server.base, Some(token.trim().to_owned()))
    });
    let framework = other.read("/v1/frameworks?limit=1").await["data"][0].clone();
    let council = other.read("/v1/councils?limit=1").await["data"][0].clone();
    let council = format!("/v1/councils/{}", id(&council));
    let now = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24\"%3A\"MI\"%3A\"SS\"Z\"') AS t";
    let known_at = app.texts(now).await.remove(0);
    let path = format!("/v1/frameworks/{}/series?known_at={known_at}", id(&framework));

    let (stop, counts) = (Arc::new(AtomicBool::new(false)), Arc::new(Counts::default()));
    let queries: Vec<_> = (0..AS_OF_QUERIES)
        .map(|_| tokio::spawn(repeat_as_of_query(heavy.clone(), path.clone(), stop.clone(), counts.clone())))
        .collect();
    let answered = || counts.answered.load(Ordering::Relaxed);
    poll_until(async || answered(), |answered| *answered > 0).await;
    // If as-of queries were unbounded, each read would wait for several of them in the queues for
    // the server's threads and connections.
    let before = answered();
    let mut reads = Vec::new();
    for _ in 0..READS {
        let started = Instant::now();
        other.get(&council).await.expect(200);
        reads.push(started.elapsed());
    }
    let meanwhile = answered() - before;
    stop.store(true, Ordering::Relaxed);
    for task in queries {
        task.await.expect("a task that ends");
    }
    let (answered, refused) = (answered(), counts.refused.load(Ordering::Relaxed));
    reads.sort_unstable();
    println!(
        "reads: median {:?}, worst {:?}; as-of queries: {answered} answered, {meanwhile} of them meanwhile, {refused} refused",
        reads[READS / 2],
        reads[READS - 1]
    );
    assert!(meanwhile < READS, "{meanwhile} as-of queries were answered during {READS} reads");

    // A client that disconnects releases its permit.
    let disconnected: Vec<_> = (0..AS_OF_QUERIES)
        .map(|_| {
            let request = heavy.request(Method::GET, &path).timeout(Duration::from_millis(100));
            tokio::spawn(async move { request.send().await.is_err() })
        })
        .collect();
    for task in disconnected {
        task.await.expect("a task that ends");
    }
    poll_until(async || heavy.get(&path).await.status, |status| *status == 200).await;
}
