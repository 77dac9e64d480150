//! The change feed: a reader that follows it has an equal copy of the tables, also during writes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use outturn::db::in_transaction;
use outturn::transfer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Caller, Fixtures, RESOURCES, ResourceFixtures, contracts, execute_sql, id};

/// A copy of the tables that is updated from the feed.
#[derive(Default)]
struct TableCopy {
    tables: BTreeMap<String, BTreeMap<String, Value>>,
    seen: Vec<String>,
    after: Option<String>,
}

impl TableCopy {
    /// Reads and applies one page; returns whether more pages exist.
    async fn read_page(&mut self, caller: &Caller, limit: usize) -> bool {
        let after = self.after.as_ref().map_or_else(String::new, |after| format!("&after={after}"));
        let page = caller.read(&format!("/v1/changes?limit={limit}{after}")).await;
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

    /// Asserts that a change has a higher version than the row in the copy.
    fn check_order(&self, change: &Value) {
        let table = self.tables.get(change["table"].as_str().expect("a table"));
        let existing = table.and_then(|table| table.get(&change["key"].to_string()));
        if let (Some(existing), Some(version)) = (existing, change["row"]["version"].as_i64()) {
            assert!(existing["version"].as_i64() < Some(version), "{change} after {existing}");
        }
    }

    /// Reads and applies pages until the current end of the feed.
    async fn read_to_end(&mut self, caller: &Caller, limit: usize) {
        while self.read_page(caller, limit).await {}
    }
}

/// The rows of every table in the feed, without names of persons.
async fn rows(app: &App) -> BTreeMap<String, BTreeSet<String>> {
    let tables = "SELECT c.relname::text AS t FROM pg_class c JOIN pg_trigger g ON g.tgrelid = c.oid AND g.tgname = 'log_update'
        WHERE c.relname NOT LIKE 'account%' AND c.relname NOT LIKE 'role_mapping%' AND c.relname NOT IN ('sessions', 'publications', 'dataset_keys', 'webhooks')";
    let mut rows = BTreeMap::new();
    for table in app.texts(tables).await {
        let sql =
            format!("SELECT (to_jsonb(x) - ARRAY['attendee_name', 'holder_name'])::text AS t FROM {table} x");
        let table_rows = app.texts(&sql).await;
        let table_rows: BTreeSet<String> = table_rows
            .iter()
            .map(|row| serde_json::from_str::<Value>(row).expect("JSON"))
            .map(sorted)
            .collect();
        if !table_rows.is_empty() {
            rows.insert(table, table_rows);
        }
    }
    rows
}

/// The text of a row with its columns sorted by name.
fn sorted(row: Value) -> String {
    let columns: BTreeMap<String, Value> = serde_json::from_value(row).expect("an object");
    json!(columns).to_string()
}

async fn assert_complete(copy: &TableCopy, app: &App) {
    let copied: BTreeMap<String, BTreeSet<String>> = copy
        .tables
        .iter()
        .filter(|(table, rows)| *table != "publications" && !rows.is_empty())
        .map(|(table, rows)| (table.clone(), rows.values().cloned().map(sorted).collect()))
        .collect();
    let expected = rows(app).await;
    assert_eq!(copied.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (table, rows) in expected {
        assert_eq!(copied[&table], rows, "{table}");
    }
    let distinct: BTreeSet<&String> = copy.seen.iter().collect();
    assert_eq!(distinct.len(), copy.seen.len(), "each change is read once");
    let logged = app.number("SELECT count(*) AS n FROM changed_rows WHERE resource NOT IN ('accounts', 'role_mappings', 'publications')").await;
    assert_eq!(i64::try_from(distinct.len()).expect("a number"), logged, "every change is read");
}

/// Creates, updates and deletes attendance records of a new meeting, and creates their seats.
async fn write(fixtures: Fixtures, rounds: usize) {
    let group = fixtures.group(json!({})).await;
    let council = fixtures.council(json!({})).await;
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    for round in 0..rounds {
        let seat = fixtures.seat(&group, &council, json!({ "role": format!("role_{round}") })).await;
        let line = fixtures.attendance(&meeting, &seat, "present").await;
        let path = format!("/v1/attendance/{}", id(&line));
        fixtures.0.patch(&path, 1, json!({ "status": "absent", "attendee_name": "Ann" })).await.expect(200);
        if round % 3 == 0 {
            fixtures.0.delete(&path, 2).await.expect(204);
        }
        let lines = json!({ "lines": [{ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "substitute" }] });
        let request = fixtures.0.request(Method::POST, "/v1/attendance/bulk");
        let request = request.header("Idempotency-Key", format!("{}-{round}", id(&group))).json(&lines);
        fixtures.0.send(request).await.expect(200);
    }
}

#[tokio::test]
async fn a_reader_of_the_feed_has_an_equal_copy_under_load() {
    let app = App::with_sample();
    let reader = app.reporter();
    let mut copy = TableCopy::default();
    let writers: Vec<_> = (0..4).map(|_| tokio::spawn(write(Fixtures(app.officer()), 12))).collect();
    // Two overlapping transactions change a row each; then one changes the row of the other.
    let groups =
        [Fixtures(app.officer()).group(json!({})).await, Fixtures(app.officer()).group(json!({})).await];
    let mut overlapping = [app.connection().await, app.connection().await];
    for conn in &mut overlapping {
        execute_sql(conn, "BEGIN").await;
    }
    execute_sql(&mut overlapping[0], &rename(&groups[0], "first")).await;
    execute_sql(&mut overlapping[1], &rename(&groups[1], "second")).await;
    copy.read_to_end(&reader, 7).await;
    execute_sql(&mut overlapping[1], "COMMIT").await;
    copy.read_to_end(&reader, 50).await;
    execute_sql(&mut overlapping[0], &rename(&groups[1], "last")).await;
    execute_sql(&mut overlapping[0], "COMMIT").await;
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        copy.read_to_end(&reader, 50).await;
    }
    for writer in writers {
        writer.await.expect("a finished writer");
    }
    copy.read_to_end(&reader, 50).await;
    assert_complete(&copy, &app).await;
    assert_eq!(copy.tables["groups"][&json!({ "id": groups[1]["id"] }).to_string()]["name"], "last");
    let text = json!(copy.tables).to_string();
    assert!(!text.contains("attendee_name") && !text.contains("holder_name"));
    let (page, seen) = (copy.after.clone(), copy.seen.len());
    assert!(!copy.read_page(&reader, 50).await);
    assert_eq!(
        (copy.after, copy.seen.len()),
        (page, seen),
        "a page without changes leaves the copy as it is"
    );
}

#[tokio::test]
async fn the_feed_contains_every_resource_that_all_roles_read() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    for (n, resource) in RESOURCES.iter().enumerate() {
        let body = resources.body(resource.one, &resources.council, n).await;
        resources.fixtures.0.create(resource.path, body).await;
    }
    let mut copy = TableCopy::default();
    copy.read_to_end(&app.reporter(), 100).await;
    for resource in RESOURCES {
        let table = resource.path.trim_start_matches("/v1/");
        assert!(copy.tables.contains_key(table), "add {table} to src/audit/feed/sql/changes.sql");
    }
}

