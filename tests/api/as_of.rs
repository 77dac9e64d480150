//! As-of queries: `known_at` returns every figure as it was at an instant.

use serde_json::{Value, json};

use crate::support::{App, Caller, Fixtures, id};

/// Returns the current instant of the database's clock, between past and future writes.
async fn current_instant(app: &App) -> String {
    let utc = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS t";
    app.texts(&format!("SELECT {utc}")).await.remove(0)
}

/// Reads a path. Removes `known_at` from the response.
async fn read_without_known_at(caller: &Caller, path: &str) -> Value {
    let mut response = caller.read(path).await;
    remove_known_at(&mut response);
    response
}

fn remove_known_at(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("known_at");
            fields.values_mut().for_each(remove_known_at);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_known_at),
        _ => {}
    }
}

/// Pseudo-random numbers that are the same in each run.
pub struct Dice(pub u64);

impl Dice {
    pub fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("a number") % sides
    }
}

/// Changes or deletes a random row if the server allows it. Returns whether it did.
pub async fn change_something(fixtures: &Fixtures, dice: &mut Dice, n: usize) -> bool {
    let kinds = [
        "attendance",
        "attendance",
        "meetings",
        "progress",
        "targets",
        "councils",
        "groups",
        "seats",
        "frameworks",
    ];
    let resource = kinds[dice.throw(kinds.len())];
    let rows = fixtures.0.all(&format!("/v1/{resource}")).await;
    let row = &rows[dice.throw(rows.len())];
    let path = format!("/v1/{resource}/{}", id(row));
    let version = row["version"].as_i64().expect("a version");
    let statuses = ["present", "absent", "apologies", "substitute"];
    let register = ["open", "closed"][dice.throw(2)];
    let patch = match resource {
        "attendance" => json!({ "status": statuses[dice.throw(4)] }),
        "meetings" => json!({ "register": register, "held_on": "2017-11-20" }),
        "progress" => json!({ "note": format!("note {n}"), "occasion": format!("occasion {n}") }),
        "targets" => json!({ "owner": format!("owner {n}"), "implied": dice.throw(2) == 0 }),
        "councils" => json!({ "name": format!("Council {n}"), "exists_until": "2017-12-01" }),
        "groups" => json!({ "name": format!("Group {n}"), "responsible_until": "2017-12-01" }),
        "seats" => json!({ "role": format!("role_{n}") }),
        _ => json!({ "title": format!("Title {n}") }),
    };
    match dice.throw(3) {
        0 if matches!(resource, "attendance" | "progress") => {
            fixtures.0.delete(&path, version).await.status == 204
        }
        _ => fixtures.0.patch(&path, version, patch).await.status == 200,
    }
}

#[tokio::test]
async fn known_at_returns_every_figure_as_it_was_at_that_instant() {
    let app = App::with_sample();
    let fixtures = Fixtures(app.officer());
    let frameworks = fixtures.0.all("/v1/frameworks").await;
    let mut paths: Vec<String> = frameworks
        .iter()
        .flat_map(|framework| {
            ["metrics?", "summary?", "series?interval=quarter&", "overdue?"]
                .map(|view| format!("/v1/frameworks/{}/{view}as_at=2018-02-01", id(framework)))
        })
        .collect();
    let mut kinds = std::collections::BTreeSet::new();
    for target in fixtures.0.all("/v1/targets").await {
        if kinds.insert(target["measure"]["kind"].to_string()) {
            paths.push(format!("/v1/targets/{}/metric/explanation?as_at=2018-02-01&limit=500", id(&target)));
        }
    }
    let mut snapshots = Vec::new();
    let (mut dice, mut changes) = (Dice(2017), 0);
    for n in 0..60 {
        if n % 10 == 0 {
            let mut responses = Vec::new();
            for path in &paths {
                responses.push(read_without_known_at(&fixtures.0, path).await);
            }
            snapshots.push((current_instant(&app).await, responses));
        }
        changes += usize::from(change_something(&fixtures, &mut dice, n).await);
    }
    assert!(changes > 25, "{changes} changes");
    let distinct: std::collections::BTreeSet<String> =
        snapshots.iter().map(|(_, responses)| format!("{responses:?}")).collect();
    assert!(distinct.len() > 4, "{} states", distinct.len());
    for (instant, responses) in &snapshots {
        for (path, expected) in paths.iter().zip(responses) {
            let as_of = read_without_known_at(&fixtures.0, &format!("{path}&known_at={instant}")).await;
            assert_eq!(&as_of, expected, "{path} at {instant}");
        }
    }
}

