//! Contention of bulk requests and single writers: no starvation and no lost updates.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{send, send_to, setup, statuses};
use crate::support::{Caller, execute_sql, poll_until};

const ROWS: usize = 200;
const ROUNDS: usize = 30;

/// The minimum number of single changes between two bulk requests.
const MIN_CHANGES_BETWEEN: usize = 8;

/// The state that the single writers share.
#[derive(Default)]
struct WriterState {
    stop: AtomicBool,
    changes: AtomicUsize,
}

impl WriterState {
    /// Waits until the single writers have sent `count` further changes.
    async fn wait_for_changes(&self, count: usize) {
        let changes = || self.changes.load(Ordering::Relaxed);
        let target = changes() + count;
        poll_until(async || changes(), |count| *count >= target).await;
    }
}

/// Changes the notes of rows in turn until `stop` is set. Returns the number of changes by row.
async fn patch_notes(
    caller: Caller,
    rows: Vec<(String, i64)>,
    writer: usize,
    state: Arc<WriterState>,
) -> HashMap<String, i64> {
    let (mut rows, mut changes) = (rows, HashMap::new());
    let mut n = 0;
    while !state.stop.load(Ordering::Relaxed) {
        let index = (n * 7 + writer * 50) % rows.len();
        let (row, version) = &mut rows[index];
        let path = format!("/v1/attendance/{row}");
        let response = caller.patch(&path, *version, json!({ "note": format!("{writer}-{n}") })).await;
        match response.status {
            200 => {
                state.changes.fetch_add(1, Ordering::Relaxed);
                *changes.entry(row.clone()).or_default() += 1;
                *version = response.body["version"].as_i64().expect("a version");
                n += 1;
            }
            412 => *version = caller.read(&path).await["version"].as_i64().expect("a version"),
            _ => panic!("{}", response.text),
        }
    }
    changes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bulk_request_is_not_starved_by_single_writers_and_no_update_is_lost() {
    let s = setup().await;
    let event = s.fixtures.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let lines = |status: &str| -> Value {
        let line = |n: usize| {
            json!({ "meeting_id": event["id"], "council_id": s.councils[n % 3]["id"],
                "delegate_ref": format!("d-{n}"), "status": status })
        };
        (0..ROWS).map(line).collect()
    };
    let created = send(&s.fixtures.0, "", lines("present")).await.expect(200).body;
    let results = created["results"].as_array().expect("results");
    let ids: Vec<String> =
        results.iter().map(|line| line["id"].as_str().expect("an id").to_owned()).collect();
    let state = Arc::new(WriterState::default());
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let rows = ids.iter().map(|id| (id.clone(), 1)).collect();
            tokio::spawn(patch_notes(s.fixtures.0.clone(), rows, writer, state.clone()))
        })
        .collect();
    let mut refused = Vec::new();
    for round in 0..ROUNDS {
        state.wait_for_changes(MIN_CHANGES_BETWEEN).await;
        let response = send(&s.fixtures.0, "", lines(["absent", "apologies"][round % 2])).await;
        if response.status == 200 {
            assert_eq!(response.body["updated"], ROWS, "{}", response.text);
        } else {
            refused.push(response.code().to_owned());
        }
    }
    state.stop.store(true, Ordering::Relaxed);
    let mut changes: HashMap<String, i64> = HashMap::new();
    for writer in writers {
        for (row, count) in writer.await.expect("a writer") {
            *changes.entry(row).or_default() += count;
        }
    }
    println!("{} of {ROUNDS} refused; {} single changes", refused.len(), changes.values().sum::<i64>());
    assert_eq!(refused, Vec::<String>::new(), "all {ROUNDS} bulk requests succeed");
    let rounds = i64::try_from(ROUNDS).expect("a number");
    for row in
        s.fixtures.0.all(&format!("/v1/attendance?meeting_id={}", event["id"].as_str().expect("an id"))).await
    {
        let patched = changes.get(row["id"].as_str().expect("an id")).copied().unwrap_or(0);
        assert_eq!(row["version"], 1 + rounds + patched, "no change is lost: {row}");
    }
}

