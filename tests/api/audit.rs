//! The change log: complete, true, and not to be altered.

use std::collections::BTreeSet;
use std::path::Path;

use diesel_async::RunQueryDsl;
use outturn::db::{Error, Pool, Pools, Settings, pool};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Made, PATIENCE, Person, contracts, id, target};

/// The entries that match, the earliest first.
async fn entries(app: &App, query: &str) -> Vec<Value> {
    app.admin().all(&format!("/v1/audit?sort=changed_at&{query}")).await
}

/// What was done, in words.
fn told(entries: &[Value]) -> Vec<String> {
    let word = |entry: &Value, name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    let told = |entry: &Value| {
        ["actor_kind", "actor", "operation", "resource", "part", "action"]
            .map(|name| word(entry, name))
            .join(" ")
    };
    entries.iter().map(told).collect()
}

#[tokio::test]
async fn a_change_is_told_with_who_when_where_and_how_it_was() {
    let app = App::new();
    let officer = app.officer();
    let request = officer.request(Method::POST, "/v1/councils").header("X-Request-Id", "request-of-olive");
    let body =
        json!({ "name": "Norwich", "kind": "district", "memberships": [{ "member_from": "2010-04-01" }] });
    let made = officer.send(request.json(&body)).await.expect(201).body;
    let path = format!("/v1/councils/{}", id(&made));
    app.admin().patch(&path, 1, json!({ "name": "Norwich City" })).await.expect(200);
    officer.delete(&path, 2).await.expect(204);
    let told_of = entries(&app, &format!("resource=councils&resource_id={}", id(&made))).await;
    assert_eq!(
        told(&told_of),
        [
            "console olive createCouncil councils - created",
            "console olive createCouncil councils council_memberships created",
            "console ada updateCouncil councils - changed",
            "console olive deleteCouncil councils - deleted",
            "console olive deleteCouncil councils council_memberships deleted",
        ]
    );
    let [made_entry, part, changed, gone, _] = told_of.as_slice() else { panic!("five") };
    assert_eq!(
        (&made_entry["request_id"], &made_entry["before"], &made_entry["after"]["name"]),
        (&json!("request-of-olive"), &Value::Null, &json!("Norwich"))
    );
    assert_eq!(part["after"]["member_from"], "2010-04-01");
    assert_eq!(
        (&changed["before"]["name"], &changed["after"]["name"], &changed["after"]["version"]),
        (&json!("Norwich"), &json!("Norwich City"), &json!(2))
    );
    assert_eq!((&gone["before"]["name"], &gone["after"]), (&json!("Norwich City"), &Value::Null));
    assert_eq!(entries(&app, "request_id=request-of-olive").await, told_of[..2]);
    assert_eq!(entries(&app, "actor=ada").await, told_of[2..3]);
    assert_eq!(entries(&app, "action=deleted").await, told_of[3..]);
    let instant = |entry: &Value| entry["changed_at"].as_str().expect("an instant").replace('+', "%2B");
    let between = format!("changed_from={}&changed_until={}", instant(changed), instant(gone));
    assert_eq!(entries(&app, &between).await, told_of[2..3]);
}

#[tokio::test]
async fn accounts_stand_in_the_log_by_their_id_and_their_secrets_do_not() {
    let app = App::new();
    let admin = app.admin();
    let client =
        admin.make("/v1/accounts", json!({ "kind": "client", "name": "crm", "role": "officer" })).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client["id"].as_str().expect("an id")),
        ("client_secret", client["secret"].as_str().expect("a secret")),
    ];
    let stranger = app.stranger();
    let token = stranger.send(stranger.request(Method::POST, "/v1/auth/token").form(&form)).await.expect(200);
    let crm = app.bearer(token.body["access_token"].as_str().expect("a token"));
    Made(crm).group(json!({})).await;
    let of_crm = entries(&app, &format!("account_id={}", id(&client))).await;
    assert_eq!(told(&of_crm), ["client crm createGroup groups - created"]);
    let user = json!({ "kind": "user", "name": "Ann Admin", "email": "ann@example.org", "role": "admin", "password": "correct horse battery" });
    let user = admin.make("/v1/accounts", user).await;
    let path = format!("/v1/accounts/{}", id(&user));
    admin.patch(&path, 1, json!({ "password": "another horse battery" })).await.expect(200);
    assert_eq!(
        told(&entries(&app, &format!("resource_id={}", id(&user))).await),
        ["console ada createAccount accounts - created", "console ada updateAccount accounts - changed"]
    );
    let log = app.texts("SELECT concat(before, after) AS t FROM changes").await.join("\n");
    assert!(log.contains("Ann Admin") && !log.contains("argon2") && !log.contains("secret_hash"), "{log}");
}

