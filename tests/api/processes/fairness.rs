//! One caller with many expensive requests at once does not slow the others down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;

use super::server::{Server, command, data_dir, printed};
use crate::support::{App, Person, id, until};

/// How many look-backs the greedy caller has in progress, and how many reads of the other caller are measured.
const LOOK_BACKS: usize = 24;
const READS: usize = 50;

/// How many look-backs have been answered, and how many were refused.
#[derive(Default)]
struct Counts {
    answered: AtomicUsize,
    refused: AtomicUsize,
}

/// Asks for look-backs one after the other until told to stop.
async fn look_back(person: Person, path: String, stop: Arc<AtomicBool>, counts: Arc<Counts>) {
    while !stop.load(Ordering::Relaxed) {
        let answer = person.get(&path).await;
        if answer.status == 429 {
            let answer = answer.expect(429);
            assert_eq!((answer.code(), answer.header("retry-after")), ("too_many_at_once", "2"));
            counts.refused.fetch_add(1, Ordering::Relaxed);
        } else {
            answer.expect(200);
            counts.answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reporter_with_many_parallel_look_backs_does_not_make_others_wait() {
    let (app, data) = (App::with_sample(), data_dir());
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url());
    serve.env("OUTTURN_RATE_EXPORT", "1000000/1s").env("OUTTURN_RATE_REST", "1000000/1s");
    let server = Server::launch(serve);
    let [greedy, other] = ["reporter", "officer"].map(|role| {
        let token = printed(data.path(), &["token", "--role", role, "--subject", role]);
        Person::new(&server.base, Some(token.trim().to_owned()))
    });
    let framework = other.read("/v1/frameworks?limit=1").await["data"][0].clone();
    let council = other.read("/v1/councils?limit=1").await["data"][0].clone();
    let council = format!("/v1/councils/{}", id(&council));
    let now = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24\"%3A\"MI\"%3A\"SS\"Z\"') AS t";
    let known_at = app.texts(now).await.remove(0);
    let path = format!("/v1/frameworks/{}/series?known_at={known_at}", id(&framework));

    let (stop, counts) = (Arc::new(AtomicBool::new(false)), Arc::new(Counts::default()));
    let asked: Vec<_> = (0..LOOK_BACKS)
        .map(|_| tokio::spawn(look_back(greedy.clone(), path.clone(), stop.clone(), counts.clone())))
        .collect();
    let answered = || counts.answered.load(Ordering::Relaxed);
    until(async || answered(), |answered| *answered > 0).await;
    // Were the look-backs not bounded, each read would wait for several of those before it in the queues for the threads
    // and for the connections of the server.
    let before = answered();
    let mut reads = Vec::new();
    for _ in 0..READS {
        let started = Instant::now();
        other.get(&council).await.expect(200);
        reads.push(started.elapsed());
    }
    let meanwhile = answered() - before;
    stop.store(true, Ordering::Relaxed);
    for task in asked {
        task.await.expect("a task that ends");
    }
    let (answered, refused) = (answered(), counts.refused.load(Ordering::Relaxed));
    reads.sort_unstable();
    println!(
        "reads: median {:?}, worst {:?}; look-backs: {answered} answered, {meanwhile} of them meanwhile, {refused} refused",
        reads[READS / 2],
        reads[READS - 1]
    );
    assert!(meanwhile < READS, "{meanwhile} look-backs were answered during {READS} reads");

    // Clients that leave give their permits back.
    let left: Vec<_> = (0..LOOK_BACKS)
        .map(|_| {
            let request = greedy.request(Method::GET, &path).timeout(Duration::from_millis(100));
            tokio::spawn(async move { request.send().await.is_err() })
        })
        .collect();
    for task in left {
        task.await.expect("a task that ends");
    }
    until(async || greedy.get(&path).await.status, |status| *status == 200).await;
}