#[tokio::test]
async fn an_open_transaction_delays_only_its_own_changes() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let reader = app.reporter();
    let mut copy = TableCopy::default();
    copy.read_to_end(&reader, 50).await;
    let before = copy.seen.len();
    let mut early = app.begin_and_execute(&rename(&group, "early")).await;
    let late = fixtures.group(json!({ "name": "late" })).await;
    assert!(!copy.read_page(&reader, 50).await);
    assert_eq!(copy.seen.len(), before + 1, "the later change is read while the earlier transaction is open");
    execute_sql(&mut early, "COMMIT").await;
    copy.read_to_end(&reader, 50).await;
    assert_eq!(copy.seen.len(), before + 2);
    assert_complete(&copy, &app).await;
    fixtures.0.delete(&format!("/v1/groups/{}", id(&late)), 1).await.expect(204);
    let after = copy.after.clone().expect("a token");
    let page = reader.read(&format!("/v1/changes?after={after}")).await;
    let tombstone = &page["data"][0];
    assert_eq!(
        [&tombstone["action"], &tombstone["table"], &tombstone["key"], &tombstone["row"]],
        [&json!("deleted"), &json!("groups"), &json!({ "id": late["id"] }), &Value::Null]
    );
}

fn rename(group: &Value, name: &str) -> String {
    format!("UPDATE groups SET name = '{name}' WHERE id = '{}'", id(group))
}

