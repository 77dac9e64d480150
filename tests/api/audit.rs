//! The change log: complete, correct and immutable.

use std::collections::BTreeSet;
use std::path::Path;

use diesel_async::RunQueryDsl;
use outturn::db::{Error, Pool, Pools, Settings, pool};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Caller, Fixtures, MAX_WAIT, contracts, id, target};

/// Returns the entries that match a query, in order of `changed_at`.
async fn entries(app: &App, query: &str) -> Vec<Value> {
    app.admin().all(&format!("/v1/audit?sort=changed_at&{query}")).await
}

/// Returns actor, operation, resource and action of each entry.
fn summaries(entries: &[Value]) -> Vec<String> {
    let word = |entry: &Value, name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    let summary = |entry: &Value| {
        ["actor_kind", "actor", "operation", "resource", "part", "action"]
            .map(|name| word(entry, name))
            .join(" ")
    };
    entries.iter().map(summary).collect()
}

#[tokio::test]
async fn an_entry_contains_actor_operation_request_and_row_images() {
    let app = App::new();
    let officer = app.officer();
    let request = officer.request(Method::POST, "/v1/councils").header("X-Request-Id", "request-of-olive");
    let body =
        json!({ "name": "Norwich", "kind": "district", "memberships": [{ "member_from": "2010-04-01" }] });
    let council = officer.send(request.json(&body)).await.expect(201).body;
    let path = format!("/v1/councils/{}", id(&council));
    app.admin().patch(&path, 1, json!({ "name": "Norwich City" })).await.expect(200);
    officer.delete(&path, 2).await.expect(204);
    let logged = entries(&app, &format!("resource=councils&resource_id={}", id(&council))).await;
    assert_eq!(
        summaries(&logged),
        [
            "console olive createCouncil councils - created",
            "console olive createCouncil councils council_memberships created",
            "console ada updateCouncil councils - changed",
            "console olive deleteCouncil councils - deleted",
            "console olive deleteCouncil councils council_memberships deleted",
        ]
    );
    let [created, part, updated, deleted, _] = logged.as_slice() else { panic!("expected five entries") };
    assert_eq!(
        (&created["request_id"], &created["before"], &created["after"]["name"]),
        (&json!("request-of-olive"), &Value::Null, &json!("Norwich"))
    );
    assert_eq!(part["after"]["member_from"], "2010-04-01");
    assert_eq!(
        (&updated["before"]["name"], &updated["after"]["name"], &updated["after"]["version"]),
        (&json!("Norwich"), &json!("Norwich City"), &json!(2))
    );
    assert_eq!((&deleted["before"]["name"], &deleted["after"]), (&json!("Norwich City"), &Value::Null));
    assert_eq!(entries(&app, "request_id=request-of-olive").await, logged[..2]);
    assert_eq!(entries(&app, "actor=ada").await, logged[2..3]);
    assert_eq!(entries(&app, "action=deleted").await, logged[3..]);
    let instant = |entry: &Value| entry["changed_at"].as_str().expect("an instant").replace('+', "%2B");
    let between = format!("changed_from={}&changed_until={}", instant(updated), instant(deleted));
    assert_eq!(entries(&app, &between).await, logged[2..3]);
}

