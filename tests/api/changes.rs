//! The change feed: a reader that follows it has an equal copy of the tables, whatever is written meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use outturn::db::in_transaction;
use outturn::transfer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Made, Person, contracts, id, run_alone};

/// A copy of the tables, kept by following the feed.
#[derive(Default)]
struct Copy {
    tables: BTreeMap<String, BTreeMap<String, Value>>,
    seen: Vec<String>,
    after: Option<String>,
}

impl Copy {
    /// Reads a page and applies it; says whether there are more.
    async fn follow(&mut self, person: &Person, limit: usize) -> bool {
        let after = self.after.as_ref().map_or_else(String::new, |after| format!("&after={after}"));
        let page = person.read(&format!("/v1/changes?limit={limit}{after}")).await;
        for change in page["data"].as_array().expect("changes") {
            self.check_order(change);
            self.seen.push(change["id"].as_str().expect("an id").to_owned());
            let table = self.tables.entry(change["table"].as_str().expect("a table").to_owned()).or_default();
            match &change["row"] {
                Value::Null => table.remove(&change["key"].to_string()),
                row => table.insert(change["key"].to_string(), row.clone()),
            };
        }
        self.after = page["next_after"].as_str().map(str::to_owned);
        page["has_more"] == true
    }

    /// Fails if a row goes back to an earlier version.
    fn check_order(&self, change: &Value) {
        let table = self.tables.get(change["table"].as_str().expect("a table"));
        let held = table.and_then(|table| table.get(&change["key"].to_string()));
        if let (Some(held), Some(version)) = (held, change["row"]["version"].as_i64()) {
            assert!(held["version"].as_i64() < Some(version), "{change} after {held}");
        }
    }

    /// Follows the feed to where it ends just now.
    async fn catch_up(&mut self, person: &Person, limit: usize) {
        while self.follow(person, limit).await {}
    }
}

/// The rows of every table that the feed tells of, without names.
async fn rows(app: &App) -> BTreeMap<String, BTreeSet<String>> {
    let tables = "SELECT c.relname::text AS t FROM pg_class c JOIN pg_trigger g ON g.tgrelid = c.oid AND g.tgname = 'log_update'
        WHERE c.relname NOT LIKE 'account%' AND c.relname NOT LIKE 'role_mapping%' AND c.relname NOT IN ('sessions', 'publications', 'dataset_keys', 'webhooks')";
    let mut rows = BTreeMap::new();
    for table in app.texts(tables).await {
        let sql =
            format!("SELECT (to_jsonb(x) - ARRAY['attendee_name', 'holder_name'])::text AS t FROM {table} x");
        let found = app.texts(&sql).await;
        let found: BTreeSet<String> =
            found.iter().map(|row| serde_json::from_str::<Value>(row).expect("JSON")).map(sorted).collect();
        if !found.is_empty() {
            rows.insert(table, found);
        }
    }
    rows
}

/// A row's text with its columns in one order.
fn sorted(row: Value) -> String {
    let columns: BTreeMap<String, Value> = serde_json::from_value(row).expect("an object");
    json!(columns).to_string()
}

async fn assert_is_true(copy: &Copy, app: &App) {
    let held: BTreeMap<String, BTreeSet<String>> = copy
        .tables
        .iter()
        .filter(|(table, rows)| *table != "publications" && !rows.is_empty())
        .map(|(table, rows)| (table.clone(), rows.values().cloned().map(sorted).collect()))
        .collect();
    let truth = rows(app).await;
    assert_eq!(held.keys().collect::<Vec<_>>(), truth.keys().collect::<Vec<_>>());
    for (table, rows) in truth {
        assert_eq!(held[&table], rows, "{table}");
    }
    let once: BTreeSet<&String> = copy.seen.iter().collect();
    assert_eq!(once.len(), copy.seen.len(), "no change comes twice");
    let logged = app.number("SELECT count(*) AS n FROM changed_rows WHERE resource NOT IN ('accounts', 'role_mappings', 'publications')").await;
    assert_eq!(i64::try_from(once.len()).expect("a number"), logged, "no change is missed");
}