#[tokio::test]
async fn what_comes_to_nothing_leaves_no_trace() {
    let app = App::new();
    let made = Made(app.officer());
    let council = made.council(json!({})).await;
    let group = made.group(json!({})).await;
    let seat = made.seat(&group, &council, json!({})).await;
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let before = app.number("SELECT count(*) AS n FROM changes").await;
    let path = format!("/v1/councils/{}", id(&council));
    made.0.patch(&path, 1, json!({ "name": council["name"] })).await.expect(200);
    made.0.patch(&path, 9, json!({ "name": "x" })).await.expect(412);
    made.0.delete(&path, 1).await.expect(409);
    made.0.post("/v1/groups", json!({ "code": group["code"], "name": "again" })).await.expect(409);
    let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let bad = json!({ "meeting_id": meeting["id"], "seat_id": council["id"], "status": "present" });
    let send = async |query: &str, lines: Value| {
        let request = made.0.request(Method::POST, &format!("/v1/attendance/bulk{query}"));
        made.0.send(request.header("Idempotency-Key", query).json(&json!({ "lines": lines }))).await
    };
    send("?mode=validate", json!([line])).await.expect(200);
    send("?atomic=true", json!([line, bad])).await.expect(422);
    assert_eq!(app.number("SELECT count(*) AS n FROM changes").await, before);
    send("?atomic=false", json!([line, bad])).await.expect(200);
    assert_eq!(app.number("SELECT count(*) AS n FROM changes").await, before + 1);
}

#[tokio::test]
async fn a_bulk_request_is_one_line_of_the_log_and_an_entry_for_each_row() {
    let app = App::new();
    let made = Made(app.officer());
    let council = made.council(json!({})).await;
    let event = made.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let lines: Vec<Value> = (0..200)
        .map(|n| json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": format!("d-{n}"), "status": "present" }))
        .collect();
    let request = made.0.request(Method::POST, "/v1/attendance/bulk").header("Idempotency-Key", "k");
    made.0.send(request.json(&json!({ "lines": lines }))).await.expect(200);
    assert_eq!(app.number("SELECT count(*) AS n FROM changes WHERE operation = 'bulkAttendance'").await, 1);
    let entries = entries(&app, "resource=attendance").await;
    let told: BTreeSet<&str> =
        entries.iter().map(|e| e["after"]["delegate_ref"].as_str().expect("a ref")).collect();
    assert_eq!((entries.len(), told.len()), (200, 200));
    assert!(entries.iter().all(|entry| entry["after"]["id"] == entry["resource_id"]));
}

/// Every row that stands, for each table of the log, is the last image of it that the log has; and no other is.
async fn told_and_true(app: &App) {
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

/// Changes of every kind, with parts, cascades and what the database changes by itself.
async fn live(app: &App) {
    let made = Made(app.officer());
    let person: &Person = &made.0;
    let group = made.group(json!({ "external_ids": [{ "system": "crm", "external_id": "g" }] })).await;
    let (one, two) = (made.council(json!({})).await, made.council(json!({})).await);
    let (framework, action) = made.plan(&[&group]).await;
    let target = made
        .target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 10 }))
        .await;
    let path = |resource: &str, row: &Value| format!("/v1/{resource}/{}", id(row));
    person.patch(&path("frameworks", &framework), 1, json!({ "status": "active" })).await.expect(200);
    let revision = json!({ "target_id": target["id"], "revised_on": "2017-10-01", "threshold": 9, "reason": "less money" });
    person.make("/v1/revisions", revision).await;
    let entry = json!({ "target_id": target["id"], "occurred_on": "2017-06-01", "entry": { "kind": "count", "count": 3 } });
    let first = person.post("/v1/progress", entry.clone()).await.expect(201).body;
    let mut correction = entry;
    correction["supersedes_id"] = first["id"].clone();
    correction["entry"]["count"] = json!(4);
    person.make("/v1/progress", correction).await;
    let seat = made.seat(&group, &one, json!({})).await;
    let meeting = made
        .meeting(Some(&group), "2017-05-01", json!({ "deliverables": [{ "deliverable": "briefing" }] }))
        .await;
    let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let request = person.request(Method::POST, "/v1/attendance/bulk?system=crm&close_register=true");
    let lines = json!({ "lines": [line] });
    person.send(request.header("Idempotency-Key", "a").json(&lines)).await.expect(200);
    let merged = json!({ "predecessors": [{ "predecessor_id": one["id"], "kind": "merged", "succeeded_on": "2019-04-01" }] });
    let merged = person.patch(&path("councils", &two), 1, merged).await.expect(200).body;
    person
        .patch(&path("councils", &two), merged["version"].as_i64().expect("v"), json!({ "predecessors": [] }))
        .await
        .expect(200);
    let spare = made.council(json!({})).await;
    person.delete(&path("councils", &spare), 1).await.expect(204);
}