#[tokio::test]
async fn entries_reference_accounts_by_id_and_contain_no_secrets() {
    let app = App::new();
    let admin = app.admin();
    let client =
        admin.create("/v1/accounts", json!({ "kind": "client", "name": "crm", "role": "officer" })).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client["id"].as_str().expect("an id")),
        ("client_secret", client["secret"].as_str().expect("a secret")),
    ];
    let anonymous = app.anonymous();
    let token =
        anonymous.send(anonymous.request(Method::POST, "/v1/auth/token").form(&form)).await.expect(200);
    let crm = app.bearer(token.body["access_token"].as_str().expect("a token"));
    Fixtures(crm).group(json!({})).await;
    let of_crm = entries(&app, &format!("account_id={}", id(&client))).await;
    assert_eq!(summaries(&of_crm), ["client crm createGroup groups - created"]);
    let user = json!({ "kind": "user", "name": "Ann Admin", "email": "ann@example.org", "role": "admin", "password": "correct horse battery" });
    let user = admin.create("/v1/accounts", user).await;
    let path = format!("/v1/accounts/{}", id(&user));
    admin.patch(&path, 1, json!({ "password": "another horse battery" })).await.expect(200);
    assert_eq!(
        summaries(&entries(&app, &format!("resource_id={}", id(&user))).await),
        ["console ada createAccount accounts - created", "console ada updateAccount accounts - changed"]
    );
    let log = app.texts("SELECT concat(before, after) AS t FROM changes").await.join("\n");
    assert!(log.contains("Ann Admin") && !log.contains("argon2") && !log.contains("secret_hash"), "{log}");
}

#[tokio::test]
async fn requests_without_effect_are_not_logged() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let group = fixtures.group(json!({})).await;
    let seat = fixtures.seat(&group, &council, json!({})).await;
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let before = app.number("SELECT count(*) AS n FROM changes").await;
    let path = format!("/v1/councils/{}", id(&council));
    fixtures.0.patch(&path, 1, json!({ "name": council["name"] })).await.expect(200);
    fixtures.0.patch(&path, 9, json!({ "name": "x" })).await.expect(412);
    fixtures.0.delete(&path, 1).await.expect(409);
    fixtures.0.post("/v1/groups", json!({ "code": group["code"], "name": "again" })).await.expect(409);
    let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let bad = json!({ "meeting_id": meeting["id"], "seat_id": council["id"], "status": "present" });
    let send = async |query: &str, lines: Value| {
        let request = fixtures.0.request(Method::POST, &format!("/v1/attendance/bulk{query}"));
        fixtures.0.send(request.header("Idempotency-Key", query).json(&json!({ "lines": lines }))).await
    };
    send("?mode=validate", json!([line])).await.expect(200);
    send("?atomic=true", json!([line, bad])).await.expect(422);
    assert_eq!(app.number("SELECT count(*) AS n FROM changes").await, before);
    send("?atomic=false", json!([line, bad])).await.expect(200);
    assert_eq!(app.number("SELECT count(*) AS n FROM changes").await, before + 1);
}

#[tokio::test]
async fn a_bulk_request_is_one_row_of_the_log_with_an_entry_for_each_record() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let event = fixtures.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let lines: Vec<Value> = (0..200)
        .map(|n| json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": format!("d-{n}"), "status": "present" }))
        .collect();
    let request = fixtures.0.request(Method::POST, "/v1/attendance/bulk").header("Idempotency-Key", "k");
    fixtures.0.send(request.json(&json!({ "lines": lines }))).await.expect(200);
    assert_eq!(app.number("SELECT count(*) AS n FROM changes WHERE operation = 'bulkAttendance'").await, 1);
    let entries = entries(&app, "resource=attendance").await;
    let delegate_refs: BTreeSet<&str> =
        entries.iter().map(|e| e["after"]["delegate_ref"].as_str().expect("a ref")).collect();
    assert_eq!((entries.len(), delegate_refs.len()), (200, 200));
    assert!(entries.iter().all(|entry| entry["after"]["id"] == entry["resource_id"]));
}