/// Makes, changes and deletes lines of a register of its own, and the seats they rest on.
async fn write(made: Made, rounds: usize) {
    let group = made.group(json!({})).await;
    let council = made.council(json!({})).await;
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    for round in 0..rounds {
        let seat = made.seat(&group, &council, json!({ "role": format!("role_{round}") })).await;
        let line = made.line(&meeting, &seat, "present").await;
        let path = format!("/v1/attendance/{}", id(&line));
        made.0.patch(&path, 1, json!({ "status": "absent", "attendee_name": "Ann" })).await.expect(200);
        if round % 3 == 0 {
            made.0.delete(&path, 2).await.expect(204);
        }
        let lines = json!({ "lines": [{ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "substitute" }] });
        let request = made.0.request(Method::POST, "/v1/attendance/bulk");
        let request = request.header("Idempotency-Key", format!("{}-{round}", id(&group))).json(&lines);
        made.0.send(request).await.expect(200);
    }
}

#[tokio::test]
async fn whoever_follows_it_under_load_has_the_tables() {
    let app = App::with_sample();
    let reader = app.reporter();
    let mut copy = Copy::default();
    let writers: Vec<_> = (0..4).map(|_| tokio::spawn(write(Made(app.officer()), 12))).collect();
    // Two that overlap: each changes a row, and then the row that the other has changed before.
    let groups = [Made(app.officer()).group(json!({})).await, Made(app.officer()).group(json!({})).await];
    let mut long = [app.connection().await, app.connection().await];
    for conn in &mut long {
        run_alone(conn, "BEGIN").await;
    }
    run_alone(&mut long[0], &rename(&groups[0], "first")).await;
    run_alone(&mut long[1], &rename(&groups[1], "second")).await;
    copy.catch_up(&reader, 7).await;
    run_alone(&mut long[1], "COMMIT").await;
    copy.catch_up(&reader, 50).await;
    run_alone(&mut long[0], &rename(&groups[1], "last")).await;
    run_alone(&mut long[0], "COMMIT").await;
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        copy.catch_up(&reader, 50).await;
    }
    for writer in writers {
        writer.await.expect("written");
    }
    copy.catch_up(&reader, 50).await;
    assert_is_true(&copy, &app).await;
    assert_eq!(copy.tables["groups"][&json!({ "id": groups[1]["id"] }).to_string()]["name"], "last");
    let text = json!(copy.tables).to_string();
    assert!(!text.contains("attendee_name") && !text.contains("holder_name"));
    let (page, seen) = (copy.after.clone(), copy.seen.len());
    assert!(!copy.follow(&reader, 50).await);
    assert_eq!((copy.after, copy.seen.len()), (page, seen), "nothing has changed");
}

#[tokio::test]
async fn an_open_transaction_delays_only_its_own_changes() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let reader = app.reporter();
    let mut copy = Copy::default();
    copy.catch_up(&reader, 50).await;
    let before = copy.seen.len();
    let mut early = app.holding(&rename(&group, "early")).await;
    let late = made.group(json!({ "name": "late" })).await;
    assert!(!copy.follow(&reader, 50).await);
    assert_eq!(copy.seen.len(), before + 1, "the late one is read while the early one is open");
    run_alone(&mut early, "COMMIT").await;
    copy.catch_up(&reader, 50).await;
    assert_eq!(copy.seen.len(), before + 2);
    assert_is_true(&copy, &app).await;
    made.0.delete(&format!("/v1/groups/{}", id(&late)), 1).await.expect(204);
    let after = copy.after.clone().expect("a token");
    let page = reader.read(&format!("/v1/changes?after={after}")).await;
    let gone = &page["data"][0];
    assert_eq!(
        [&gone["action"], &gone["table"], &gone["key"], &gone["row"]],
        [&json!("deleted"), &json!("groups"), &json!({ "id": late["id"] }), &Value::Null]
    );
}

fn rename(group: &Value, name: &str) -> String {
    format!("UPDATE groups SET name = '{name}' WHERE id = '{}'", id(group))
}