#[tokio::test]
async fn a_bulk_request_that_cannot_lock_its_rows_is_503_and_changes_nothing() {
    let s = setup().await;
    send(&s.fixtures.0, "", json!([s.line(0, "present"), s.line(1, "present")])).await.expect(200);
    let mut other = s.app.begin_and_execute("UPDATE attendance SET note = 'under way'").await;
    let refused =
        send(&s.fixtures.0, "", json!([s.line(0, "absent"), s.line(2, "present")])).await.expect(503);
    assert_eq!((refused.code(), refused.header("retry-after")), ("write_conflict", "2"));
    execute_sql(&mut other, "ROLLBACK").await;
    assert_eq!(s.register().await.len(), 2);
}

#[tokio::test]
async fn a_bulk_request_compares_lines_with_the_rows_as_locked() {
    let s = setup().await;
    let first =
        send(&s.fixtures.0, "", json!([s.line(0, "present"), s.line(1, "present")])).await.expect(200).body;
    let mut other = s.app.connection().await;
    execute_sql(&mut other, "BEGIN").await;
    let row = first["results"][0]["id"].as_str().expect("an id");
    execute_sql(&mut other, &format!("UPDATE attendance SET status = 'absent' WHERE id = '{row}'")).await;
    let (officer, lines) = (s.fixtures.0.clone(), json!([s.line(0, "absent"), s.line(1, "absent")]));
    let waiting = tokio::spawn(async move { send(&officer, "", lines).await });
    s.app.wait_until_blocked(1).await;
    assert!(!waiting.is_finished(), "the bulk request waits for the other writer");
    execute_sql(&mut other, "COMMIT").await;
    let result = waiting.await.expect("a response").expect(200).body;
    assert_eq!(statuses(&result), ["unchanged", "updated"]);
}

#[tokio::test]
async fn a_row_that_is_inserted_concurrently_is_updated() {
    let s = setup().await;
    let mut other = s.app.connection().await;
    execute_sql(&mut other, "BEGIN").await;
    let insert = format!(
        "INSERT INTO attendance (id, meeting_id, seat_id, council_id, status)
         SELECT gen_random_uuid(), '{}', s.id, s.council_id, 'present' FROM seats s WHERE s.id = '{}'",
        s.meeting["id"].as_str().expect("an id"),
        s.seats[0]["id"].as_str().expect("an id")
    );
    execute_sql(&mut other, &insert).await;
    let (officer, lines) = (s.fixtures.0.clone(), json!([s.line(0, "absent")]));
    let waiting = tokio::spawn(async move { send(&officer, "", lines).await });
    s.app.wait_until_blocked(1).await;
    assert!(!waiting.is_finished(), "the bulk request waits for the other writer");
    execute_sql(&mut other, "COMMIT").await;
    let result = waiting.await.expect("a response").expect(200).body;
    assert_eq!(statuses(&result), ["updated"]);
}

#[tokio::test]
async fn bulk_evaluations_and_progress_wait_for_single_writers() {
    let s = setup().await;
    let forms = |good: i64| json!([{ "meeting_id": s.meeting["id"], "question": "overall", "ratings": [{ "rating": "good", "forms": good }] }]);
    send_to("evaluations", &s.fixtures.0, "", forms(1)).await.expect(200);
    let (_, action) = s.fixtures.plan(&[]).await;
    let target = s
        .fixtures
        .target(&action, json!({ "kind": "council_coverage", "basis": "entries" }), json!({}))
        .await;
    let coverage = |covered: bool| json!([{ "target_id": target["id"], "council_id": s.councils[0]["id"], "occurred_on": "2017-06-30", "covered": covered }]);
    send_to("progress", &s.fixtures.0, "", coverage(true)).await.expect(200);
    for (resource, table, lines) in [
        ("evaluations", "evaluations SET handed_out = 90", forms(2)),
        ("progress", "progress SET note = 'n'", coverage(false)),
    ] {
        let mut other = s.app.begin_and_execute(&format!("UPDATE {table}")).await;
        let officer = s.fixtures.0.clone();
        let waiting = tokio::spawn(async move { send_to(resource, &officer, "", lines).await });
        s.app.wait_until_blocked(1).await;
        assert!(!waiting.is_finished(), "{resource} waits for the other writer");
        execute_sql(&mut other, "COMMIT").await;
        let result = waiting.await.expect("a response").expect(200).body;
        assert_eq!(statuses(&result), ["updated"], "{resource}");
    }
}