/// Asserts for each logged table that its rows are the last row images in the log.
async fn assert_log_matches_tables(app: &App) {
    let logged = "SELECT DISTINCT tgrelid::regclass || ' ' || encode(tgargs, 'escape') AS t FROM pg_trigger WHERE tgname = 'log_update'";
    let logged = app.texts(logged).await;
    assert!(logged.len() > 30, "{logged:?}");
    for table in logged {
        let (table, arguments) = table.split_once(' ').expect("a table and its arguments");
        let arguments: Vec<&str> = arguments.split("\\000").collect();
        let [resource, part, _, keys, shown, ..] = arguments[..] else { panic!("{arguments:?}") };
        let part = if part.is_empty() { "part IS NULL".to_owned() } else { format!("part = '{part}'") };
        let key: Vec<String> =
            keys.split(", ").map(|key| format!("COALESCE(after, before) ->> '{key}'")).collect();
        let sql = format!(
            "WITH told AS (
                 SELECT DISTINCT ON ({key}) action, after::jsonb AS image FROM changed_rows
                 WHERE resource = '{resource}' AND {part} ORDER BY {key}, id DESC),
             stands AS (SELECT to_jsonb(r) AS image FROM (SELECT {shown} FROM {table}) r)
             SELECT count(*) AS n FROM (
                 (SELECT image FROM told WHERE action <> 'deleted' EXCEPT ALL SELECT image FROM stands)
                 UNION ALL (SELECT image FROM stands EXCEPT ALL SELECT image FROM told WHERE action <> 'deleted')) AS differ",
            key = key.join(", "),
        );
        assert_eq!(app.number(&sql).await, 0, "{table}");
    }
}

/// Makes changes of every kind, with child rows, cascades and triggers.
async fn make_changes(app: &App) {
    let fixtures = Fixtures(app.officer());
    let caller: &Caller = &fixtures.0;
    let group = fixtures.group(json!({ "external_ids": [{ "system": "crm", "external_id": "g" }] })).await;
    let (one, two) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let (framework, action) = fixtures.plan(&[&group]).await;
    let target = fixtures
        .target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 10 }))
        .await;
    let path = |resource: &str, row: &Value| format!("/v1/{resource}/{}", id(row));
    caller.patch(&path("frameworks", &framework), 1, json!({ "status": "active" })).await.expect(200);
    let revision = json!({ "target_id": target["id"], "revised_on": "2017-10-01", "threshold": 9, "reason": "less money" });
    caller.create("/v1/revisions", revision).await;
    let entry = json!({ "target_id": target["id"], "occurred_on": "2017-06-01", "entry": { "kind": "count", "count": 3 } });
    let first = caller.post("/v1/progress", entry.clone()).await.expect(201).body;
    let mut correction = entry;
    correction["supersedes_id"] = first["id"].clone();
    correction["entry"]["count"] = json!(4);
    caller.create("/v1/progress", correction).await;
    let seat = fixtures.seat(&group, &one, json!({})).await;
    let meeting = fixtures
        .meeting(Some(&group), "2017-05-01", json!({ "deliverables": [{ "deliverable": "briefing" }] }))
        .await;
    let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let request = caller.request(Method::POST, "/v1/attendance/bulk?system=crm&close_register=true");
    let lines = json!({ "lines": [line] });
    caller.send(request.header("Idempotency-Key", "a").json(&lines)).await.expect(200);
    let merged = json!({ "predecessors": [{ "predecessor_id": one["id"], "kind": "merged", "succeeded_on": "2019-04-01" }] });
    let merged = caller.patch(&path("councils", &two), 1, merged).await.expect(200).body;
    caller
        .patch(
            &path("councils", &two),
            merged["version"].as_i64().expect("a version"),
            json!({ "predecessors": [] }),
        )
        .await
        .expect(200);
    let spare = fixtures.council(json!({})).await;
    caller.delete(&path("councils", &spare), 1).await.expect(204);
}

#[tokio::test]
async fn the_log_reproduces_the_rows_of_every_table() {
    let app = App::with_sample();
    assert_log_matches_tables(&app).await;
    make_changes(&app).await;
    assert_log_matches_tables(&app).await;
    // An import writes to the log like a request.
    let conn = &mut app.connection().await;
    app.sql("UPDATE councils SET name = name || ' (edited)'").await;
    outturn::transfer::import(
        conn,
        contracts(),
        Path::new("sample"),
        outturn::values::UnknownColumns::Refuse,
    )
    .await
    .expect("import the sample");
    assert_log_matches_tables(&app).await;
}