#[tokio::test]
async fn known_at_returns_a_metric_without_later_corrections() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let meeting = fixtures.meeting(Some(&group), "2017-11-14", json!({ "status": "held" })).await;
    let mut lines = Vec::new();
    for status in ["present", "present", "absent"] {
        let seat = fixtures.seat(&group, &fixtures.council(json!({})).await, json!({})).await;
        lines.push(
            fixtures
                .0
                .create(
                    "/v1/attendance",
                    json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": status }),
                )
                .await,
        );
    }
    let path = format!("/v1/targets/{}/metric?as_at=2017-12-31", id(&target));
    let empty = current_instant(&app).await;
    let meeting = format!("/v1/meetings/{}", id(&meeting));
    fixtures.0.patch(&meeting, 1, json!({ "register": "closed" })).await.expect(200);
    let january = current_instant(&app).await;
    fixtures
        .0
        .patch(&format!("/v1/attendance/{}", id(&lines[2])), 1, json!({ "status": "present" }))
        .await
        .expect(200);
    fixtures.0.delete(&format!("/v1/attendance/{}", id(&lines[0])), 1).await.expect(204);
    let metric_at = async |instant: &str| {
        let metric = fixtures.0.read(&format!("{path}&known_at={instant}")).await;
        assert_eq!((&metric["known_at"], &metric["as_at"]), (&json!(instant), &json!("2017-12-31")));
        (metric["numerator"].clone(), metric["denominator"].clone(), metric["status"].clone())
    };
    assert_eq!(metric_at(&empty).await, (Value::Null, Value::Null, json!("no_data")));
    assert_eq!(metric_at(&january).await, (json!(2), json!(3), json!("green")));
    let today = fixtures.0.read(&path).await;
    assert_eq!(
        (&today["numerator"], &today["known_at"]),
        (&json!(2), &Value::Null),
        "the current records also give 2"
    );
    let refused = fixtures.0.get(&format!("{path}&known_at=2099-01-01T00:00:00Z")).await.expect(422);
    assert_eq!(refused.field_errors(), ["known_at in_the_future"]);
    let before = format!("/v1/targets/{}/metric?known_at=2020-01-01T00:00:00Z", id(&target));
    fixtures.0.get(&before).await.expect(404);
}

#[tokio::test]
async fn every_table_of_records_has_a_history_view() {
    let app = App::with_sample();
    // No figure reads external ids, tables of accounts and publications.
    let missing_views = "SELECT c.relname::text AS t FROM pg_class c JOIN pg_trigger g ON g.tgrelid = c.oid AND g.tgname = 'log_update'
        WHERE c.relname NOT LIKE '%external_ids' AND c.relname NOT LIKE 'account%' AND c.relname NOT LIKE 'role_mapping%'
          AND c.relname NOT IN ('sessions', 'publications', 'dataset_keys', 'webhooks') AND to_regclass('known.' || c.relname) IS NULL";
    assert_eq!(app.texts(missing_views).await, Vec::<String>::new());
    let views = app.texts("SELECT viewname::text AS t FROM pg_views WHERE schemaname = 'known'").await;
    assert!(views.len() > 20, "{views:?}");
    app.sql(&format!("ALTER DATABASE {} SET outturn.known_at = 'infinity'", app.database)).await;
    for name in views {
        let columns = |schema: &str| {
            format!("SELECT attname || ' ' || format_type(atttypid, atttypmod) AS t FROM pg_attribute
                     WHERE attrelid = '{schema}.{name}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum")
        };
        assert_eq!(app.texts(&columns("known")).await, app.texts(&columns("public")).await, "{name}");
        let differences = format!(
            "SELECT count(*) AS n FROM (
                 (SELECT k::text FROM known.{name} k EXCEPT ALL SELECT p::text FROM public.{name} p)
                 UNION ALL (SELECT p::text FROM public.{name} p EXCEPT ALL SELECT k::text FROM known.{name} k)) d"
        );
        assert_eq!(app.number(&differences).await, 0, "known.{name} at infinity equals public.{name}");
    }
}