/// A writes, B writes and stays open, C changes a row, then A changes the same row.
#[tokio::test]
async fn a_transaction_that_began_first_and_changed_a_row_last_is_read_last() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let rows =
        [fixtures.group(json!({})).await, fixtures.group(json!({})).await, fixtures.group(json!({})).await];
    let mut sessions = [app.connection().await, app.connection().await, app.connection().await];
    let [a, b, c] = &mut sessions;
    execute_sql(a, "BEGIN").await;
    execute_sql(a, &rename(&rows[0], "a")).await;
    execute_sql(b, "BEGIN").await;
    execute_sql(b, &rename(&rows[1], "b")).await;
    execute_sql(c, &rename(&rows[2], "version two")).await;
    execute_sql(a, &rename(&rows[2], "version three")).await;
    execute_sql(a, "COMMIT").await;
    let reader = app.reporter();
    let mut copy = TableCopy::default();
    copy.read_to_end(&reader, 50).await;
    execute_sql(b, "COMMIT").await;
    copy.read_to_end(&reader, 50).await;
    assert_eq!(copy.tables["groups"][&json!({ "id": rows[2]["id"] }).to_string()]["name"], "version three");
    assert_complete(&copy, &app).await;
}

/// The next pseudo-random number below a limit.
fn random_below(random: &mut u64, below: usize) -> usize {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*random >> 33).expect("a small number") % below
}

/// Sessions act in random order, as in the model of `src/audit/feed/position`.
#[tokio::test]
async fn changes_of_randomly_overlapping_sessions_are_read_in_order() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let mut rows = Vec::new();
    for _ in 0..4 {
        rows.push(fixtures.group(json!({})).await);
    }
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push((app.connection().await, Vec::<usize>::new()));
    }
    let reader = app.reporter();
    let mut copy = TableCopy::default();
    let mut random = 42;
    for step in 0..1200 {
        let (session, row) =
            (random_below(&mut random, sessions.len()), random_below(&mut random, rows.len()));
        let is_free =
            sessions.iter().enumerate().all(|(n, (_, locked))| n == session || !locked.contains(&row));
        let (conn, locked) = &mut sessions[session];
        match random_below(&mut random, 10) {
            0..5 if is_free => {
                if locked.is_empty() {
                    execute_sql(conn, "BEGIN").await;
                }
                execute_sql(conn, &rename(&rows[row], &format!("step {step}"))).await;
                locked.push(row);
            }
            5..8 if !locked.is_empty() => {
                execute_sql(conn, if random_below(&mut random, 8) == 0 { "ROLLBACK" } else { "COMMIT" })
                    .await;
                locked.clear();
            }
            8.. => {
                copy.read_page(&reader, 1 + random_below(&mut random, 4)).await;
            }
            _ => {}
        }
    }
    for (conn, _) in sessions.iter_mut().filter(|(_, locked)| !locked.is_empty()) {
        execute_sql(conn, "COMMIT").await;
    }
    copy.read_to_end(&reader, 3).await;
    copy.read_to_end(&reader, 3).await;
    assert_complete(&copy, &app).await;
}

/// Changes by requests are read while an import is open. Changes of the import follow in order.
#[tokio::test]
async fn changes_of_an_import_and_of_concurrent_requests_are_read_in_order() {
    let app = App::new();
    let reader = app.reporter();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({ "name": "before" })).await;
    let mut import = app.connection().await;
    let mut copy = TableCopy::default();
    let importing = in_transaction(&mut import, async |import| {
        transfer::import(import, contracts(), Path::new("sample"), outturn::values::UnknownColumns::Refuse)
            .await
            .expect("a successful import");
        for n in 0..3 {
            write(Fixtures(app.officer()), 3).await;
            let path = format!("/v1/groups/{}", id(&group));
            fixtures.0.patch(&path, n + 1, json!({ "name": format!("name {n}") })).await.expect(200);
            copy.read_to_end(&reader, 50).await;
            let group_count = i64::try_from(copy.tables["groups"].len()).expect("a number");
            assert_eq!(group_count, n + 2, "changes by requests are read while the import is open");
        }
        execute_sql(import, &rename(&group, "by the import")).await;
        Ok::<_, diesel::result::Error>(())
    });
    importing.await.expect("a commit");
    copy.read_to_end(&reader, 500).await;
    assert_complete(&copy, &app).await;
    assert_eq!(copy.tables["groups"][&json!({ "id": group["id"] }).to_string()]["name"], "by the import");
}