/// A begins to write, B begins and stays open, C changes a row, then A changes the same row.
#[tokio::test]
async fn a_transaction_that_began_first_and_changed_a_row_last_is_read_last() {
    let app = App::new();
    let made = Made(app.officer());
    let rows = [made.group(json!({})).await, made.group(json!({})).await, made.group(json!({})).await];
    let mut sessions = [app.connection().await, app.connection().await, app.connection().await];
    let [a, b, c] = &mut sessions;
    run_alone(a, "BEGIN").await;
    run_alone(a, &rename(&rows[0], "a")).await;
    run_alone(b, "BEGIN").await;
    run_alone(b, &rename(&rows[1], "b")).await;
    run_alone(c, &rename(&rows[2], "version two")).await;
    run_alone(a, &rename(&rows[2], "version three")).await;
    run_alone(a, "COMMIT").await;
    let reader = app.reporter();
    let mut copy = Copy::default();
    copy.catch_up(&reader, 50).await;
    run_alone(b, "COMMIT").await;
    copy.catch_up(&reader, 50).await;
    assert_eq!(copy.tables["groups"][&json!({ "id": rows[2]["id"] }).to_string()]["name"], "version three");
    assert_is_true(&copy, &app).await;
}

/// What a session does next, as a random number says.
fn next(random: &mut u64, below: usize) -> usize {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*random >> 33).expect("a small number") % below
}

/// Real sessions take turns at random, as those of the model in src/audit/feed/position do.
#[tokio::test]
async fn sessions_that_overlap_at_random_are_read_in_order() {
    let app = App::new();
    let made = Made(app.officer());
    let mut rows = Vec::new();
    for _ in 0..4 {
        rows.push(made.group(json!({})).await);
    }
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push((app.connection().await, Vec::<usize>::new()));
    }
    let reader = app.reporter();
    let mut copy = Copy::default();
    let mut random = 42;
    for step in 0..1200 {
        let (session, row) = (next(&mut random, sessions.len()), next(&mut random, rows.len()));
        let is_free =
            sessions.iter().enumerate().all(|(n, (_, locked))| n == session || !locked.contains(&row));
        let (conn, locked) = &mut sessions[session];
        match next(&mut random, 10) {
            0..5 if is_free => {
                if locked.is_empty() {
                    run_alone(conn, "BEGIN").await;
                }
                run_alone(conn, &rename(&rows[row], &format!("step {step}"))).await;
                locked.push(row);
            }
            5..8 if !locked.is_empty() => {
                run_alone(conn, if next(&mut random, 8) == 0 { "ROLLBACK" } else { "COMMIT" }).await;
                locked.clear();
            }
            8.. => {
                copy.follow(&reader, 1 + next(&mut random, 4)).await;
            }
            _ => {}
        }
    }
    for (conn, _) in sessions.iter_mut().filter(|(_, locked)| !locked.is_empty()) {
        run_alone(conn, "COMMIT").await;
    }
    copy.catch_up(&reader, 3).await;
    copy.catch_up(&reader, 3).await;
    assert_is_true(&copy, &app).await;
}

/// The changes of the API appear while an import is open, and the import's appear in their order after it.
#[tokio::test]
async fn a_long_import_beside_writes_of_the_api_is_read_in_order() {
    let app = App::new();
    let reader = app.reporter();
    let made = Made(app.officer());
    let group = made.group(json!({ "name": "before" })).await;
    let mut import = app.connection().await;
    let mut copy = Copy::default();
    let imported = in_transaction(&mut import, async |import| {
        transfer::import(import, contracts(), Path::new("sample"), outturn::values::UnknownColumns::Refuse)
            .await
            .expect("imported");
        for n in 0..3 {
            write(Made(app.officer()), 3).await;
            let path = format!("/v1/groups/{}", id(&group));
            made.0.patch(&path, n + 1, json!({ "name": format!("name {n}") })).await.expect(200);
            copy.catch_up(&reader, 50).await;
            let held = i64::try_from(copy.tables["groups"].len()).expect("a number");
            assert_eq!(held, n + 2, "what the API wrote is read while the import is open");
        }
        run_alone(import, &rename(&group, "by the import")).await;
        Ok::<_, diesel::result::Error>(())
    });
    imported.await.expect("committed");
    copy.catch_up(&reader, 500).await;
    assert_is_true(&copy, &app).await;
    assert_eq!(copy.tables["groups"][&json!({ "id": group["id"] }).to_string()]["name"], "by the import");
}

