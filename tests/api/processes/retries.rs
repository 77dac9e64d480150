//! Senders that retry through kill -9 of the server and of PostgreSQL: what was acknowledged is there, and nothing twice.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use serde_json::{Value, json};

use super::server::{Server, command, data_dir, database, printed};
use crate::support::{Made, PATIENCE, Person, id, until};

/// How often something is killed, and how many lines each bulk request has.
const KILLS: u64 = 10;
const LINES: usize = 20;

/// What senders share: where the server is just now, and what they write to.
#[derive(Clone)]
struct Stage {
    base: Arc<Mutex<String>>,
    token: String,
    stop: Arc<AtomicBool>,
    event: Value,
    council: Value,
    target: Value,
}

impl Stage {
    /// Sends a request under its key until it is acknowledged; gives the answer.
    async fn insist(&self, client: &reqwest::Client, path: &str, key: &str, body: &Value) -> (u16, Value) {
        loop {
            let base = self.base.lock().expect("an address").clone();
            let request = client.post(format!("{base}{path}")).bearer_auth(&self.token).json(body);
            if let Ok(answer) = request.header("Idempotency-Key", key).timeout(PATIENCE).send().await {
                let status = answer.status().as_u16();
                let text = answer.text().await.ok();
                match (status, text.and_then(|text| serde_json::from_str(&text).ok())) {
                    (200 | 201, Some(body)) => return (status, body),
                    (409 | 503 | 200 | 201, _) => {}
                    (status, body) => panic!("{path} {status}: {body:?}"),
                }
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// One batch after the other until told to stop; gives how many were acknowledged.
    async fn send(self, sender: usize) -> usize {
        let client = reqwest::Client::new();
        let mut batch = 0;
        while !self.stop.load(Ordering::Relaxed) {
            let lines: Vec<Value> = (0..LINES).map(|line| self.line(sender, batch, line)).collect();
            let key = format!("{sender}-{batch}");
            let (_, result) =
                self.insist(&client, "/v1/attendance/bulk", &key, &json!({ "lines": lines })).await;
            assert_eq!(result["created"], LINES, "the answer is the first one's: {result}");
            let entry = json!({ "target_id": self.target["id"], "occurred_on": "2017-06-30", "occasion": key,
                "entry": { "kind": "count", "count": 1 } });
            self.insist(&client, "/v1/progress", &format!("p-{key}"), &entry).await;
            batch += 1;
        }
        batch
    }

    fn line(&self, sender: usize, batch: usize, line: usize) -> Value {
        json!({ "meeting_id": self.event["id"], "council_id": self.council["id"], "status": word(batch + line),
            "delegate_ref": format!("{sender}-{batch}-{line}"), "observed_at": "2017-09-01T12:00:00Z" })
    }
}

fn word(n: usize) -> &'static str {
    ["present", "absent", "apologies", "substitute"][n % 4]
}

/// A server that lets a sender send as fast as it can.
fn generous(data: &Path) -> Server {
    let mut command = command(data, &["serve"]);
    command.env("OUTTURN_RATE_BULK", "1000000/1m").env("OUTTURN_RATE_REST", "1000000/1m");
    command.env("OUTTURN_CONCURRENT_BULK", "1000").env("OUTTURN_CONCURRENT_REST", "1000");
    Server::launch(command)
}

async fn stage(data: &Path, server: &Server) -> (Stage, Made) {
    let token = printed(data, &["token", "--role", "officer"]).trim().to_owned();
    let made = Made(Person::new(&server.base, Some(token.clone())));
    let council = made.council(json!({})).await;
    let event = made.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let (_, action) = made.plan(&[]).await;
    let target =
        made.target(&action, json!({ "kind": "count_total", "unit_name": "batch" }), json!({})).await;
    let base = Arc::new(Mutex::new(server.base.clone()));
    (Stage { base, token, stop: Arc::new(AtomicBool::new(false)), event, council, target }, made)
}

/// Kills the server and its database in turn, at moments that differ, and starts the server again.
async fn kill_in_turn(data: &Path, mut server: Server, stage: &Stage) -> Server {
    for n in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(150 + n * 67 % 240)).await;
        if n % 2 == 0 {
            server.kill();
            server = generous(data);
            *stage.base.lock().expect("an address") = server.base.clone();
        } else {
            let before = database(data).expect("a database");
            kill(before, Signal::SIGKILL).expect("killed");
            until(async || database(data), |now| now.is_some_and(|now| now != before)).await;
        }
    }
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retries_through_kills_lose_nothing_that_was_acknowledged_and_double_nothing() {
    let data = data_dir();
    let server = generous(data.path());
    let (stage, _) = stage(data.path(), &server).await;
    let senders: Vec<_> = (0..3).map(|sender| tokio::spawn(stage.clone().send(sender))).collect();
    let server = kill_in_turn(data.path(), server, &stage).await;
    stage.stop.store(true, Ordering::Relaxed);
    let mut batches = Vec::new();
    for sender in senders {
        batches.push(sender.await.expect("a sender that does not panic"));
    }
    assert!(batches.iter().all(|sent| *sent > 0), "{batches:?}");

    let officer = Person::new(&server.base, Some(stage.token.clone()));
    let mut wanted: Vec<(String, &str)> = Vec::new();
    let mut occasions: Vec<String> = Vec::new();
    for (sender, sent) in batches.iter().enumerate() {
        for batch in 0..*sent {
            occasions.push(format!("{sender}-{batch}"));
            wanted.extend((0..LINES).map(|line| (format!("{sender}-{batch}-{line}"), word(batch + line))));
        }
    }
    let text = |row: &Value, field: &str| row[field].as_str().expect("text").to_owned();
    let rows = officer.all(&format!("/v1/attendance?meeting_id={}", id(&stage.event))).await;
    assert!(rows.iter().all(|row| row["version"] == 1), "each row was written once");
    let mut rows: Vec<(String, String)> =
        rows.iter().map(|row| (text(row, "delegate_ref"), text(row, "status"))).collect();
    rows.sort();
    let mut wanted: Vec<(String, String)> =
        wanted.into_iter().map(|(delegate, status)| (delegate, status.to_owned())).collect();
    wanted.sort();
    assert_eq!(rows, wanted);
    let entries = officer.all(&format!("/v1/progress?target_id={}", id(&stage.target))).await;
    let mut entered: Vec<String> = entries.iter().map(|row| text(row, "occasion")).collect();
    entered.sort();
    occasions.sort();
    assert_eq!(entered, occasions);
    let (status, ..) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
}
