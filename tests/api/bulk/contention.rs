//! A bulk request gets its turn among single writers of the same rows, and loses none of their changes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{scene, send, send_to, statuses};
use crate::support::{Person, run_alone, until};

const ROWS: usize = 200;
const ROUNDS: usize = 30;

/// How many single changes happen at least between two bulk requests.
const CHANGES_BETWEEN: usize = 8;

/// What the single writers share.
#[derive(Default)]
struct Pace {
    stop: AtomicBool,
    changes: AtomicUsize,
}

impl Pace {
    /// Waits until the single writers have made so many further changes.
    async fn wait_for_changes(&self, count: usize) {
        let changes = || self.changes.load(Ordering::Relaxed);
        let enough = changes() + count;
        until(async || changes(), |changes| *changes >= enough).await;
    }
}

/// Changes the notes of rows, one after the other, until told to stop. Returns how often each row changed.
async fn patch(
    person: Person,
    rows: Vec<(String, i64)>,
    writer: usize,
    pace: Arc<Pace>,
) -> HashMap<String, i64> {
    let (mut rows, mut changes) = (rows, HashMap::new());
    let mut n = 0;
    while !pace.stop.load(Ordering::Relaxed) {
        let place = (n * 7 + writer * 50) % rows.len();
        let (row, version) = &mut rows[place];
        let path = format!("/v1/attendance/{row}");
        let answer = person.patch(&path, *version, json!({ "note": format!("{writer}-{n}") })).await;
        match answer.status {
            200 => {
                pace.changes.fetch_add(1, Ordering::Relaxed);
                *changes.entry(row.clone()).or_default() += 1;
                *version = answer.body["version"].as_i64().expect("a version");
                n += 1;
            }
            412 => *version = person.read(&path).await["version"].as_i64().expect("a version"),
            _ => panic!("{}", answer.text),
        }
    }
    changes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bulk_request_is_not_starved_by_single_writers_and_no_update_is_lost() {
    let s = scene().await;
    let event = s.made.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let lines = |status: &str| -> Value {
        let line = |n: usize| {
            json!({ "meeting_id": event["id"], "council_id": s.councils[n % 3]["id"],
                "delegate_ref": format!("d-{n}"), "status": status })
        };
        (0..ROWS).map(line).collect()
    };
    let made = send(&s.made.0, "", lines("present")).await.expect(200).body;
    let results = made["results"].as_array().expect("results");
    let ids: Vec<String> =
        results.iter().map(|line| line["id"].as_str().expect("an id").to_owned()).collect();
    let pace = Arc::new(Pace::default());
    let patchers: Vec<_> = (0..4)
        .map(|writer| {
            let rows = ids.iter().map(|id| (id.clone(), 1)).collect();
            tokio::spawn(patch(s.made.0.clone(), rows, writer, pace.clone()))
        })
        .collect();
    let mut refused = Vec::new();
    for round in 0..ROUNDS {
        pace.wait_for_changes(CHANGES_BETWEEN).await;
        let answer = send(&s.made.0, "", lines(["absent", "apologies"][round % 2])).await;
        if answer.status == 200 {
            assert_eq!(answer.body["updated"], ROWS, "{}", answer.text);
        } else {
            refused.push(answer.code().to_owned());
        }
    }
    pace.stop.store(true, Ordering::Relaxed);
    let mut changes: HashMap<String, i64> = HashMap::new();
    for patcher in patchers {
        for (row, count) in patcher.await.expect("a writer") {
            *changes.entry(row).or_default() += count;
        }
    }
    println!("{} of {ROUNDS} refused; {} single changes", refused.len(), changes.values().sum::<i64>());
    assert_eq!(refused, Vec::<String>::new(), "of {ROUNDS} bulk requests");
    let rounds = i64::try_from(ROUNDS).expect("a number");
    for row in
        s.made.0.all(&format!("/v1/attendance?meeting_id={}", event["id"].as_str().expect("an id"))).await
    {
        let changed = changes.get(row["id"].as_str().expect("an id")).copied().unwrap_or(0);
        assert_eq!(row["version"], 1 + rounds + changed, "every change counts: {row}");
    }
}

#[tokio::test]
async fn a_bulk_request_that_cannot_lock_a_row_in_time_is_contended_and_changes_nothing() {
    let s = scene().await;
    send(&s.made.0, "", json!([s.line(0, "present"), s.line(1, "present")])).await.expect(200);
    let mut other = s.app.holding("UPDATE attendance SET note = 'under way'").await;
    let refused = send(&s.made.0, "", json!([s.line(0, "absent"), s.line(2, "present")])).await.expect(503);
    assert_eq!((refused.code(), refused.header("retry-after")), ("write_conflict", "2"));
    run_alone(&mut other, "ROLLBACK").await;
    assert_eq!(s.register().await.len(), 2);
}

#[tokio::test]
async fn a_bulk_request_decides_on_the_rows_as_they_are_under_its_locks() {
    let s = scene().await;
    let first =
        send(&s.made.0, "", json!([s.line(0, "present"), s.line(1, "present")])).await.expect(200).body;
    let mut other = s.app.connection().await;
    run_alone(&mut other, "BEGIN").await;
    let row = first["results"][0]["id"].as_str().expect("an id");
    run_alone(&mut other, &format!("UPDATE attendance SET status = 'absent' WHERE id = '{row}'")).await;
    let (officer, lines) = (s.made.0.clone(), json!([s.line(0, "absent"), s.line(1, "absent")]));
    let waiting = tokio::spawn(async move { send(&officer, "", lines).await });
    s.app.until_blocked(1).await;
    assert!(!waiting.is_finished(), "the bulk request waits for the other writer");
    run_alone(&mut other, "COMMIT").await;
    let result = waiting.await.expect("an answer").expect(200).body;
    assert_eq!(statuses(&result), ["unchanged", "updated"]);
}

#[tokio::test]
async fn a_row_that_is_inserted_meanwhile_is_updated() {
    let s = scene().await;
    let mut other = s.app.connection().await;
    run_alone(&mut other, "BEGIN").await;
    let insert = format!(
        "INSERT INTO attendance (id, meeting_id, seat_id, council_id, status)
         SELECT gen_random_uuid(), '{}', s.id, s.council_id, 'present' FROM seats s WHERE s.id = '{}'",
        s.meeting["id"].as_str().expect("an id"),
        s.seats[0]["id"].as_str().expect("an id")
    );
    run_alone(&mut other, &insert).await;
    let (officer, lines) = (s.made.0.clone(), json!([s.line(0, "absent")]));
    let waiting = tokio::spawn(async move { send(&officer, "", lines).await });
    s.app.until_blocked(1).await;
    assert!(!waiting.is_finished(), "the bulk request waits for the other writer");
    run_alone(&mut other, "COMMIT").await;
    let result = waiting.await.expect("an answer").expect(200).body;
    assert_eq!(statuses(&result), ["updated"]);
}

#[tokio::test]
async fn forms_and_coverage_wait_for_single_writers_as_well() {
    let s = scene().await;
    let forms = |good: i64| json!([{ "meeting_id": s.meeting["id"], "question": "overall", "ratings": [{ "rating": "good", "forms": good }] }]);
    send_to("evaluations", &s.made.0, "", forms(1)).await.expect(200);
    let (_, action) = s.made.plan(&[]).await;
    let target =
        s.made.target(&action, json!({ "kind": "council_coverage", "basis": "entries" }), json!({})).await;
    let fact = |covered: bool| json!([{ "target_id": target["id"], "council_id": s.councils[0]["id"], "occurred_on": "2017-06-30", "covered": covered }]);
    send_to("progress", &s.made.0, "", fact(true)).await.expect(200);
    for (resource, table, lines) in [
        ("evaluations", "evaluations SET handed_out = 90", forms(2)),
        ("progress", "progress SET note = 'n'", fact(false)),
    ] {
        let mut other = s.app.holding(&format!("UPDATE {table}")).await;
        let officer = s.made.0.clone();
        let waiting = tokio::spawn(async move { send_to(resource, &officer, "", lines).await });
        s.app.until_blocked(1).await;
        assert!(!waiting.is_finished(), "{resource} waits for the other writer");
        run_alone(&mut other, "COMMIT").await;
        let result = waiting.await.expect("an answer").expect(200).body;
        assert_eq!(statuses(&result), ["updated"], "{resource}");
    }
}