#[tokio::test]
async fn every_table_and_every_column_is_logged() {
    let app = App::new();
    // The log contains neither itself nor the sealed parts of publications, but their digest.
    // Stored idempotent responses are copies of rows. The API returns neither observations nor used
    // assertions. Webhook events are derived from the log. Rate-limit buckets are counts of requests.
    let excluded = "'changes', 'disclosures', 'idempotent_responses', 'idempotent_clients', 'observations', 'publication_parts', 'rate_limit_buckets', 'used_assertions', 'used_refresh_tokens', 'webhook_events', 'webhook_deliveries', 'webhook_progress', 'webhook_key', 'target_snapshots'";
    let not_logged = app
        .texts(&format!(
            "SELECT c.relname || '.' || a.attname AS t FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '\\_\\_%'
               AND c.relname NOT IN ({excluded}) AND a.attname NOT IN ('secret_hash', 'token_hash') AND 3 <> (
                   SELECT count(*) FROM pg_trigger g
                   WHERE g.tgrelid = c.oid AND g.tgname IN ('log_insert', 'log_update', 'log_delete')
                     AND string_to_array((string_to_array(encode(g.tgargs, 'escape'), '\\000'))[5], ', ')
                         @> ARRAY[quote_ident(a.attname)])"
        ))
        .await;
    assert_eq!(not_logged, Vec::<String>::new());
}

#[tokio::test]
async fn the_log_cannot_be_altered() {
    let app = App::new();
    Fixtures(app.officer()).council(json!({})).await;
    app.sql("DROP ROLE IF EXISTS meddler").await;
    app.sql("CREATE ROLE meddler").await;
    app.sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO meddler").await;
    let before = app.texts("SELECT changes::text AS t FROM changes ORDER BY id").await;
    for role in ["postgres", "meddler"] {
        for sql in [
            "UPDATE changes SET actor = 'nobody'",
            "DELETE FROM changes",
            "TRUNCATE changes",
            "INSERT INTO changes (actor_kind, actor, operation, resource, action, ids) VALUES ('operator', 'me', 'x', 'councils', 'created', '{}')",
        ] {
            let mut conn = app.connection().await;
            let as_role = format!("SET SESSION AUTHORIZATION {role}");
            diesel::sql_query(if role == "meddler" { &as_role } else { "SELECT 1" })
                .execute(&mut conn)
                .await
                .expect("set the role");
            let refused = diesel::sql_query(sql).execute(&mut conn).await.expect_err(sql).to_string();
            assert!(refused.contains("never altered"), "{role} {sql}: {refused}");
        }
    }
    assert_eq!(app.texts("SELECT changes::text AS t FROM changes ORDER BY id").await, before);
    app.sql("DROP OWNED BY meddler").await;
    app.sql("DROP ROLE meddler").await;
}

#[tokio::test]
async fn writes_without_an_actor_are_rejected() {
    let app = App::new();
    let insert = "INSERT INTO groups (id, code, name) VALUES (gen_random_uuid(), 'x', 'X')";
    let mut conn = pool::connect(target(app.url()), MAX_WAIT).await.expect("a connection");
    let refused = diesel::sql_query(insert).execute(&mut conn).await.expect_err("an error").to_string();
    assert!(refused.contains("no actor is named"), "{refused}");
    let settings = Settings {
        target: target(app.url()),
        size: 1,
        statement_timeout: MAX_WAIT,
        wait: MAX_WAIT,
        pools: Pools::default(),
        standby: None,
    };
    let pool = Pool::new(&settings).expect("a pool");
    let refused = diesel::sql_query(insert).execute(&mut *pool.get().await.expect("a connection")).await;
    let refused = Error::from(refused.expect_err("a read-only error")).to_string();
    assert!(refused.contains("read-only transaction"), "{refused}");
    assert_eq!(app.number("SELECT count(*) AS n FROM groups").await, 0);
}