#[tokio::test]
async fn the_log_read_again_gives_every_table_as_it_stands() {
    let app = App::with_sample();
    told_and_true(&app).await;
    live(&app).await;
    told_and_true(&app).await;
    // An import that changes rows writes to the log as a request does.
    let conn = &mut app.connection().await;
    app.sql("UPDATE councils SET name = name || ' (edited)'").await;
    outturn::transfer::import(
        conn,
        contracts(),
        Path::new("sample"),
        outturn::values::UnknownColumns::Refuse,
    )
    .await
    .expect("the sample");
    told_and_true(&app).await;
}

#[tokio::test]
async fn no_table_and_no_column_is_forgotten() {
    let app = App::new();
    // What is a record itself is not recorded, nor is what is sealed: the publication's digest is. Answers are copies of rows; what a sender saw when, and which assertions were used, is shown nowhere. What webhooks are told follows from the log.
    let excused = "'changes', 'disclosures', 'idempotent_responses', 'idempotent_clients', 'observations', 'publication_parts', 'used_assertions', 'used_refresh_tokens', 'webhook_events', 'webhook_deliveries', 'webhook_progress', 'webhook_key', 'followed_targets'";
    let forgotten = app
        .texts(&format!(
            "SELECT c.relname || '.' || a.attname AS t FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '\\_\\_%'
               AND c.relname NOT IN ({excused}) AND a.attname NOT IN ('secret_hash', 'token_hash') AND 3 <> (
                   SELECT count(*) FROM pg_trigger g
                   WHERE g.tgrelid = c.oid AND g.tgname IN ('log_insert', 'log_update', 'log_delete')
                     AND string_to_array((string_to_array(encode(g.tgargs, 'escape'), '\\000'))[5], ', ')
                         @> ARRAY[quote_ident(a.attname)])"
        ))
        .await;
    assert_eq!(forgotten, Vec::<String>::new());
}

#[tokio::test]
async fn nobody_alters_the_log() {
    let app = App::new();
    Made(app.officer()).council(json!({})).await;
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
                .expect("a role");
            let refused = diesel::sql_query(sql).execute(&mut conn).await.expect_err(sql).to_string();
            assert!(refused.contains("never altered"), "{role} {sql}: {refused}");
        }
    }
    assert_eq!(app.texts("SELECT changes::text AS t FROM changes ORDER BY id").await, before);
    app.sql("DROP OWNED BY meddler").await;
    app.sql("DROP ROLE meddler").await;
}

#[tokio::test]
async fn nothing_is_written_that_nobody_is_said_to_write() {
    let app = App::new();
    let insert = "INSERT INTO groups (id, code, name) VALUES (gen_random_uuid(), 'x', 'X')";
    let mut conn = pool::connect(target(app.url()), PATIENCE).await.expect("a connection");
    let refused = diesel::sql_query(insert).execute(&mut conn).await.expect_err("no actor").to_string();
    assert!(refused.contains("no actor is named"), "{refused}");
    let settings = Settings {
        target: target(app.url()),
        size: 1,
        statement_timeout: PATIENCE,
        wait: PATIENCE,
        pools: Pools::default(),
    };
    let pool = Pool::new(&settings).expect("a pool");
    let refused = diesel::sql_query(insert).execute(&mut *pool.get().await.expect("a connection")).await;
    let refused = Error::from(refused.expect_err("a connection that only reads")).to_string();
    assert!(refused.contains("read-only transaction"), "{refused}");
    assert_eq!(app.number("SELECT count(*) AS n FROM groups").await, 0);
}