/// A restored change log has transaction ids that this server reaches later.
#[tokio::test]
async fn a_restored_change_log_is_read_once() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    write(Fixtures(app.officer()), 3).await;
    app.sql("ALTER TABLE changes DISABLE TRIGGER ALL").await;
    app.sql("UPDATE changes SET transaction_id = pg_current_xact_id()::text::bigint + id % 50").await;
    app.sql("ALTER TABLE changes ENABLE TRIGGER ALL").await;
    let reader = app.reporter();
    let mut copy = TableCopy::default();
    copy.read_page(&reader, 5).await;
    for n in 0..60 {
        fixtures
            .0
            .patch(&format!("/v1/groups/{}", id(&group)), n + 1, json!({ "name": format!("name {n}") }))
            .await
            .expect(200);
        copy.read_page(&reader, 5).await;
    }
    copy.read_to_end(&reader, 50).await;
    assert_complete(&copy, &app).await;
}

/// Transactions that write nothing to the log change the token of a page, but not its ETag.
#[tokio::test]
async fn the_etag_of_a_page_changes_only_with_a_write() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    fixtures.group(json!({})).await;
    let reader = app.reporter();
    let first = reader.get("/v1/changes").await.expect(200);
    app.sql("SELECT pg_current_xact_id()").await;
    let again = reader.get("/v1/changes").await.expect(200);
    assert_ne!(first.body["next_after"], again.body["next_after"]);
    assert_eq!(first.header("etag"), again.header("etag"));
    let request = reader.request(Method::GET, "/v1/changes").header("If-None-Match", first.header("etag"));
    reader.send(request).await.expect(304);
    fixtures.group(json!({})).await;
    assert_ne!(first.header("etag"), reader.get("/v1/changes").await.expect(200).header("etag"));
}

#[tokio::test]
async fn the_feed_omits_accounts_and_drafts_and_can_be_filtered_by_resource() {
    let app = App::new();
    let fixtures = Fixtures(app.admin());
    let account = json!({ "kind": "client", "name": "crm", "role": "officer" });
    fixtures.0.create("/v1/accounts", account).await;
    let key = json!({ "name": "Power BI", "expires_at": "2027-06-30T00:00:00Z" });
    fixtures.0.create("/v1/dataset-keys", key).await;
    let (framework, _) = fixtures.plan(&[]).await;
    fixtures.activate(&framework).await;
    fixtures.0.create("/v1/publications", json!({ "framework_id": framework["id"] })).await;
    let reader = app.reporter();
    let resources = async |query: &str| -> BTreeSet<String> {
        let page = reader.read(&format!("/v1/changes?{query}")).await;
        let data = page["data"].as_array().expect("changes").clone();
        data.iter().map(|change| change["resource"].as_str().expect("a resource").to_owned()).collect()
    };
    let plan_resources = ["actions", "frameworks", "outcomes", "themes"].map(str::to_owned);
    assert_eq!(resources("").await, BTreeSet::from(plan_resources.clone()));
    assert_eq!(resources("resource=themes").await, BTreeSet::from(["themes".to_owned()]));
    assert_eq!(resources("resource=accounts").await, BTreeSet::new());
    fixtures.publish(&framework, "2018-03-30", &app.officer()).await;
    let published = reader.read("/v1/changes?resource=publications").await;
    let statuses: Vec<&Value> =
        published["data"].as_array().expect("data").iter().map(|change| &change["row"]["status"]).collect();
    assert_eq!(statuses, ["published"]);
}

#[tokio::test]
async fn invalid_and_expired_feed_tokens_are_refused() {
    use base64::Engine;
    let app = App::new();
    let reader = app.reporter();
    let refused = reader.get("/v1/changes?after=bm9uc2Vuc2U").await.expect(400);
    assert_eq!(refused.field_errors(), ["after bad_token"]);
    let token =
        |position: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(position.to_string());
    for expired in [
        json!({ "after": [1], "restored_line": 0, "within": null, "read_on": "2020-01-01" }),
        json!({ "after": [i64::MAX], "restored_line": 0, "within": null, "read_on": "2099-01-01" }),
    ] {
        let refused = reader.get(&format!("/v1/changes?after={}", token(expired))).await.expect(410);
        assert_eq!(refused.code(), "token_expired");
    }
}
