//! The change feed: whoever follows it has a true copy, whatever is written meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Made, Person, id, run_alone};

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

    /// Follows the feed to where it ends just now.
    async fn catch_up(&mut self, person: &Person, limit: usize) {
        while self.follow(person, limit).await {}
    }
}

/// The rows of every table that the feed tells of, without names.
async fn rows(app: &App) -> BTreeMap<String, BTreeSet<String>> {
    let tables = "SELECT c.relname::text AS t FROM pg_class c JOIN pg_trigger g ON g.tgrelid = c.oid AND g.tgname = 'log_update'
        WHERE c.relname NOT LIKE 'account%' AND c.relname NOT LIKE 'role_mapping%' AND c.relname NOT IN ('sessions', 'publications', 'report_keys', 'webhooks')";
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
    let rename =
        |row: &Value, name: &str| format!("UPDATE groups SET name = '{name}' WHERE id = '{}'", id(row));
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
async fn a_change_is_told_once_all_that_began_before_have_ended() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let reader = app.reporter();
    let mut copy = Copy::default();
    copy.catch_up(&reader, 50).await;
    let before = copy.seen.len();
    let mut early = app.connection().await;
    run_alone(&mut early, "BEGIN").await;
    run_alone(&mut early, &format!("UPDATE groups SET name = 'early' WHERE id = '{}'", id(&group))).await;
    let late = made.group(json!({ "name": "late" })).await;
    assert!(!copy.follow(&reader, 50).await);
    assert_eq!(copy.seen.len(), before, "the late one waits for the early one");
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

#[tokio::test]
async fn accounts_and_drafts_are_not_in_it_and_a_resource_can_be_picked() {
    let app = App::new();
    let made = Made(app.admin());
    let account = json!({ "kind": "client", "name": "crm", "role": "officer" });
    made.0.make("/v1/accounts", account).await;
    let key = json!({ "name": "Power BI", "expires_at": "2027-06-30T00:00:00Z" });
    made.0.make("/v1/report-keys", key).await;
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
        json!({ "from": 0, "within": null, "read_on": "2020-01-01" }),
        json!({ "from": i64::MAX, "within": null, "read_on": "2099-01-01" }),
    ] {
        let refused = reader.get(&format!("/v1/changes?after={}", token(gone))).await.expect(410);
        assert_eq!(refused.code(), "token_expired");
    }
}
