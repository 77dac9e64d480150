//! The rows of a dataset are the rows of the API, and its columns are what the catalogue says of them.

use std::collections::BTreeSet;

use diesel_async::RunQueryDsl;
use outturn::datasets::dataset::Source;
use outturn::datasets::definitions;
use outturn::metrics;
use serde_json::{Value, json};

use super::{Line, lines};
use crate::support::{App, Made, Person, id};

/// A value of the API as CSV has it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// Asserts that each row has, in these columns, what the resource of its id says there.
async fn are_alike(person: &Person, dataset: &str, list: &str, columns: &[(&str, &str)]) {
    let rows = lines(person, dataset, "").await;
    let listed = person.all(list).await;
    assert_eq!(rows.len(), listed.len(), "{dataset}");
    for resource in listed {
        let id = cell(&resource["id"]);
        let row = rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("{dataset} has {id}"));
        for (column, pointer) in columns {
            let said = resource.pointer(pointer).unwrap_or(&Value::Null);
            assert_eq!(row[*column], cell(said), "{dataset}.{column} of {id}");
        }
    }
}

#[tokio::test]
async fn the_rows_are_those_of_the_lists() {
    let app = App::with_sample();
    let reporter = app.reporter();
    are_alike(
        &reporter,
        "councils",
        "/v1/councils",
        &[
            ("gss_code", "/gss_code"),
            ("name", "/name"),
            ("kind", "/kind"),
            ("county", "/county"),
            ("exists_from", "/exists_from"),
            ("exists_until", "/exists_until"),
            ("updated_at", "/updated_at"),
            ("member_from", "/memberships/0/member_from"),
            ("member_until", "/memberships/0/member_until"),
        ],
    )
    .await;
    are_alike(
        &reporter,
        "meetings",
        "/v1/meetings",
        &[
            ("group_id", "/group_id"),
            ("kind", "/kind"),
            ("title", "/title"),
            ("held_on", "/held_on"),
            ("occurred_on", "/held_on"),
            ("date_precision", "/date_precision"),
            ("status", "/status"),
            ("register", "/register"),
        ],
    )
    .await;
    are_alike(
        &reporter,
        "attendance",
        "/v1/attendance",
        &[
            ("meeting_id", "/meeting_id"),
            ("council_id", "/council_id"),
            ("seat_id", "/seat_id"),
            ("status", "/status"),
        ],
    )
    .await;
    are_alike(
        &reporter,
        "actions",
        "/v1/actions",
        &[
            ("framework_id", "/framework_id"),
            ("outcome_id", "/outcome_id"),
            ("code", "/code"),
            ("ref", "/ref"),
            ("title", "/title"),
            ("position", "/position"),
        ],
    )
    .await;
    are_alike(
        &reporter,
        "targets",
        "/v1/targets",
        &[
            ("framework_id", "/framework_id"),
            ("code", "/code"),
            ("title", "/title"),
            ("position", "/position"),
            ("kind", "/measure/kind"),
            ("aim", "/aim"),
            ("threshold", "/threshold"),
            ("frequencies", "/frequencies"),
            ("owner", "/owner"),
            ("due_on", "/due_on"),
            ("implied", "/implied"),
            ("council_reported", "/council_reported"),
            ("continues_target_id", "/continues_target_id"),
        ],
    )
    .await;
    are_alike(
        &reporter,
        "progress",
        "/v1/progress",
        &[
            ("target_id", "/target_id"),
            ("occurred_on", "/occurred_on"),
            ("kind", "/entry/kind"),
            ("source", "/source"),
            ("occasion", "/occasion"),
            ("council_id", "/entry/council_id"),
            ("covered", "/entry/covered"),
            ("count", "/entry/count"),
            ("income_pence", "/entry/income_pence"),
            ("milestone_state", "/entry/state"),
            ("note", "/note"),
            ("supersedes_id", "/supersedes_id"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_line_has_the_codes_beside_the_ids() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let row = lines(&reporter, "attendance", "").await.into_iter().find(|row| !row["seat_id"].is_empty());
    let row = row.expect("a seat's line");
    let of = async |resource: &str, id: &str| reporter.read(&format!("/v1/{resource}/{}", row[id])).await;
    let (meeting, group) = (of("meetings", "meeting_id").await, of("groups", "group_id").await);
    let (council, seat) = (of("councils", "council_id").await, of("seats", "seat_id").await);
    let said = [
        ("meeting_title", &meeting["title"]),
        ("meeting_kind", &meeting["kind"]),
        ("meeting_status", &meeting["status"]),
        ("held_on", &meeting["held_on"]),
        ("register", &meeting["register"]),
        ("group_code", &group["code"]),
        ("group_name", &group["name"]),
        ("gss_code", &council["gss_code"]),
        ("council_name", &council["name"]),
        ("council_kind", &council["kind"]),
        ("seat_role", &seat["role"]),
        ("seat_ordinal", &seat["ordinal"]),
    ];
    for (column, value) in said {
        assert_eq!(row[column], cell(value), "{column}");
    }
    let target = lines(&reporter, "targets", "").await.remove(0);
    let listed = reporter.read(&format!("/v1/targets/{}", target["id"])).await;
    let actions = listed["action_ids"].as_array().expect("ids").iter();
    let mut codes = Vec::new();
    for action in actions {
        codes.push(cell(&reporter.read(&format!("/v1/actions/{}", cell(action))).await["code"]));
    }
    assert_eq!(target["action_codes"], codes.join(" "));
}

/// The rows of a file of the figures, as that has them.
fn without_own(rows: &[Line], theirs: &[String]) -> Vec<Vec<String>> {
    rows.iter().map(|row| theirs.iter().map(|name| row[name].clone()).collect()).collect()
}

#[tokio::test]
async fn figures_are_those_of_the_views() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for framework in reporter.all("/v1/frameworks").await {
        let id = id(&framework);
        for (dataset, view) in [("metrics", "metrics"), ("metric_series", "series")] {
            let file = reporter.get(&format!("/v1/frameworks/{id}/{view}.csv?as_at=2018-01-31")).await;
            let (header, expected) = super::parsed(&file.expect(200).text);
            let rows = lines(&reporter, dataset, &format!("?framework_id={id}&as_at=2018-01-31")).await;
            assert_eq!(without_own(&rows, &header), expected, "{dataset}");
            assert!(rows.iter().all(|row| row["framework_code"] == cell(&framework["code"])));
        }
        let quarters =
            lines(&reporter, "metric_series", &format!("?framework_id={id}&interval=quarter")).await;
        assert!(
            quarters
                .iter()
                .all(|row| row["interval"] == "quarter" && row["occurred_on"] == row["period_from"])
        );
        let year = format!("?framework_id={id}&occurred_from={}", cell(&framework["plan_until"]));
        assert_eq!(lines(&reporter, "metrics", &year).await, Vec::<Line>::new());
    }
    let all = lines(&reporter, "metrics", "").await;
    assert_eq!(all.len(), reporter.all("/v1/targets").await.len(), "every framework");
}

#[tokio::test]
async fn publications_are_what_was_published() {
    let app = App::with_sample();
    let (reporter, made) = (app.reporter(), Made(app.officer()));
    let framework = reporter.all("/v1/frameworks?code=2017-18").await.remove(0);
    let published = made.publish(&framework, "2017-12-31", &app.admin()).await;
    made.0.make("/v1/publications", json!({ "framework_id": framework["id"] })).await;
    let file = reporter.get(&format!("/v1/publications/{}/metrics.csv", id(&published))).await;
    let (header, expected) = super::parsed(&file.expect(200).text);
    let rows = lines(&reporter, "publications", &format!("?framework_id={}", id(&framework))).await;
    assert_eq!(without_own(&rows, &header), expected, "what is published, and no draft");
    for (column, field) in
        [("publication_id", "id"), ("occurred_on", "as_at"), ("content_sha256", "content_sha256")]
    {
        assert!(rows.iter().all(|row| row[column] == cell(&published[field])), "{column}");
    }
    let later = lines(&reporter, "publications", "?occurred_from=2018-01-01").await;
    assert_eq!(later, Vec::<Line>::new());
}

#[tokio::test]
async fn engagement_is_that_of_each_council() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let rows = lines(&reporter, "engagement", "?as_at=2018-03-31").await;
    let mut seen = 0;
    for council in reporter.all("/v1/councils").await {
        let path = format!("/v1/councils/{}/engagement?as_at=2018-03-31", id(&council));
        let years = reporter.read(&path).await["councils"][0]["years"].as_array().cloned().expect("years");
        for year in years {
            for body in year["bodies"].as_array().expect("bodies") {
                let is_it = |row: &&Line| {
                    row["council_id"] == cell(&council["id"])
                        && row["occurred_on"] == cell(&year["plan_from"])
                        && row["group_id"] == cell(&body["group_id"])
                        && row["role"] == cell(&body["role"])
                };
                let row = rows.iter().find(is_it).expect("a row");
                for figure in ["numerator", "denominator", "value_percent", "value_reason"] {
                    assert_eq!(row[figure], cell(&body["attendance"][figure]), "{figure}");
                }
                for count in ["present", "present_virtual", "substitutes", "apologies", "absent", "vacant"] {
                    assert_eq!(row[count], cell(&body["tally"][count]), "{count}");
                }
                assert_eq!(row["gss_code"], cell(&council["gss_code"]));
                seen += 1;
            }
        }
    }
    assert_eq!(seen, rows.len());
    assert!(rows.iter().any(|row| row["group_code"] == "adult-lead-members"));
}

/// A dataset's statement for the whole of time.
fn statement(sql: &str) -> String {
    sql.replace("$1", "'1900-01-01'").replace("$2", "'2101-01-01'").replace("$3", "NULL")
}

#[tokio::test]
async fn a_statement_has_the_columns_that_are_declared() {
    let app = App::new();
    for dataset in definitions::ALL {
        let Source::Table(sql) = dataset.source else { continue };
        app.sql(&format!("CREATE VIEW report AS {}", statement(sql))).await;
        let held =
            "SELECT a.attname || ' ' || format_type(COALESCE(NULLIF(t.typbasetype, 0), t.oid), NULL) AS t
                    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                    WHERE a.attrelid = 'report'::regclass ORDER BY a.attnum";
        let held = app.texts(held).await;
        let declared = dataset.columns().into_iter().map(|column| {
            let types = match column.kind.as_str() {
                "decimal" => "numeric",
                "timestamp" => "timestamp with time zone",
                other => other,
            };
            format!("{} {types}", column.name)
        });
        let held: Vec<String> = held.iter().map(|column| column.replace("bigint", "integer")).collect();
        assert_eq!(held, declared.collect::<Vec<_>>(), "{}", dataset.name);
        app.sql("DROP VIEW report").await;
    }
}

/// The tables that a plan reads.
fn relations(plan: &Value, found: &mut BTreeSet<String>) {
    match plan {
        Value::Object(node) => {
            found.extend(node.get("Relation Name").and_then(Value::as_str).map(str::to_owned));
            node.values().for_each(|inner| relations(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| relations(inner, found)),
        _ => {}
    }
}

#[tokio::test]
async fn a_tag_follows_every_table_that_its_dataset_reads() {
    #[derive(diesel::QueryableByName)]
    struct Plan {
        #[diesel(sql_type = diesel::sql_types::Json, column_name = "QUERY PLAN")]
        plan: Value,
    }
    let app = App::new();
    let logged = "SELECT c.relname || ' ' || (string_to_array(encode(g.tgargs, 'escape'), '\\000'))[1] AS t
                  FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE g.tgname = 'log_insert'";
    let logged = app.texts(logged).await;
    let resource_of = |table: &str| {
        let found = logged.iter().filter_map(|line| line.split_once(' ')).find(|(name, _)| *name == table);
        found.map(|(_, resource)| resource).unwrap_or_else(|| panic!("{table} is not in the log"))
    };
    for dataset in definitions::ALL {
        let Source::Table(sql) = dataset.source else { continue };
        let explain = format!("EXPLAIN (FORMAT JSON) {}", statement(sql));
        let plan: Plan = diesel::sql_query(explain).get_result(&mut app.connection().await).await.expect(sql);
        let mut tables = BTreeSet::new();
        relations(&plan.plan, &mut tables);
        let read: BTreeSet<&str> = tables.iter().map(|table| resource_of(table)).collect();
        assert_eq!(read, dataset.reads.iter().copied().collect(), "{}", dataset.name);
    }
    let no_figures = ["accounts", "publications", "dataset_keys", "role_mappings", "sessions", "webhooks"];
    let figures: BTreeSet<&str> = logged
        .iter()
        .filter_map(|line| Some(line.split_once(' ')?.1))
        .filter(|resource| !no_figures.contains(resource))
        .collect();
    assert_eq!(figures, metrics::READS.iter().copied().collect());
}

#[tokio::test]
async fn a_correction_marks_what_it_corrects() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({})).await;
    let first = made.entry(&target, "2017-06-01", json!({ "kind": "count", "count": 3 })).await;
    let before = lines(&app.reporter(), "progress", "").await.remove(0);
    let again = json!({ "target_id": target["id"], "occurred_on": "2017-06-01", "supersedes_id": first["id"],
        "entry": { "kind": "count", "count": 4 } });
    made.0.make("/v1/progress", again).await;
    let rows = lines(&app.reporter(), "progress", "").await;
    let told = |row: &Line| (row["count"].clone(), row["superseded"].clone());
    assert_eq!(
        rows.iter().map(told).collect::<Vec<_>>(),
        [("3".to_owned(), "true".to_owned()), ("4".to_owned(), "false".to_owned())]
    );
    assert!(rows[0]["updated_at"] > before["updated_at"], "seen to have changed");
}
