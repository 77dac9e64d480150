//! The rows of a dataset match the resources of the API, and its columns match the catalogue.

use std::collections::BTreeSet;

use diesel_async::RunQueryDsl;
use outturn::datasets::dataset::Source;
use outturn::datasets::definitions;
use outturn::metrics;
use serde_json::{Value, json};

use super::{Row, read_rows};
use crate::support::{App, Caller, Fixtures, id};

/// Formats a value of the API as in CSV.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// Asserts that each row has the values of the resource with its id. `columns` maps columns to JSON
/// pointers.
async fn assert_rows_match(caller: &Caller, dataset: &str, list: &str, columns: &[(&str, &str)]) {
    let rows = read_rows(caller, dataset, "").await;
    let listed = caller.all(list).await;
    assert_eq!(rows.len(), listed.len(), "{dataset}");
    for resource in listed {
        let id = cell(&resource["id"]);
        let row = rows
            .iter()
            .find(|row| row["id"] == id)
            .unwrap_or_else(|| panic!("{dataset} must have a row for {id}"));
        for (column, pointer) in columns {
            let value = resource.pointer(pointer).unwrap_or(&Value::Null);
            assert_eq!(row[*column], cell(value), "{dataset}.{column} of {id}");
        }
    }
}

#[tokio::test]
async fn dataset_rows_match_the_lists_of_the_api() {
    let app = App::with_sample();
    let reporter = app.reporter();
    assert_rows_match(
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
    assert_rows_match(
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
    assert_rows_match(
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
    assert_rows_match(
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
    assert_rows_match(
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
    assert_rows_match(
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
async fn rows_contain_codes_and_names_beside_ids() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let row = read_rows(&reporter, "attendance", "").await.into_iter().find(|row| !row["seat_id"].is_empty());
    let row = row.expect("a seat's line");
    let read = async |resource: &str, id: &str| reporter.read(&format!("/v1/{resource}/{}", row[id])).await;
    let (meeting, group) = (read("meetings", "meeting_id").await, read("groups", "group_id").await);
    let (council, seat) = (read("councils", "council_id").await, read("seats", "seat_id").await);
    let expected = [
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
    for (column, value) in expected {
        assert_eq!(row[column], cell(value), "{column}");
    }
    let target = read_rows(&reporter, "targets", "").await.remove(0);
    let listed = reporter.read(&format!("/v1/targets/{}", target["id"])).await;
    let actions = listed["action_ids"].as_array().expect("ids").iter();
    let mut codes = Vec::new();
    for action in actions {
        codes.push(cell(&reporter.read(&format!("/v1/actions/{}", cell(action))).await["code"]));
    }
    assert_eq!(target["action_codes"], codes.join(" "));
}

/// Reduces rows to these columns.
fn select_columns(rows: &[Row], columns: &[String]) -> Vec<Vec<String>> {
    rows.iter().map(|row| columns.iter().map(|name| row[name].clone()).collect()).collect()
}

#[tokio::test]
async fn metrics_datasets_match_the_framework_views() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for framework in reporter.all("/v1/frameworks").await {
        let id = id(&framework);
        for (dataset, view) in [("metrics", "metrics"), ("metric_series", "series")] {
            let file = reporter.get(&format!("/v1/frameworks/{id}/{view}.csv?as_at=2018-01-31")).await;
            let (header, expected) = super::parse_csv(&file.expect(200).text);
            let rows = read_rows(&reporter, dataset, &format!("?framework_id={id}&as_at=2018-01-31")).await;
            assert_eq!(select_columns(&rows, &header), expected, "{dataset}");
            assert!(rows.iter().all(|row| row["framework_code"] == cell(&framework["code"])));
        }
        let quarters =
            read_rows(&reporter, "metric_series", &format!("?framework_id={id}&interval=quarter")).await;
        assert!(
            quarters
                .iter()
                .all(|row| row["interval"] == "quarter" && row["occurred_on"] == row["period_from"])
        );
        let year = format!("?framework_id={id}&occurred_from={}", cell(&framework["plan_until"]));
        assert_eq!(read_rows(&reporter, "metrics", &year).await, Vec::<Row>::new());
    }
    let all = read_rows(&reporter, "metrics", "").await;
    assert_eq!(
        all.len(),
        reporter.all("/v1/targets").await.len(),
        "without `framework_id`, the dataset contains every framework"
    );
}

#[tokio::test]
async fn the_publications_dataset_matches_the_publication() {
    let app = App::with_sample();
    let (reporter, fixtures) = (app.reporter(), Fixtures(app.officer()));
    let framework = reporter.all("/v1/frameworks?code=2017-18").await.remove(0);
    let published = fixtures.publish(&framework, "2017-12-31", &app.admin()).await;
    fixtures.0.create("/v1/publications", json!({ "framework_id": framework["id"] })).await;
    let file = reporter.get(&format!("/v1/publications/{}/metrics.csv", id(&published))).await;
    let (header, expected) = super::parse_csv(&file.expect(200).text);
    let rows = read_rows(&reporter, "publications", &format!("?framework_id={}", id(&framework))).await;
    assert_eq!(select_columns(&rows, &header), expected, "the dataset contains publications and no drafts");
    for (column, field) in
        [("publication_id", "id"), ("occurred_on", "as_at"), ("content_sha256", "content_sha256")]
    {
        assert!(rows.iter().all(|row| row[column] == cell(&published[field])), "{column}");
    }
    let later = read_rows(&reporter, "publications", "?occurred_from=2018-01-01").await;
    assert_eq!(later, Vec::<Row>::new());
}

#[tokio::test]
async fn the_engagement_dataset_matches_the_engagement_of_each_council() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let rows = read_rows(&reporter, "engagement", "?as_at=2018-03-31").await;
    let mut checked = 0;
    for council in reporter.all("/v1/councils").await {
        let path = format!("/v1/councils/{}/engagement?as_at=2018-03-31", id(&council));
        let years = reporter.read(&path).await["councils"][0]["years"].as_array().cloned().expect("years");
        for year in years {
            for body in year["bodies"].as_array().expect("bodies") {
                let is_row_of_body = |row: &&Row| {
                    row["council_id"] == cell(&council["id"])
                        && row["occurred_on"] == cell(&year["plan_from"])
                        && row["group_id"] == cell(&body["group_id"])
                        && row["role"] == cell(&body["role"])
                };
                let row = rows.iter().find(is_row_of_body).expect("a row");
                for figure in ["numerator", "denominator", "value_percent", "value_reason"] {
                    assert_eq!(row[figure], cell(&body["attendance"][figure]), "{figure}");
                }
                for count in ["present", "present_virtual", "substitutes", "apologies", "absent", "vacant"] {
                    assert_eq!(row[count], cell(&body["tally"][count]), "{count}");
                }
                assert_eq!(row["gss_code"], cell(&council["gss_code"]));
                checked += 1;
            }
        }
    }
    assert_eq!(checked, rows.len());
    assert!(rows.iter().any(|row| row["group_code"] == "adult-lead-members"));
}

/// Replaces the parameters of a dataset's query with an unlimited window.
fn unlimited(sql: &str) -> String {
    sql.replace("$1", "'1900-01-01'").replace("$2", "'2101-01-01'").replace("$3", "NULL")
}

#[tokio::test]
async fn every_query_returns_the_declared_columns() {
    let app = App::new();
    for dataset in definitions::ALL {
        let Source::Table(sql) = dataset.source else { continue };
        app.sql(&format!("CREATE VIEW report AS {}", unlimited(sql))).await;
        let columns_query =
            "SELECT a.attname || ' ' || format_type(COALESCE(NULLIF(t.typbasetype, 0), t.oid), NULL) AS t
                    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                    WHERE a.attrelid = 'report'::regclass ORDER BY a.attnum";
        let actual = app.texts(columns_query).await;
        let declared = dataset.columns().into_iter().map(|column| {
            let types = match column.kind.as_str() {
                "decimal" => "numeric",
                "timestamp" => "timestamp with time zone",
                other => other,
            };
            format!("{} {types}", column.name)
        });
        let actual: Vec<String> = actual.iter().map(|column| column.replace("bigint", "integer")).collect();
        assert_eq!(actual, declared.collect::<Vec<_>>(), "{}", dataset.name);
        app.sql("DROP VIEW report").await;
    }
}

/// Collects the tables that a query plan reads.
fn collect_tables(plan: &Value, tables: &mut BTreeSet<String>) {
    match plan {
        Value::Object(node) => {
            tables.extend(node.get("Relation Name").and_then(Value::as_str).map(str::to_owned));
            node.values().for_each(|inner| collect_tables(inner, tables));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect_tables(inner, tables)),
        _ => {}
    }
}

#[tokio::test]
async fn every_dataset_declares_the_tables_that_its_query_reads() {
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
        let entry = logged.iter().filter_map(|line| line.split_once(' ')).find(|(name, _)| *name == table);
        entry.map(|(_, resource)| resource).unwrap_or_else(|| panic!("{table} must be in the change log"))
    };
    for dataset in definitions::ALL {
        let Source::Table(sql) = dataset.source else { continue };
        let explain = format!("EXPLAIN (FORMAT JSON) {}", unlimited(sql));
        let plan: Plan = diesel::sql_query(explain).get_result(&mut app.connection().await).await.expect(sql);
        let mut tables = BTreeSet::new();
        collect_tables(&plan.plan, &mut tables);
        let read: BTreeSet<&str> = tables.iter().map(|table| resource_of(table)).collect();
        assert_eq!(read, dataset.reads.iter().copied().collect(), "{}", dataset.name);
    }
    let excluded = ["accounts", "publications", "dataset_keys", "role_mappings", "sessions", "webhooks"];
    let figures: BTreeSet<&str> = logged
        .iter()
        .filter_map(|line| Some(line.split_once(' ')?.1))
        .filter(|resource| !excluded.contains(resource))
        .collect();
    assert_eq!(figures, metrics::SOURCE_RESOURCES.iter().copied().collect());
}

#[tokio::test]
async fn a_corrected_entry_is_marked_as_superseded() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({})).await;
    let first = fixtures.entry(&target, "2017-06-01", json!({ "kind": "count", "count": 3 })).await;
    let before = read_rows(&app.reporter(), "progress", "").await.remove(0);
    let correction = json!({ "target_id": target["id"], "occurred_on": "2017-06-01", "supersedes_id": first["id"],
        "entry": { "kind": "count", "count": 4 } });
    fixtures.0.create("/v1/progress", correction).await;
    let rows = read_rows(&app.reporter(), "progress", "").await;
    let count_and_state = |row: &Row| (row["count"].clone(), row["superseded"].clone());
    assert_eq!(
        rows.iter().map(count_and_state).collect::<Vec<_>>(),
        [("3".to_owned(), "true".to_owned()), ("4".to_owned(), "false".to_owned())]
    );
    assert!(rows[0]["updated_at"] > before["updated_at"], "`updated_at` of the corrected entry changes");
}