/// A log that was restored has transaction ids that this server reaches later.
#[tokio::test]
async fn a_restored_log_is_read_once() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    write(Made(app.officer()), 3).await;
    app.sql("ALTER TABLE changes DISABLE TRIGGER ALL").await;
    app.sql("UPDATE changes SET transaction_id = pg_current_xact_id()::text::bigint + id % 50").await;
    app.sql("ALTER TABLE changes ENABLE TRIGGER ALL").await;
    let reader = app.reporter();
    let mut copy = Copy::default();
    copy.follow(&reader, 5).await;
    for n in 0..60 {
        made.0
            .patch(&format!("/v1/groups/{}", id(&group)), n + 1, json!({ "name": format!("name {n}") }))
            .await
            .expect(200);
        copy.follow(&reader, 5).await;
    }
    copy.catch_up(&reader, 50).await;
    assert_is_true(&copy, &app).await;
}

/// Transactions that write nothing to the log move the token of a page, and not its tag.
#[tokio::test]
async fn a_page_has_one_tag_until_something_is_written() {
    let app = App::new();
    let made = Made(app.officer());
    made.group(json!({})).await;
    let reader = app.reporter();
    let first = reader.get("/v1/changes").await.expect(200);
    app.sql("SELECT pg_current_xact_id()").await;
    let again = reader.get("/v1/changes").await.expect(200);
    assert_ne!(first.body["next_after"], again.body["next_after"]);
    assert_eq!(first.header("etag"), again.header("etag"));
    let request = reader.request(Method::GET, "/v1/changes").header("If-None-Match", first.header("etag"));
    reader.send(request).await.expect(304);
    made.group(json!({})).await;
    assert_ne!(first.header("etag"), reader.get("/v1/changes").await.expect(200).header("etag"));
}

#[tokio::test]
async fn accounts_and_drafts_are_not_in_it_and_a_resource_can_be_picked() {
    let app = App::new();
    let made = Made(app.admin());
    let account = json!({ "kind": "client", "name": "crm", "role": "officer" });
    made.0.make("/v1/accounts", account).await;
    let key = json!({ "name": "Power BI", "expires_at": "2027-06-30T00:00:00Z" });
    made.0.make("/v1/dataset-keys", key).await;
    let (framework, _) = made.plan(&[]).await;
    made.agree(&framework).await;
    made.0.make("/v1/publications", json!({ "framework_id": framework["id"] })).await;
    let reader = app.reporter();
    let resources = async |query: &str| -> BTreeSet<String> {
        let page = reader.read(&format!("/v1/changes?{query}")).await;
        let data = page["data"].as_array().expect("changes").clone();
        data.iter().map(|change| change["resource"].as_str().expect("a resource").to_owned()).collect()
    };
    let planned = ["actions", "frameworks", "outcomes", "themes"].map(str::to_owned);
    assert_eq!(resources("").await, BTreeSet::from(planned.clone()));
    assert_eq!(resources("resource=themes").await, BTreeSet::from(["themes".to_owned()]));
    assert_eq!(resources("resource=accounts").await, BTreeSet::new());
    made.publish(&framework, "2018-03-30", &app.officer()).await;
    let published = reader.read("/v1/changes?resource=publications").await;
    let statuses: Vec<&Value> =
        published["data"].as_array().expect("data").iter().map(|change| &change["row"]["status"]).collect();
    assert_eq!(statuses, ["published"]);
}

#[tokio::test]
async fn a_token_that_leads_nowhere_is_refused() {
    use base64::Engine;
    let app = App::new();
    let reader = app.reporter();
    let refused = reader.get("/v1/changes?after=bm9uc2Vuc2U").await.expect(400);
    assert_eq!(refused.faults(), ["after bad_token"]);
    let token =
        |position: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(position.to_string());
    for gone in [
        json!({ "after": [1], "restored_line": 0, "within": null, "read_on": "2020-01-01" }),
        json!({ "after": [i64::MAX], "restored_line": 0, "within": null, "read_on": "2099-01-01" }),
    ] {
        let refused = reader.get(&format!("/v1/changes?after={}", token(gone))).await.expect(410);
        assert_eq!(refused.code(), "token_expired");
    }
}
