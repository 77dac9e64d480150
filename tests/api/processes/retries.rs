//! Clients retry while the server and PostgreSQL are killed: each acknowledged request is applied
//! exactly once.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use serde_json::{Value, json};

use super::server::{Server, command, data_dir, database, stdout_of};
use crate::support::{Caller, Fixtures, MAX_WAIT, id, poll_until};

/// The number of kills, of the server and its database in turn.
const KILLS: u64 = 10;

/// The lines of each bulk request.
const LINES: usize = 20;

/// The state that senders share: the server's current address, and the rows that they refer to.
#[derive(Clone)]
struct Shared {
    base: Arc<Mutex<String>>,
    token: String,
    stop: Arc<AtomicBool>,
    event: Value,
    council: Value,
    target: Value,
}

impl Shared {
    /// Sends a request with its idempotency key until the server acknowledges it, and returns the
    /// response.
    async fn send_until_acknowledged(
        &self,
        client: &reqwest::Client,
        path: &str,
        key: &str,
        body: &Value,
    ) -> (u16, Value) {
        loop {
            let base = self.base.lock().expect("an address").clone();
            let request = client.post(format!("{base}{path}")).bearer_auth(&self.token).json(body);
            if let Ok(response) = request.header("Idempotency-Key", key).timeout(MAX_WAIT).send().await {
                let status = response.status().as_u16();
                let text = response.text().await.ok();
                match (status, text.and_then(|text| serde_json::from_str(&text).ok())) {
                    (200 | 201, Some(body)) => return (status, body),
                    (409 | 503 | 200 | 201, _) => {}
                    (status, body) => panic!("{path} {status}: {body:?}"),
                }
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Sends one batch after the other until `stop` is set. Returns the number of batches.
    async fn send_batches(self, sender: usize) -> usize {
        let client = reqwest::Client::new();
        let mut batch = 0;
        while !self.stop.load(Ordering::Relaxed) {
            let lines: Vec<Value> = (0..LINES).map(|line| self.line(sender, batch, line)).collect();
            let key = format!("{sender}-{batch}");
            let (_, result) = self
                .send_until_acknowledged(&client, "/v1/attendance/bulk", &key, &json!({ "lines": lines }))
                .await;
            assert_eq!(result["created"], LINES, "the response is the first one: {result}");
            let entry = json!({ "target_id": self.target["id"], "occurred_on": "2017-06-30", "occasion": key,
                "entry": { "kind": "count", "count": 1 } });
            self.send_until_acknowledged(&client, "/v1/progress", &format!("p-{key}"), &entry).await;
            batch += 1;
        }
        batch
    }

    fn line(&self, sender: usize, batch: usize, line: usize) -> Value {
        json!({ "meeting_id": self.event["id"], "council_id": self.council["id"], "status": status_of(batch + line),
            "delegate_ref": format!("{sender}-{batch}-{line}"), "observed_at": "2017-09-01T12:00:00Z" })
    }
}

fn status_of(n: usize) -> &'static str {
    ["present", "absent", "apologies", "substitute"][n % 4]
}

/// Starts a server without practical rate limits.
fn start_without_limits(data: &Path) -> Server {
    let mut command = command(data, &["serve"]);
    command.env("OUTTURN_RATE_BULK", "1000000/1m").env("OUTTURN_RATE_REST", "1000000/1m");
    command.env("OUTTURN_CONCURRENT_BULK", "1000").env("OUTTURN_CONCURRENT_REST", "1000");
    Server::launch(command)
}

async fn share(data: &Path, server: &Server) -> (Shared, Fixtures) {
    let token = stdout_of(data, &["token", "--role", "officer"]).trim().to_owned();
    let fixtures = Fixtures(Caller::new(&server.base, Some(token.clone())));
    let council = fixtures.council(json!({})).await;
    let event = fixtures.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let (_, action) = fixtures.plan(&[]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "count_total", "unit_name": "batch" }), json!({})).await;
    let base = Arc::new(Mutex::new(server.base.clone()));
    (Shared { base, token, stop: Arc::new(AtomicBool::new(false)), event, council, target }, fixtures)
}

/// Kills the server and its database in turn after varying delays, and restarts the server.
async fn kill_in_turn(data: &Path, mut server: Server, shared: &Shared) -> Server {
    for n in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(150 + n * 67 % 240)).await;
        if n % 2 == 0 {
            server.kill();
            server = start_without_limits(data);
            *shared.base.lock().expect("an address") = server.base.clone();
        } else {
            let before = database(data).expect("a database");
            kill(before, Signal::SIGKILL).expect("the database is killed");
            poll_until(async || database(data), |now| now.is_some_and(|now| now != before)).await;
        }
    }
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retried_requests_are_applied_exactly_once_despite_killed_processes() {
    let data = data_dir();
    let server = start_without_limits(data.path());
    let (shared, _) = share(data.path(), &server).await;
    let senders: Vec<_> = (0..3).map(|sender| tokio::spawn(shared.clone().send_batches(sender))).collect();
    let server = kill_in_turn(data.path(), server, &shared).await;
    shared.stop.store(true, Ordering::Relaxed);
    let mut batches = Vec::new();
    for sender in senders {
        batches.push(sender.await.expect("a sender that does not panic"));
    }
    assert!(batches.iter().all(|sent| *sent > 0), "{batches:?}");

    let officer = Caller::new(&server.base, Some(shared.token.clone()));
    let mut expected: Vec<(String, &str)> = Vec::new();
    let mut occasions: Vec<String> = Vec::new();
    for (sender, sent) in batches.iter().enumerate() {
        for batch in 0..*sent {
            occasions.push(format!("{sender}-{batch}"));
            expected
                .extend((0..LINES).map(|line| (format!("{sender}-{batch}-{line}"), status_of(batch + line))));
        }
    }
    let text = |row: &Value, field: &str| row[field].as_str().expect("text").to_owned();
    let rows = officer.all(&format!("/v1/attendance?meeting_id={}", id(&shared.event))).await;
    assert!(rows.iter().all(|row| row["version"] == 1), "each row is written once");
    let mut rows: Vec<(String, String)> =
        rows.iter().map(|row| (text(row, "delegate_ref"), text(row, "status"))).collect();
    rows.sort();
    let mut expected: Vec<(String, String)> =
        expected.into_iter().map(|(delegate, status)| (delegate, status.to_owned())).collect();
    expected.sort();
    assert_eq!(rows, expected);
    let entries = officer.all(&format!("/v1/progress?target_id={}", id(&shared.target))).await;
    let mut created: Vec<String> = entries.iter().map(|row| text(row, "occasion")).collect();
    created.sort();
    occasions.sort();
    assert_eq!(created, occasions);
    let (status, ..) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
}
